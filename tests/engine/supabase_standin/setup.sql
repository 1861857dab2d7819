-- SPDX-License-Identifier: Apache-2.0
--
-- The stand-in of supabase wrappers is an extension of the same name.
CREATE SCHEMA extensions;
CREATE EXTENSION wrappers WITH SCHEMA extensions;
CREATE FOREIGN DATA WRAPPER wasm_wrapper HANDLER extensions.wasm_fdw_handler
	VALIDATOR extensions.wasm_fdw_validator;
