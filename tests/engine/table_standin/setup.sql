-- SPDX-License-Identifier: Apache-2.0
--
-- Engine `table`: no stand-in, this is all there is to it.  The function is as
-- pg_extism has it in name and arguments; its body is nobody's.
CREATE SCHEMA app;
CREATE TABLE app.wasm_modules (name text PRIMARY KEY, data bytea NOT NULL);
CREATE FUNCTION public.extism_call(wasm bytea, func text, input text) RETURNS text
	LANGUAGE sql AS 'SELECT $3';
