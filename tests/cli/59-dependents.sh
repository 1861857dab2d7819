#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What uses a function is listed before it is replaced; where results of it are
# kept, replacing it has to be asked for.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/artifact.sh
. "$(dirname "$0")/../lib/artifact.sh"
# shellcheck source=tests/lib/db.sh
. "$(dirname "$0")/../lib/db.sh"

start_db || exit 1
artifact one '(module (func (export "f") (param i32) (result i32) local.get 0 i32.const 1 i32.add))'; one=$ref
artifact two '(module (func (export "f") (param i32) (result i32) local.get 0 i32.const 2 i32.add))'; two=$ref
policy "$T/policy.yaml"
to=$(conninfo deploy)
ins() { wf install -f "$T/m.yaml" --policy "$T/policy.yaml" --target "$to" "$@"; }
entry()
{
	manifest "$T/m.yaml" << END
- name: f
  ref: $1
  schema: wasm
  volatility: ${2-immutable}
  limits: {fuel_per_call: ${3-100000}}
END
}
deps() { jq -r '.dependents[] | .kind + (if .stored then "!" else "" end)' <<< "$out" | tr '\n' ' '; }
remedy() { jq -r --arg k "$1" '.dependents[] | select(.kind == $k) | .remedy' <<< "$out"; }
why() { jq -r '.error.code' <<< "$out"; }

entry "$one"
ins
is_rc 'install' 0
sql '
	CREATE TABLE public.t (i int);
	CREATE VIEW public.v AS SELECT wasm.f(i) AS x FROM public.t;
	CREATE VIEW public.w AS SELECT x FROM public.v;
	CREATE MATERIALIZED VIEW public.m AS SELECT x FROM public.w;
	CREATE FUNCTION public.none() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$;
	CREATE TRIGGER tr BEFORE INSERT ON public.t FOR EACH ROW WHEN (wasm.f(NEW.i) > 3) EXECUTE FUNCTION public.none();
	CREATE POLICY po ON public.t USING (wasm.f(i) > 0);
	ALTER TABLE public.t ALTER i SET DEFAULT wasm.f(1)'

# --- what keeps nothing --------------------------------------------------------------
entry "$two"
wf plan -f "$T/m.yaml" --policy "$T/policy.yaml" --target "$to" --json
is_rc 'plan of another module under views' 0
is 'lists what uses it, by way of other views too' "$(deps)" \
	'column default materialized view policy trigger view view '
is 'a materialized view can be refreshed' "$(remedy 'materialized view')" 'REFRESH MATERIALIZED VIEW public.m'
ins
is_rc 'install needs no more' 0
is 'the view sees the new code' "$(sql 'INSERT INTO public.t VALUES (5); SELECT x FROM public.w')" 7
entry "$one"; ins

# --- what keeps results ----------------------------------------------------------------
sql '
	CREATE TABLE public.s (i int, g int GENERATED ALWAYS AS (wasm.f(i)) STORED, CONSTRAINT big CHECK (wasm.f(i) > 1));
	CREATE INDEX byg ON public.s (g);
	CREATE INDEX "odd "" name" ON public.s ((wasm.f(i)));
	CREATE INDEX partial ON public.s (i) WHERE wasm.f(i) > 10;
	CREATE FUNCTION public.wrap(int) RETURNS int IMMUTABLE RETURN wasm.f($1);
	CREATE INDEX wrapped ON public.s (public.wrap(i));
	CREATE TABLE public.p (i int) PARTITION BY RANGE ((wasm.f(i)));
	CREATE DOMAIN public.d AS int CHECK (wasm.f(VALUE) > 0);
	INSERT INTO public.s VALUES (5)'
ins
is_rc 'install of what is there' 0
entry "$two"
wf plan -f "$T/m.yaml" --policy "$T/policy.yaml" --target "$to" --json
is 'plan is refused' "$rc $(why)" '65 dependents'
is 'and lists all of it' "$(jq -r '[.dependents[] | select(.stored) | .kind] | sort | join(", ")' <<< "$out")" \
	'constraint, constraint, generated column, index, index, index, index, partition key'
like 'an index wants REINDEX' "$(remedy index)" 'REINDEX INDEX CONCURRENTLY public."odd "" name"'
like 'and so does one on the generated column' "$(remedy index)" 'REINDEX INDEX CONCURRENTLY public.byg'
like 'one by way of a function too' "$(remedy index)" 'REINDEX INDEX CONCURRENTLY public.wrapped'
is 'a generated column' "$(remedy 'generated column')" 'UPDATE public.s SET g = DEFAULT'
like 'a constraint' "$(remedy constraint)" 'SELECT \* FROM public.s WHERE NOT \('
ins
is_rc 'install is refused' 65
like 'shows what to do' "$out" 'afterwards: REINDEX INDEX CONCURRENTLY public.partial;'
like 'and says by what name it is meant' "$err" 'accept-behaviour-change'
is 'nothing was changed' "$(sql 'SELECT wasm.f(5)')" 6
entry "$one" immutable 90000
ins
is_rc 'another limit is no other behaviour' 0
entry "$one" stable 90000
ins
is_rc 'immutable no longer is one' 65
entry "$two" immutable 90000
ins --accept-behaviour-change
is_rc 'as asked' 0
like 'the remedies are printed' "$out" 'afterwards: UPDATE public.s SET g = DEFAULT;'
is 'the new code' "$(sql 'SELECT wasm.f(5)')" 7
wf rollback wasm.f -f "$T/m.yaml" --reason test --policy "$T/policy.yaml" --target "$to"
is_rc 'rollback asks as well' 65
wf rollback wasm.f -f "$T/m.yaml" --reason test --policy "$T/policy.yaml" --target "$to" --accept-behaviour-change
is_rc 'and takes the same word' 0

done_testing
