#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Credential helpers and where logins are looked for: what a helper is given,
# what it may do wrong, and whom that concerns.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/artifact.sh
. "$(dirname "$0")/../lib/artifact.sh"
WASMFN=$(realpath "${WASMFN:-build/wasmfn}")
export WASMFN_STORE=$T/store HOME=$T/home
mkdir -p "$HOME" "$T/bin"
unset XDG_RUNTIME_DIR XDG_CONFIG_HOME DOCKER_CONFIG CREDENTIALS_DIRECTORY
export REGISTRY_AUTH_FILE=$T/auth.json PATH=$T/bin:$PATH

q() { jq -r "$1" "$T/out"; }
b64() { printf %s "$1" | base64 -w0; }
seen() { jq -r "$1" "$fake/log"; }
pull_fresh() { rm -rf "$WASMFN_STORE"; run "$WASMFN" --json -v -v "$@" pull "$ref"; }
# helper NAME: what stdin holds is docker-credential-NAME
helper() { cat > "$T/bin/docker-credential-$1"; chmod 755 "$T/bin/docker-credential-$1"; }
basic() { plan_is '{"auth":{"kind":"basic","user":"bob","password":"gehe1m"}}'; }
none_in() { unlike "$1: no secret is shown" "$(cat "$T/out" "$T/err")" "gehe1m|$(b64 bob:gehe1m)"; }

small_wasm "$T/m.wasm"
make_layout "$T/layout" "$T/m.wasm" L1
ok "a scripted registry is up" start_fake --origins 2
ref=$registry/fn/a@$digest

# --- a good one
helper good <<END
#!/bin/sh
cat > $T/stdin
printf '%s\n' "\$0" "\$@" > $T/argv
env > $T/env
ls /proc/self/fd > $T/fds
echo gehe1m >&2
printf '{"ServerURL":"x","Username":"bob","Secret":"gehe1m"}\n'
END
printf '{"credHelpers":{"%s":"good"}}' "$registry" > "$T/auth.json"
basic
PGPASSWORD=pgsecret LD_LIBRARY_PATH='' AWS_REGION=eu WASMFN_X=1 pull_fresh 9< "$T/m.wasm"
is_rc "a login from a helper" 0
none_in "a login from a helper"
is "is asked with get and nothing else" "$(tail -n +2 "$T/argv")" get
is "for the host and port" "$(cat "$T/stdin")" "$registry"
is "with no descriptor of ours" "$(tr '\n' ' ' < "$T/fds")" "0 1 2 3 "
is "its environment has no other secret" "$(grep -cE '^(PGPASSWORD|LD_LIBRARY_PATH|WASMFN_)' "$T/env")" 0
is "but what a cloud's helper needs" "$(grep -c '^AWS_REGION=eu' "$T/env")" 1
is "the first request goes without" "$(seen '.headers.authorization' | head -1)" null
is "what it gave is sent to the registry" \
	"$(seen '.headers.authorization // empty' | sort -u)" "Basic $(b64 bob:gehe1m)"
helper counting <<END
#!/bin/sh
echo x >> $T/count
printf '{"Username":"bob","Secret":"gehe1m"}'
END
printf '{"credHelpers":{"%s":"counting"}}' "$registry" > "$T/auth.json"
rm -rf "$WASMFN_STORE"
run "$WASMFN" --json pull "$registry/fn/b@$digest" "$ref"
is_rc "two repositories" 0
is "it is asked once a run" "$(wc -l < "$T/count")" 1
helper token <<END
#!/bin/sh
printf '{"Username":"<token>","Secret":"1dent"}'
END
printf '{"credHelpers":{"%s":"token"}}' "$registry" > "$T/auth.json"
plan_is '{"auth":{"kind":"bearer","token":"t0ken"}}'
pull_fresh
is_rc "an identity token" 0
like "is posted" "$(seen 'select(.path | startswith("/token")) | .method + " " + .body')" \
	'^POST .*refresh_token=1dent'
unlike "T6: and not shown" "$(cat "$T/out" "$T/err")" '1dent|t0ken'

