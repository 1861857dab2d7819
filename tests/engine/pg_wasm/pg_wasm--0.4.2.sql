-- SPDX-License-Identifier: Apache-2.0
--
-- Schema wasm: tables, language and functions of the reference engine.
-- Everything that can change code is revoked from PUBLIC here; nothing may be
-- granted here that lets a role write the tables.

\echo Use "CREATE EXTENSION pg_wasm" to load this file. \quit

GRANT USAGE ON SCHEMA wasm TO PUBLIC;

CREATE TABLE wasm.module (
	sha256 bytea PRIMARY KEY,
	bytes bytea NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	created_by name NOT NULL DEFAULT current_user,
	CONSTRAINT module_sha256_check
		CHECK (sha256 = pg_catalog.sha256(bytes))
);
ALTER TABLE wasm.module ALTER COLUMN bytes SET STORAGE EXTERNAL;

CREATE TABLE wasm.function_def (
	proc oid PRIMARY KEY,
	name text NOT NULL,
	arg_types regtype[] NOT NULL,
	return_type regtype NOT NULL,
	sha256 bytea NOT NULL
		CONSTRAINT function_def_sha256_fkey REFERENCES wasm.module,
	config jsonb NOT NULL DEFAULT '{}',
	created_at timestamptz NOT NULL DEFAULT now(),
	created_by name NOT NULL DEFAULT current_user,
	updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX function_def_sha256_idx ON wasm.function_def (sha256);

CREATE FUNCTION wasm.call_handler() RETURNS language_handler
	LANGUAGE c AS 'MODULE_PATHNAME', 'pgw_sql_call_handler';
CREATE FUNCTION wasm.validator(oid) RETURNS void
	LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'pgw_sql_validator';
CREATE LANGUAGE wasm HANDLER wasm.call_handler VALIDATOR wasm.validator;
COMMENT ON LANGUAGE wasm IS 'wrappers made by wasm.create_function';

CREATE FUNCTION wasm.create_function(
	function_name text, wasm_module bytea, arg_types text[],
	return_type text, config jsonb DEFAULT '{}',
	security text DEFAULT 'INVOKER') RETURNS regprocedure
	LANGUAGE c AS 'MODULE_PATHNAME', 'pgw_sql_create_function';
CREATE FUNCTION wasm.replace_function(
	function_name text, wasm_module bytea, config jsonb DEFAULT NULL)
	RETURNS regprocedure
	LANGUAGE c AS 'MODULE_PATHNAME', 'pgw_sql_replace_function';
CREATE FUNCTION wasm.drop_function(function_name text) RETURNS void
	LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'pgw_sql_drop_function';
CREATE FUNCTION wasm.module_bytes(function_name text) RETURNS bytea
	LANGUAGE c STRICT STABLE AS 'MODULE_PATHNAME', 'pgw_sql_module_bytes';
CREATE FUNCTION wasm.call(function_name text, VARIADIC args "any" DEFAULT NULL)
	RETURNS text
	LANGUAGE c AS 'MODULE_PATHNAME', 'pgw_sql_call';
CREATE FUNCTION wasm.engine_info() RETURNS jsonb
	LANGUAGE c STRICT STABLE AS 'MODULE_PATHNAME', 'pgw_sql_engine_info';
CREATE FUNCTION wasm.on_sql_drop() RETURNS event_trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'pgw_sql_on_sql_drop';

REVOKE ALL ON FUNCTION wasm.create_function, wasm.replace_function,
	wasm.drop_function, wasm.module_bytes FROM PUBLIC;

CREATE EVENT TRIGGER wasm_sql_drop ON sql_drop
	EXECUTE FUNCTION wasm.on_sql_drop();

CREATE VIEW wasm.functions AS
SELECT n.nspname AS schema,
	p.proname AS name,
	coalesce(p.oid::regprocedure::text, d.name) AS signature,
	pg_catalog.pg_get_userbyid(p.proowner) AS owner,
	CASE WHEN p.prosecdef THEN 'DEFINER' ELSE 'INVOKER' END AS security,
	'sha256:' || pg_catalog.encode(d.sha256, 'hex') AS sha256_declared,
	'sha256:' || pg_catalog.encode(pg_catalog.sha256(m.bytes), 'hex')
		AS sha256_computed,
	pg_catalog.length(m.bytes) AS size,
	d.config,
	CASE WHEN p.oid IS NULL THEN 'missing'
		WHEN l.lanname <> 'wasm' THEN 'other language'
		WHEN p.prosrc <> 'sha256:' || pg_catalog.encode(d.sha256, 'hex')
			THEN 'digest differs'
		ELSE 'ok' END AS wrapper_state,
	d.created_at,
	d.updated_at
FROM wasm.function_def d
	LEFT JOIN wasm.module m ON m.sha256 = d.sha256
	LEFT JOIN pg_catalog.pg_proc p ON p.oid = d.proc
	LEFT JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
	LEFT JOIN pg_catalog.pg_language l ON l.oid = p.prolang;
