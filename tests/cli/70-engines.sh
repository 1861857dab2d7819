#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The same questions to every engine: probe, install, nothing to do, each
# tampering that it can show, replace, remove.  tests/lib/conform.sh asks,
# tests/engine/NAME_standin/ has the engine and what is particular to it.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/artifact.sh
. "$(dirname "$0")/../lib/artifact.sh"
# shellcheck source=tests/lib/db.sh
. "$(dirname "$0")/../lib/db.sh"
# shellcheck source=tests/lib/conform.sh
. "$(dirname "$0")/../lib/conform.sh"
WASMFN=${WASMFN:-build/wasmfn}

# Each in a process of its own: they share names, and nothing else.
for engine in ${ENGINES:-table pgwasm supabase}; do
	standin=$DB_TOP/tests/engine/${engine//-/_}_standin
	T=$T/$engine
	mkdir "$T"
	start_engine "$engine" || exit 1
	E='' FN='' MORE='' CLEAN='' ONE='' WRONG='' UNPROVED=''
	# shellcheck source=/dev/null
	. "$standin/conform.sh"
	diag "engine $engine"
	conform
	stop_db
	T=${T%/*}
done
done_testing