# --- what a helper may do wrong: R-C4, T3, a clear error for that registry
# wrong NAME WHAT: the helper NAME fails so
wrong()
{
	basic
	printf '{"credHelpers":{"%s":"%s"},"auths":{"%s":{"auth":"%s"},"other.example":{"auth":"%s"}}}' \
		"$registry" "$1" "$registry" "$(b64 bob:gehe1m)" "$(b64 bob:gehe1m)" > "$T/auth.json"
	pull_fresh
	is_rc "R-C5: $1" 77
	is "$1: reason" "$(q .error.code)" auth
	like "$1: says what" "$(q .error.message)" "$2"
	like "$1: names helper, host and file" "$(q .error.message)" "auth.json.*docker-credential-$1\".*$registry"
	is "R-C4, T3: $1: nobody is sent another entry" "$(seen '.headers.authorization // empty')" ""
	none_in "$1"
}
wrong missing 'is not installed'
helper rubbish <<'END'
#!/bin/sh
echo "gehe1m is not JSON"
END
wrong rubbish 'says something that is no login'
helper fails <<'END'
#!/bin/sh
echo "gehe1m: keychain is locked"
exit 3
END
wrong fails 'ends with status 3'
helper endless <<'END'
#!/bin/sh
yes gehe1m
END
wrong endless 'says more than 131072 bytes'
helper dies <<'END'
#!/bin/sh
kill -9 $$
END
wrong dies 'dies of signal 9'
printf '#!/nonexistent/sh\n' | helper broken
wrong broken 'cannot be started|ends with status 127'
for bad in '../x' 'a/b' 'a b' 'a;id'; do
	printf '{"credHelpers":{"%s":"%s"}}' "$registry" "$bad" > "$T/auth.json"
	pull_fresh
	is_rc "a helper named \"$bad\"" 77
	like "is not looked for" "$(q .error.message)" 'helper.s name has'
done
printf '{"credHelpers":{"%s":"rel"}}' "$registry" > "$T/auth.json"
helper rel < "$T/bin/docker-credential-good"
(cd "$T/bin" && PATH=.::/usr/bin:/bin pull_fresh && printf '%s' "$rc" > "$T/rc")
is "PATH's relative places are not looked in" "$(cat "$T/rc")" 77

# slow: the command's own deadline, and what it started is killed with it
helper slow <<END
#!/bin/sh
sleep 1000 &
echo \$! > $T/pid
wait
END
printf '{"credHelpers":{"%s":"slow"}}' "$registry" > "$T/auth.json"
basic
pull_fresh --timeout 2
is_rc "one that does not answer" 75
is "timeout" "$(q .error.code)" timeout
gone() { ! kill -0 "$(cat "$T/pid")" 2> /dev/null; }
ok "it is killed with all that it started" wait_for 10 gone
rm -f "$T/pid"
"$WASMFN" pull "$ref" > /dev/null 2>&1 < /dev/null &
pid=$!
ok "it is running" wait_for 20 test -s "$T/pid"
kill -INT $pid
wait $pid
is "a signal ends the wait" $? 130
ok "and the helper" wait_for 10 gone

# --- for that registry only
printf '{"credHelpers":{"%s":"missing"}}' "${origins[1]}" > "$T/auth.json"
plan_is '{}'
rm -rf "$WASMFN_STORE"
run "$WASMFN" --json pull "${origins[1]}/fn/a@$digest" "$ref"
is_rc "a registry with a broken helper and one without" 77
is "only the one fails" "$(q '[.results[].exit_code] | @csv')" "77,0"

