#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Engine table: the questions that every engine is asked (tests/lib/conform.sh).
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/artifact.sh
. "$(dirname "$0")/../lib/artifact.sh"
# shellcheck source=tests/lib/db.sh
. "$(dirname "$0")/../lib/db.sh"
# shellcheck source=tests/lib/conform.sh
. "$(dirname "$0")/../lib/conform.sh"
WASMFN=${WASMFN:-build/wasmfn}

start_engine table || exit 1
# shellcheck source=tests/engine/table_standin/conform.sh
. "$DB_TOP/tests/engine/table_standin/conform.sh"
conform
done_testing
