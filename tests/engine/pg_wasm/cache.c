/* SPDX-License-Identifier: Apache-2.0
 *
 * Compiled code on disk.  There is none yet: see README.md.
 */
#include "pg_wasm.h"

wasmtime_module_t *
pgw_cache_load(wasm_engine_t *engine, const uint8 *sha256)
{
	return NULL;
}

void
pgw_cache_save(wasmtime_module_t *module, const uint8 *sha256)
{
}
