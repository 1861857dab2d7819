#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# lint: notes about rules of a policy that are not what somebody meant.  Each
# case has one note, and a neighbour that differs in one thing and has none.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
WASMFN=${WASMFN:-build/wasmfn}
TOP=$(cd "$(dirname "$0")/../.." && pwd)

# notes NAME WANT: of the rules on stdin, which begin at line 4
notes() {
	{ printf 'apiVersion: wasmfn/v1\nkind: Policy\ncapabilities:\n'; cat; } >"$T/p.yaml"
	run "$WASMFN" lint --json "$T/p.yaml"
	is_rc "$1: exit 0" 0
	is "$1" "$(jq -r '.notes[] | "\(.line) \(.message)"' "$T/out" | sed "s,$T/,,g; s/: .*//")" "$2"
}

notes 'a class that its own rule denies' '5 dead' <<'END'
  - match: ["**"]
    classes: {allow: [log, clock], deny: [log]}
END
notes 'another class' '' <<'END'
  - match: ["**"]
    classes: {allow: [log, clock], deny: [network]}
END
notes 'a class that a general rule denies' '7 dead' <<'END'
  - match: ["**"]
    classes: {deny: [log]}
  - match: ["h.example/fn"]
    classes: {allow: [log]}
END
notes 'a rule for others' '' <<'END'
  - match: ["h.example/other/**"]
    classes: {deny: [log]}
  - match: ["h.example/fn"]
    classes: {allow: [log]}
END
notes 'a rule for some of them' '' <<'END'
  - match: ["h.example/fn/a"]
    classes: {deny: [log]}
  - match: ["h.example/fn/**"]
    classes: {allow: [log]}
END
notes 'a rule for one segment only' '' <<'END'
  - match: ["h.example/*"]
    classes: {deny: [log]}
  - match: ["h.example/fn/**"]
    classes: {allow: [log]}
END
notes 'files are not oci: references' '' <<'END'
  - match: ["**"]
    classes: {deny: [log]}
  - match: ["oci:/srv/**"]
    classes: {allow: [log]}
END
notes 'an import that is denied by pattern' '6 dead' <<'END'
  - match: ["**"]
    imports:
      allow: [{module: env, name: clickhouse_log}]
      deny: [{module: env, name: "clickhouse_*"}]
END
notes 'a narrower deny' '' <<'END'
  - match: ["**"]
    imports:
      allow: [{module: env, name: "clickhouse_*"}]
      deny: [{module: env, name: clickhouse_random}]
END
notes 'an import that another says' '8 shadowed' <<'END'
  - match: ["**"]
    imports:
      allow:
        - {module: env, name: "clickhouse_*"}
        - {module: env, name: clickhouse_log}
END
notes 'in either order' '7 shadowed' <<'END'
  - match: ["**"]
    imports:
      allow:
        - {module: env, name: clickhouse_log}
        - {module: env, name: "clickhouse_*"}
END
notes 'twice the same: the second' '8 shadowed' <<'END'
  - match: ["**"]
    imports:
      allow:
        - {module: env, name: clickhouse_log}
        - {module: env, name: clickhouse_log}
END
notes 'two that overlap' '' <<'END'
  - match: ["**"]
    imports:
      allow:
        - {module: env, name: "clickhouse_*"}
        - {module: env, name: "*_log"}
END
notes 'an import whose class is allowed' '7 shadowed' <<'END'
  - match: ["**"]
    classes: {allow: [log]}
    imports:
      allow: [{module: env, name: clickhouse_log}]
END
notes 'another class than its own' '' <<'END'
  - match: ["**"]
    classes: {allow: [clock]}
    imports:
      allow: [{module: env, name: clickhouse_log}]
END
notes 'a pattern for nothing' '6 matches nothing' <<'END'
  - match: ["**"]
    imports:
      allow: [{module: env, name: "clickhose_*"}]
END
notes 'a misspelt import of a known module' '6 matches nothing' <<'END'
  - match: ["**"]
    imports:
      allow: [{module: wasi_snapshot_preview1, name: fd_wirte}]
END
notes 'a misspelt deny' '6 matches nothing' <<'END'
  - match: ["**"]
    imports:
      deny: [{module: wasi_snapshot_preview, name: path_open}]
END
notes 'the right one' '' <<'END'
  - match: ["**"]
    imports:
      deny: [{module: wasi_snapshot_preview1, name: path_open}]
END
notes "somebody's own host" '' <<'END'
  - match: ["**"]
    imports:
      allow: [{module: my_host, name: my_function}]
END
notes 'a rule that says nothing hides a general one' '6 shadowed' <<'END'
  - match: ["**"]
    classes: {allow: [log]}
  - match: ["h.example/fn"]
END
notes 'one that says something' '' <<'END'
  - match: ["**"]
    classes: {allow: [log]}
  - match: ["h.example/fn"]
    classes: {allow: [clock]}
END

notes 'one that speaks of interfaces' '' <<'END'
  - match: ["**"]
    classes: {allow: [log]}
  - match: ["h.example/fn"]
    interfaces: {allow: ["wasi:clocks/wall-clock@0.2.0"]}
END

# --- interfaces
notes 'an interface that is denied in every version' '5 dead' <<'END'
  - match: ["**"]
    interfaces: {allow: ["wasi:clocks/wall-clock@0.2.0"], deny: ["wasi:clocks/wall-clock"]}
END
notes 'in another one' '' <<'END'
  - match: ["**"]
    interfaces: {allow: ["wasi:clocks/wall-clock@0.2.0"], deny: ["wasi:clocks/wall-clock@0.2.1"]}
END
notes 'an interface without its version' '5 matches nothing' <<'END'
  - match: ["**"]
    interfaces: {allow: ["wasi:clocks/wall-clock"]}
END
notes 'denied it is in every version' '' <<'END'
  - match: ["**"]
    interfaces: {deny: ["wasi:clocks/wall-clock"]}
END
notes 'one that has none' '' <<'END'
  - match: ["**"]
    interfaces: {allow: ["surrealism:plugin/host"]}
END
notes 'a misspelt interface' '5 matches nothing' <<'END'
  - match: ["**"]
    interfaces: {allow: ["wasi:clocks/wallclock@0.2.0"]}
END
notes "somebody's own interface" '' <<'END'
  - match: ["**"]
    interfaces: {allow: ["my:host/calls@1.0.0"]}
END

# --- for people
printf 'apiVersion: wasmfn/v1\nkind: Policy\ncapabilities:\n  - match: ["**"]\n    classes: {allow: [log], deny: [log]}\n' >"$T/p.yaml"
run "$WASMFN" lint "$T/p.yaml"
is_rc 'text' 0
like 'as compilers write them' "$out" "^$T/p.yaml:5:22: note: dead: classes.allow log: the same rule denies it"
like 'and the file is good' "$out" "a good policy file"
printf 'apiVersion: wasmfn/v1\nkind: Policy\ncapabilities:\n  - match: ["**"]\n    classes: {allow: [logs], deny: [log]}\n' >"$T/p.yaml"
run "$WASMFN" lint --json "$T/p.yaml"
is_rc 'a file with problems' 78
is 'has no notes' "$(jq '.notes | length' "$T/out")" 0
for f in "$TOP"/policy/default.yaml "$TOP"/policy/examples/*.yaml; do
	run "$WASMFN" lint --json "$f"
	is "${f#"$TOP"/} has none" "$(jq -r '.notes[].message' "$T/out")" ''
done

done_testing