# --- credsStore
printf '{"credsStore":"good"}' > "$T/auth.json"
basic
pull_fresh
is_rc "credsStore" 0
none_in "credsStore"
printf '{"credsStore":"missing","auths":{"%s":{"auth":"%s"}}}' "$registry" "$(b64 bob:falsch)" > "$T/auth.json"
printf '{"credsStore":"good","auths":{"%s":{"auth":"%s"}}}' "$registry" "$(b64 bob:falsch)" > "$T/auth.json"
pull_fresh
is_rc "credsStore comes before auths" 0
printf '{"credsStore":"missing","auths":{"%s":{"auth":"%s"}}}' "$registry" "$(b64 bob:gehe1m)" > "$T/auth.json"
pull_fresh
is_rc "auths is there where it does not answer" 0
helper empty <<'END'
#!/bin/sh
echo "credentials not found in native keychain"
exit 1
END
printf '{"credsStore":"empty"}' > "$T/auth.json"
plan_is '{}'
pull_fresh
is_rc "one that has none: anonymous" 0
unlike "is no warning" "$err" 'warning'
printf '{"credsStore":"missing"}' > "$T/auth.json"
pull_fresh
is_rc "R-C5: a missing one and a public artifact" 0
like "R-C5: is a warning" "$err" 'warning: .*docker-credential-missing.*is not installed'
basic
pull_fresh
is_rc "R-C5: a missing one and a private artifact" 77
like "host, scope and where was looked" "$(q .error.message)" \
	"^.*$registry wants a login for scope repository:fn/a:pull.*auth.json.*helper \"missing\""
printf '{"credsStore":"missing","auths":{"%s":{}}}' "$registry" > "$T/auth.json"
plan_is '{}'
pull_fresh
is_rc "R-C5: a missing one that an entry points to" 77
printf '{"credHelpers":{"%s":"empty"}}' "$registry" > "$T/auth.json"
pull_fresh
is_rc "credHelpers that has none: anonymous" 0

# --- Docker Hub has its own name for a helper, and its login no other host
printf '{"credHelpers":{"docker.io":"good"}}' > "$T/auth.json"
basic
rm -f "$T/stdin"
pull_fresh
is_rc "T3: a helper of Docker Hub is nobody else's" 77
is "T3: nor is it asked, nor anything sent" "$(test -e "$T/stdin"; echo $?) $(seen '.headers.authorization // empty')" "1 "

# --- an error about a login says host, scope and source
printf '{"auths":{"%s":{"auth":"%s"}}}' "$registry" "$(b64 bob:falsch)" > "$T/auth.json"
basic
pull_fresh
is_rc "a wrong password" 77
like "host, scope, source" "$(q .error.message)" \
	"$registry answers 401 for scope repository:fn/a:pull.*, with the login from \".*auth.json\""
unlike "and not the password" "$(cat "$T/out" "$T/err")" "falsch|$(b64 bob:falsch)"
printf '{"credHelpers":{"%s":"token"}}' "$registry" > "$T/auth.json"
plan_is '{"rules":[{"match":"^/token","status":403}],"auth":{"kind":"bearer","token":"t0ken"}}'
pull_fresh
is_rc "a token server that refuses" 77
like "host, scope, source: a helper" "$(q .error.message)" \
	"token server answers 403 for $registry, scope repository:fn/a:pull, with the login that credential helper \"token\" of \".*auth.json\" gave"

# --- systemd's credentials, and who comes before
unset REGISTRY_AUTH_FILE
mkdir -p "$T/cred" "$HOME/.docker"
right() { printf '{"auths":{"%s":{"auth":"%s"}}}' "$registry" "$(b64 bob:gehe1m)" > "$1"; }
basic
right "$T/cred/auth.json"
printf '{"auths":{"%s":{"auth":"%s"}}}' "$registry" "$(b64 bob:falsch)" > "$HOME/.docker/config.json"
CREDENTIALS_DIRECTORY=$T/cred pull_fresh
is_rc "R-C1: systemd's credential comes before the home" 0
REGISTRY_AUTH_FILE=$HOME/.docker/config.json CREDENTIALS_DIRECTORY=$T/cred pull_fresh
is_rc "R-C1: REGISTRY_AUTH_FILE before it" 77
(cd "$T" && CREDENTIALS_DIRECTORY=cred pull_fresh && printf '%s' "$rc" > "$T/rc")
is "R-C1: a relative one is none" "$(cat "$T/rc")" 77
chmod 644 "$HOME/.docker/config.json"
pull_fresh
like "R-C6: a file that others can read is told" "$err" 'config.json" holds registry logins and can be read by others'
done_testing
