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
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=bycert \
	-keyout "$tls/client.key" -out "$tls/client.csr" 2> /dev/null
openssl x509 -req -in "$tls/client.csr" -CA "$tls/right.pem" -CAkey "$tls/right.key" -days 2 \
	-out "$tls/client.pem" 2> /dev/null
chmod 600 "$tls"/*.key
if [ "$(id -u)" = 0 ]; then
	chown "$(id -u postgres > /dev/null 2>&1 && echo postgres || echo nobody)" "$tls/server.key"
fi
start_db --tcp --set "ssl=on" --set "ssl_cert_file=$tls/server.pem" \
	--set "ssl_key_file=$tls/server.key" --set "ssl_ca_file=$tls/right.pem" \
	--hba 'host all bymd5 127.0.0.1/32 md5' --hba 'host all byword 127.0.0.1/32 password' \
	--hba 'host all bytrust 127.0.0.1/32 trust' --hba 'hostssl all bycert 127.0.0.1/32 cert' || exit 1
sql "SET password_encryption = md5; CREATE ROLE bymd5 LOGIN PASSWORD 's3cret';
	CREATE ROLE byword LOGIN PASSWORD 's3cret'; CREATE ROLE bytrust LOGIN; CREATE ROLE bycert LOGIN;
	GRANT wasm_authors, wasmfn_reader TO bymd5, byword, bytrust, bycert"
sql "ALTER ROLE deploy PASSWORD 's3cret'"
printf '*:*:*:%s:s3cret\n' deploy bymd5 byword > "$T/pgpass"
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
manifest "$T/none.yaml" <<< '[]'
wf reconcile --config "$T/config.yaml" -f "$T/none.yaml" --policy "$T/policy.yaml" --json
is_rc 'reconcile there: a finding that changes no code' 0
is 'with the reason' "$(jq -r '.findings[] | select(.id == "D32") | .severity + " " + .observed' <<< "$out")" \
	'low sslmode=disable: a test'

# --- SCRAM bound to the TLS session, or a client certificate -----------------------
right="host=localhost port=$db_tcp dbname=postgres sslrootcert=$tls/right.pem"
for how in md5 word trust; do
	plan_ --target "$right user=by$how"
	is_rc "a server that takes by$how over TLS" 78
	like 'is told apart' "$(jq -r .error.hint <<< "$out")" 'SCRAM-SHA-256'
done
PGCHANNELBINDING=disable plan_ --target "$right user=bymd5"
is_rc 'the environment cannot allow it' 78
plan_ --target "$right user=bymd5 channel_binding=disable"
is_rc 'nor the connection string' 78
plan_ --target "$right user=deploy channel_binding=disable"
is_rc 'which does not weaken SCRAM either' 0
chmod 600 "$tls/client.key"
plan_ --target "$right user=bycert sslcert=$tls/client.pem sslkey=$tls/client.key"
is_rc 'a client certificate' 0

# --- service file, credentials directory --------------------------------------------
cat > "$T/service" <<END
[prod]
host=localhost
port=$db_tcp
dbname=postgres
user=bymd5
sslmode=prefer
sslrootcert=$tls/right.pem
END
PGSERVICEFILE=$T/service plan_ --target 'service=prod'
is_rc 'a service file cannot weaken it' 78
PGSERVICEFILE=$T/service plan_ --target 'service=prod user=deploy'
is_rc 'and serves else' 0
PGSERVICEFILE=$T/service plan_ --target 'service=none'
is_rc 'a service that is not there' 78
mkdir -m 700 "$T/cred"
mv "$T/pgpass" "$T/cred/pgpass"
plan_ --target "$right user=deploy"
is_rc 'no password' 77
unset PGPASSFILE
CREDENTIALS_DIRECTORY=$T/cred plan_ --target "$right user=deploy"
is_rc 'a password from the credentials directory' 0
CREDENTIALS_DIRECTORY=$T/cred PGSERVICEFILE=$T/service plan_ --target 'service=prod user=deploy'
is_rc 'with a service file too' 0
CREDENTIALS_DIRECTORY=$T/cred PGPASSFILE=$T/nosuch plan_ --target "$right user=deploy"
is_rc 'a password file that somebody named wins' 77
INVOCATION_ID=x PGPASSWORD=s3cret plan_ --target "$right user=deploy"
is_rc 'a password in the environment of a unit' 0
like 'is warned of' "$err" 'LoadCredential'
unlike 'and not shown' "$out$err" s3cret

# --- unix sockets: who listens --------------------------------------------------------
plan_ --target "$(conninfo deploy)"
is_rc 'a socket in a directory of the account that serves' 0
me=$(stat -c %U "$db_dir")
plan_ --target "$(conninfo deploy) requirepeer=$me"
is_rc 'the account, named' 0
plan_ --target "$(conninfo deploy) requirepeer=daemon"
is_rc 'another account' 78
like 'says which it is' "$(jq -r .error.message <<< "$out")" "actual peer user name is .*$me"
PGREQUIREPEER=daemon plan_ --target "$(conninfo deploy)"
is_rc 'also from the environment' 78
plan_ --target "host=$db_dir,localhost port=$db_tcp user=deploy dbname=postgres"
is_rc 'a socket and a host' 78
plan_ --target "host=@nosuch port=$db_port user=deploy dbname=postgres"
is_rc 'an abstract socket without an account' 78
like 'asks for one' "$(jq -r .error.hint <<< "$out")" 'requirepeer='
if [ "$(id -u)" = 0 ]; then
	mkdir -m 755 "$T/else"
	ln -s "$db_dir/.s.PGSQL.$db_port" "$T/else/.s.PGSQL.$db_port"
	plan_ --target "host=$T/else port=$db_port user=deploy dbname=postgres"
	is_rc 'a socket in a directory of another account' 78
	like 'says what to do' "$(jq -r .error.hint <<< "$out")" 'requirepeer=ACCOUNT'
fi

# --- another server ---------------------------------------------------------------------
id=$(sql 'SELECT system_identifier FROM pg_control_system()')
pinned() {
	manifest "$T/config.yaml" <<END
apiVersion: wasmfn/v1
kind: Config
targets:
  - {name: prod, conninfo: "$(conninfo deploy)", systemIdentifier: "$1"}
END
}
pinned "$id"
plan_ --config "$T/config.yaml"
is_rc 'the server that is pinned' 0
pinned 7340000000000000000
plan_ --config "$T/config.yaml"
is_rc 'another server' 78
like 'names both' "$(jq -r .error.message <<< "$out")" "expected system identifier 7340000000000000000, found $id"
done_testing
