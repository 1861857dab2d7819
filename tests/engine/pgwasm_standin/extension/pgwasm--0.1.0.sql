-- SPDX-License-Identifier: Apache-2.0
--
-- Stand-in of pgwasm 0.1.0: its catalog, privileges, errors and wrappers, as
-- they were noted on the real one.  Schema pgwasm_standin is ours alone: what
-- the real library does in itself.
DO $$ BEGIN
	IF to_regrole('pgwasm_loader') IS NULL THEN CREATE ROLE pgwasm_loader; END IF;
	IF to_regrole('pgwasm_reader') IS NULL THEN CREATE ROLE pgwasm_reader; END IF;
END $$;
CREATE TABLE pgwasm.modules (
	module_id bigserial PRIMARY KEY, name text NOT NULL UNIQUE, abi text NOT NULL,
	digest bytea NOT NULL, wasm_sha256 bytea NOT NULL, origin text NOT NULL,
	artifact_path text NOT NULL, wit_world text NOT NULL DEFAULT '',
	policy jsonb NOT NULL DEFAULT '{}', limits jsonb NOT NULL DEFAULT '{}',
	created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(),
	generation bigint NOT NULL DEFAULT 0);
CREATE TABLE pgwasm.exports (
	export_id bigserial PRIMARY KEY, module_id bigint NOT NULL, wasm_name text NOT NULL,
	sql_name text NOT NULL, signature jsonb NOT NULL, arg_types oid[] NOT NULL,
	ret_type oid, fn_oid oid, kind text NOT NULL DEFAULT 'func');
CREATE TABLE pgwasm.wit_types (wit_type_id bigserial PRIMARY KEY, module_id bigint NOT NULL);
CREATE TABLE pgwasm.dependencies (module_id bigint NOT NULL, depends_on bigint NOT NULL);
CREATE FUNCTION pgwasm.pgwasm_load(module_name text, bytes_or_path json, options json DEFAULT NULL)
	RETURNS boolean LANGUAGE c AS 'MODULE_PATHNAME', 'pgwasm_load';
CREATE FUNCTION pgwasm.pgwasm_reload(module_name text, bytes_or_path json, options json DEFAULT NULL)
	RETURNS boolean LANGUAGE c AS 'MODULE_PATHNAME', 'pgwasm_reload';
CREATE FUNCTION pgwasm.pgwasm_unload(module_name text, cascade_drop boolean DEFAULT false)
	RETURNS boolean LANGUAGE c AS 'MODULE_PATHNAME', 'pgwasm_unload';
CREATE FUNCTION pgwasm.pgwasm_functions() RETURNS TABLE (module_id bigint, sql_name text)
	LANGUAGE c AS 'MODULE_PATHNAME', 'pgwasm_functions';
CREATE FUNCTION pgwasm.pgwasm_core_invoke_scalar(bytea, text, int[]) RETURNS integer
	LANGUAGE c AS 'MODULE_PATHNAME', 'pgwasm_core_invoke_scalar';
GRANT USAGE ON SCHEMA pgwasm TO pgwasm_loader, pgwasm_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA pgwasm TO pgwasm_loader;
GRANT SELECT ON ALL TABLES IN SCHEMA pgwasm TO pgwasm_reader;

CREATE SCHEMA pgwasm_standin;
GRANT USAGE ON SCHEMA pgwasm_standin TO PUBLIC;
CREATE FUNCTION pgwasm_standin.write(bigint, text, bytea) RETURNS void
	LANGUAGE c AS 'MODULE_PATHNAME', 'standin_write';
CREATE FUNCTION pgwasm_standin.sweep(bigint[]) RETURNS void
	LANGUAGE c AS 'MODULE_PATHNAME', 'standin_sweep';
CREATE FUNCTION pgwasm_standin.core_exports(bytea) RETURNS text[]
	LANGUAGE c AS 'MODULE_PATHNAME', 'standin_exports';

