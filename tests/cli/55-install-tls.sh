#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# TCP: the server has to prove its name before a password is sent, unless the
# configuration says insecure.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/artifact.sh
. "$(dirname "$0")/../lib/artifact.sh"
# shellcheck source=tests/lib/db.sh
. "$(dirname "$0")/../lib/db.sh"

# the server runs as another user than root's tests
tls=$(mktemp -d "${TMPDIR:-/tmp}/wft.XXXXXX")
at_exit rm -rf "$tls"
chmod 755 "$tls"
ca() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
		-subj "/CN=$1" -keyout "$tls/$1.key" -out "$tls/$1.pem" 2> /dev/null
}
ca right
ca wrong
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost \
	-addext subjectAltName=DNS:localhost -keyout "$tls/server.key" -out "$tls/server.csr" 2> /dev/null
openssl x509 -req -in "$tls/server.csr" -CA "$tls/right.pem" -CAkey "$tls/right.key" -days 2 \
	-extfile <(echo subjectAltName=DNS:localhost) -out "$tls/server.pem" 2> /dev/null
chmod 600 "$tls"/*.key
if [ "$(id -u)" = 0 ]; then
	chown "$(id -u postgres > /dev/null 2>&1 && echo postgres || echo nobody)" "$tls/server.key"
fi
start_db --tcp --set "ssl=on" --set "ssl_cert_file=$tls/server.pem" \
	--set "ssl_key_file=$tls/server.key" || exit 1
sql "ALTER ROLE deploy PASSWORD 's3cret'"
printf '*:*:*:deploy:s3cret\n' > "$T/pgpass"
chmod 600 "$T/pgpass"
export PGPASSFILE=$T/pgpass
artifact add '(module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))'
policy "$T/policy.yaml"
manifest "$T/m.yaml" <<END
- {name: add, ref: "$ref", schema: wasm}
END
plan_() { wf plan -f "$T/m.yaml" --policy "$T/policy.yaml" --json "$@"; }
tcp="port=$db_tcp dbname=postgres user=deploy"

plan_ --target "host=localhost $tcp sslrootcert=$tls/right.pem"
is_rc 'the right CA and name, verify-full without being asked' 0
plan_ --target "postgresql://deploy@localhost:$db_tcp/postgres?sslrootcert=$tls/right.pem"
is_rc 'as a URI' 0
PGSSLMODE=disable plan_ --target "host=localhost $tcp sslrootcert=$tls/right.pem"
is_rc 'the environment cannot weaken it' 0
plan_ --target "host=localhost $tcp sslrootcert=$tls/wrong.pem"
is_rc 'another CA' 69
like 'says why' "$(jq -r .error.message <<< "$out")" 'certificate verify failed'
plan_ --target "host=127.0.0.1 $tcp sslrootcert=$tls/right.pem"
is_rc 'another name' 78
like 'says why' "$(jq -r .error.message <<< "$out")" 'does not match host name'
plan_ --target "host=localhost $tcp sslrootcert=$tls/none.pem"
is_rc 'no CA' 78
for mode in disable allow prefer require verify-ca; do
	plan_ --target "host=localhost $tcp sslrootcert=$tls/right.pem sslmode=$mode"
	is_rc "sslmode=$mode is refused" 78
done
like 'with a hint' "$(jq -r .error.hint <<< "$out")" insecure
manifest "$T/config.yaml" <<END
apiVersion: wasmfn/v1
kind: Config
targets:
  - name: prod
    conninfo: "host=127.0.0.1 $tcp"
    insecure: {sslmode: require, reason: "a test"}
END
plan_ --config "$T/config.yaml"
is_rc 'insecure in the configuration: require' 0
sed -i 's/sslmode: require/sslmode: disable/' "$T/config.yaml"
plan_ --config "$T/config.yaml"
is_rc 'insecure in the configuration: disable' 0
unlike 'no password anywhere' "$out$err" s3cret
done_testing
