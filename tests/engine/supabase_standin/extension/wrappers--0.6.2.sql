-- SPDX-License-Identifier: Apache-2.0
--
-- Stand-in of supabase wrappers 0.6.2, as far as the Wasm FDW goes.
CREATE FUNCTION wasm_fdw_handler() RETURNS fdw_handler STRICT
	LANGUAGE c AS 'MODULE_PATHNAME', 'wasm_fdw_handler_wrapper';
CREATE FUNCTION wasm_fdw_validator(options text[], catalog oid) RETURNS void
	LANGUAGE c AS 'MODULE_PATHNAME', 'wasm_fdw_validator_wrapper';
CREATE FUNCTION wasm_fdw_meta() RETURNS TABLE (name text, version text, author text, website text)
	LANGUAGE sql AS $$ SELECT 'WasmFdw', '0.1.5', 'Supabase', '' $$;