-- The library makes wrappers itself, whatever the role may; they belong to it.
CREATE FUNCTION pgwasm_standin.wrapper(name text, nargs int, who name) RETURNS oid
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE f oid; args text := array_to_string(array_fill('integer'::text, ARRAY[nargs]), ', ');
BEGIN
	IF to_regprocedure(format('pgwasm.%I(%s)', name, args)) IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = format(
			'invalid configuration: function pgwasm.%s already exists;', name);
	END IF;
	EXECUTE format('CREATE FUNCTION pgwasm.%I(%s) RETURNS integer LANGUAGE c COST 100 AS %L, %L',
		name, args, '$libdir/pgwasm', 'pgwasm_udf_trampoline');
	f := to_regprocedure(format('pgwasm.%I(%s)', name, args));
	EXECUTE format('ALTER EXTENSION pgwasm ADD FUNCTION pgwasm.%I(%s)', name, args);
	UPDATE pg_proc SET proowner = (SELECT oid FROM pg_authid WHERE rolname = who) WHERE oid = f;
	DELETE FROM pg_shdepend WHERE classid = 'pg_proc'::regclass AND objid = f;
	RETURN f;
END $$;
CREATE FUNCTION pgwasm_standin.unwrap(f oid) RETURNS void
	LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	EXECUTE format('ALTER EXTENSION pgwasm DROP FUNCTION %s', f::regprocedure);
	EXECUTE format('DROP FUNCTION %s', f::regprocedure);
END $$;

