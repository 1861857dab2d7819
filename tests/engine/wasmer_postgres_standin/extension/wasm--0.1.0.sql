-- SPDX-License-Identifier: Apache-2.0
--
-- Stand-in of wasmer-postgres 0.1.0: wrappers in plpgsql in the current schema,
-- with the instance's id in their source.  It loads nothing; each module
-- exports sum(i32, i32).
CREATE FUNCTION wasm_init(dylib_pathname text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE FUNCTION wasm__invoke_function_2(id text, name text, a bigint, b bigint) RETURNS bigint
	LANGUAGE plpgsql AS $$ BEGIN RAISE 'Instance with ID `%` isn''t found.', id; END $$;
CREATE FUNCTION wasm_new_instance(module_pathname text, namespace text) RETURNS text
	LANGUAGE plpgsql AS $$
DECLARE id text := md5(module_pathname)::uuid::text;
BEGIN
	IF module_pathname !~ '^/' THEN RETURN NULL; END IF;
	EXECUTE format('CREATE OR REPLACE FUNCTION %I(integer, integer) RETURNS integer LANGUAGE plpgsql AS %L',
		namespace || '_sum', format('DECLARE output bigint; BEGIN SELECT wasm__invoke_function_2(%L, %L, $1, $2) INTO STRICT output; RETURN output; END;', id, 'sum'));
	RETURN id;
END $$;
