# SPDX-License-Identifier: Apache-2.0
#
# Builds the reference engine of the tests: build/engine/pg_wasm.so with its
# SQL files and the pinned libwasmtime.so beside it.  Included by the Makefile,
# and works alone: make -f tests/engine/engine.mk engine.  Nothing is installed.

ENGINE_SRC := $(sort $(wildcard tests/engine/pg_wasm/*.c))
ENGINE_OBJ := $(ENGINE_SRC:tests/engine/pg_wasm/%.c=build/engine/obj/%.o)
ENGINE_PG := build/deps/postgresql-dev/usr/include/postgresql/15/server
ENGINE_CC ?= cc
ENGINE_CFLAGS ?= -O2 -g
ENGINE_FLAGS := -std=gnu11 -fPIC -D_GNU_SOURCE -isystem $(ENGINE_PG) \
	-Wall -Wextra -Wshadow -Wundef -Wvla -Wformat=2 -Wwrite-strings \
	-Wstrict-prototypes -Wpointer-arith -Wno-unused-parameter \
	-Wno-format-nonliteral -fstack-protector-strong $(WERROR)
ENGINE_OUT := build/engine/pg_wasm.so build/engine/libwasmtime.so \
	build/engine/pg_wasm.control build/engine/pg_wasm--0.4.2.sql

.PHONY: engine
engine: $(ENGINE_OUT)

build/deps/wasmtime/libwasmtime.so $(ENGINE_PG)/postgres.h:
	scripts/deps --no-install -q

build/engine/obj:
	mkdir -p $@

build/engine/obj/%.o: tests/engine/pg_wasm/%.c tests/engine/engine.mk \
		| $(ENGINE_PG)/postgres.h build/engine/obj
	$(ENGINE_CC) $(ENGINE_FLAGS) $(ENGINE_CFLAGS) -MMD -MP -c -o $@ $<

build/engine/libwasmtime.so: build/deps/wasmtime/libwasmtime.so \
		| build/engine/obj
	cp $< $@

build/engine/pg_wasm%: tests/engine/pg_wasm/pg_wasm% | build/engine/obj
	cp $< $@

# The library has no SONAME: linked by -l, never by a path with a slash.
build/engine/pg_wasm.so: $(ENGINE_OBJ) tests/engine/pg_wasm/exports.map \
		build/engine/libwasmtime.so
	$(ENGINE_CC) -shared -o $@ $(ENGINE_OBJ) -Lbuild/engine -lwasmtime \
		-Wl,-rpath,'$$ORIGIN' -Wl,-z,relro,-z,now -Wl,--no-undefined-version \
		-Wl,--version-script=tests/engine/pg_wasm/exports.map

# The parts of stand-ins that no SQL can be.
build/engine/pgwasm.so: tests/engine/pgwasm_standin/pgwasm.c
build/engine/wrappers-0.6.2.so: tests/engine/supabase_standin/wrappers.c
build/engine/pgwasm.so build/engine/wrappers-0.6.2.so: tests/engine/engine.mk \
		| $(ENGINE_PG)/postgres.h build/engine/obj
	$(ENGINE_CC) $(ENGINE_FLAGS) $(ENGINE_CFLAGS) -shared -Wl,-z,relro,-z,now -o $@ \
		$(filter %.c,$^)

-include $(ENGINE_OBJ:.o=.d)