CREATE FUNCTION pgwasm_standin.check_limits(l jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE k text; v jsonb;
BEGIN
	FOR k, v IN SELECT * FROM jsonb_each(coalesce(l, '{}')) LOOP
		CONTINUE WHEN NOT k = ANY ('{fuel_per_invocation,instances_per_module,invocation_deadline_ms,max_memory_pages}');
		IF jsonb_typeof(v) <> 'number' OR v::numeric > 2147483647 THEN
			RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = format(
				'invalid configuration: `%s` must be a JSON integer', k);
		END IF;
		IF v::numeric > current_setting('pgwasm.' || k)::numeric THEN
			RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = format(
				'permission denied: override attempts to widen `%s`', k);
		END IF;
	END LOOP;
END $$;

CREATE FUNCTION pgwasm_standin.load(n text, source json, options json, again boolean) RETURNS boolean
	LANGUAGE plpgsql AS $$
DECLARE
	b bytea; m pgwasm.modules; c boolean; x text; lim jsonb; pol jsonb; names text[];
	o jsonb := options::jsonb; k text; wrap text; nargs int; f oid;
BEGIN
	IF NOT current_setting('pgwasm.enabled')::boolean THEN
		RAISE EXCEPTION USING ERRCODE = '55000', MESSAGE = 'pgwasm is disabled';
	END IF;
	IF NOT pg_has_role('pgwasm_loader', 'MEMBER') THEN
		RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = 'permission denied: pgwasm_loader is needed';
	END IF;
	IF source ->> 'bytes' !~ '^([0-9A-Fa-f]{2})+$' OR source ->> 'bytes' IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = 'invalid configuration: bytes must be JSON bytea from PostgreSQL or a JSON array of integers';
	END IF;
	b := decode(source ->> 'bytes', 'hex');
	IF NOT again AND length(b) > current_setting('pgwasm.max_module_bytes')::int THEN
		RAISE EXCEPTION USING ERRCODE = '54000', MESSAGE = format(
			'resource limit exceeded: module size %s bytes exceeds pgwasm.max_module_bytes (%s)',
			length(b), current_setting('pgwasm.max_module_bytes'));
	END IF;
	IF substr(b, 1, 8) NOT IN ('\x0061736d01000000', '\x0061736d0d000100') THEN
		RAISE EXCEPTION USING ERRCODE = '22P03', MESSAGE = 'validation failed: bad magic';
	END IF;
	c := substr(b, 5, 4) = '\x0d000100';
	-- a component of the tests is its header and a section "x" with one export's name
	names := CASE WHEN c THEN ARRAY[split_part(convert_from(substr(b, 13), 'UTF8'), E'\n', 1) || '/2']
		ELSE pgwasm_standin.core_exports(b) END;
	lim := jsonb_strip_nulls(o -> 'limits');
	PERFORM pgwasm_standin.check_limits(lim);
	pol := o -> 'overrides';
	FOR k IN SELECT key FROM jsonb_each(coalesce(pol, '{}')) WHERE value = 'true' LOOP
		IF current_setting('pgwasm.' || k, true) = 'off' THEN
			RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = format(
				'permission denied: override attempts to widen `%s`', k);
		END IF;
	END LOOP;
	SELECT * INTO m FROM pgwasm.modules WHERE name = n;
	IF again THEN
		IF NOT FOUND THEN
			RAISE EXCEPTION USING ERRCODE = '42704', MESSAGE = format('object not found: no wasm module named `%s`', n);
		END IF;
		IF (m.abi = 'component') <> c OR EXISTS (SELECT 1 FROM pgwasm.exports e
			WHERE e.module_id = m.module_id AND NOT e.wasm_name = ANY (SELECT split_part(v, '/', 1) FROM unnest(names) v)) THEN
			RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'invalid configuration: reload rejected: exports';
		END IF;
		IF (pg_stat_file(format('pgwasm/%s/module.wasm', lpad(to_hex(m.module_id), 16, '0')), true)).size IS NULL THEN
			RAISE EXCEPTION USING ERRCODE = '58030', MESSAGE = 'I/O error: module.wasm';
		END IF;
		UPDATE pgwasm.modules SET digest = sha256(b), generation = generation + 1,
			updated_at = clock_timestamp(), limits = CASE WHEN o IS NULL THEN limits ELSE coalesce(lim, limits) END,
			policy = policy || coalesce(pol, '{}') WHERE module_id = m.module_id;
	ELSE
		IF FOUND THEN
			RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = format(
				'invalid configuration: module `%s` already exists in catalog;', n);
		END IF;
		INSERT INTO pgwasm.modules (name, abi, digest, wasm_sha256, origin, artifact_path, limits, policy)
			VALUES (n, CASE WHEN c THEN 'component' ELSE 'core' END, sha256(b),
			CASE WHEN c THEN '\x0102030405060708'::bytea || decode(repeat('00', 24), 'hex') ELSE sha256(b) END,
			'load', 'pgwasm/' || n, CASE WHEN o -> 'limits' IS NULL THEN '{}' ELSE
			'{"fuel_per_invocation":null,"instances_per_module":null,"invocation_deadline_ms":null,"max_memory_pages":null}'::jsonb || lim END,
			coalesce(pol, '{}')) RETURNING * INTO m;
		FOREACH x IN ARRAY names LOOP
			wrap := CASE WHEN c THEN n || '__' || translate(split_part(x, '/', 1), '/-', '__')
				ELSE 'core__' || split_part(x, '/', 1) END;
			nargs := split_part(x, '/', 2)::int;
			f := pgwasm_standin.wrapper(wrap, nargs, current_user);
			INSERT INTO pgwasm.exports (module_id, wasm_name, sql_name, signature, arg_types, ret_type, fn_oid)
				VALUES (m.module_id, split_part(x, '/', 1), wrap, '{}',
				array_fill(23::oid, ARRAY[nargs]), 23, f);
		END LOOP;
		IF c THEN RAISE NOTICE 'pgwasm: warm-up of `%` deferred', n; END IF;
	END IF;
	PERFORM pgwasm_standin.write(m.module_id, 'module.wasm', b);
	IF c THEN
		PERFORM pgwasm_standin.write(m.module_id, 'module.cwasm', convert_to('native ', 'UTF8') || sha256(b));
		PERFORM pgwasm_standin.write(m.module_id, 'world.wit', '');
	END IF;
	RETURN true;
END $$;

CREATE FUNCTION pgwasm_standin.unload(n text, cascade_drop boolean) RETURNS boolean
	LANGUAGE plpgsql AS $$
DECLARE m pgwasm.modules; e pgwasm.exports;
BEGIN
	SELECT * INTO m FROM pgwasm.modules WHERE name = n;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '42704', MESSAGE = format('object not found: no wasm module named `%s`', n);
	END IF;
	FOR e IN SELECT * FROM pgwasm.exports WHERE module_id = m.module_id LOOP
		IF NOT EXISTS (SELECT 1 FROM pg_proc WHERE oid = e.fn_oid) THEN
			RAISE EXCEPTION USING ERRCODE = 'XX000', MESSAGE = format('cache lookup failed for function %s', e.fn_oid);
		END IF;
		PERFORM pgwasm_standin.unwrap(e.fn_oid);
	END LOOP;
	DELETE FROM pgwasm.exports WHERE module_id = m.module_id;
	DELETE FROM pgwasm.modules WHERE module_id = m.module_id;
	PERFORM pgwasm_standin.sweep(ARRAY(SELECT module_id FROM pgwasm.modules));
	RETURN true;
END $$;
