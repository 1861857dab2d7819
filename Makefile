# SPDX-License-Identifier: Apache-2.0
#
# wasmfn: one non-recursive makefile.  `make help` lists the targets.
# A second build beside the first: make B=build/asan SAN=address,undefined

VERSION := 0.1.0
B ?= build
CC ?= cc
AR ?= ar
PKG_CONFIG ?= pkg-config
PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
LOCALSTATEDIR ?= /var
MANDIR ?= $(PREFIX)/share/man
DATADIR ?= $(PREFIX)/share
UNITDIR ?= $(PREFIX)/lib/systemd/system
CFLAGS ?= -O2 -g
WERROR ?=
SAN ?=

# --- flags -----------------------------------------------------------------
PKGS_LINK := libcrypto >= 3.0 jansson >= 2.14 yaml-0.1 >= 0.2.5
# These are opened by their doors on first use: headers only.
PKGS_HEAD := libcurl >= 7.88 libpq >= 15 zlib >= 1.2.11 libzstd >= 1.4

WARN := -Wall -Wextra -Wshadow -Wundef -Wvla -Wformat=2 -Wwrite-strings \
	-Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wcast-qual \
	-Wswitch-enum -Wimplicit-fallthrough -Wnull-dereference
TRY_CFLAGS := -Wtrampolines -Wbidi-chars=any -Wlogical-op -Wduplicated-cond \
	-fstack-protector-strong -fstack-clash-protection -fcf-protection=full \
	-ftrivial-auto-var-init=zero -fstrict-flex-arrays=3 \
	-fno-delete-null-pointer-checks -fno-strict-overflow \
	-fno-strict-aliasing
TRY_LDFLAGS := -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,--as-needed \
	-Wl,-z,separate-code

DEFS := -D_GNU_SOURCE -DWF_VERSION='"$(VERSION)"'
ifeq ($(SAN),)
DEFS += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
endif

# Probed once per compiler; the result is a file that make includes.
-include $(B)/probe.mk

# -fno-wrapv: else UBSan does not see a signed overflow.
ALL_CFLAGS = -std=gnu11 -Isrc -I. $(DEFS) $(WARN) $(WERROR) $(PROBED_CFLAGS) \
	$(PKG_CFLAGS) -fPIE $(CFLAGS) $(if $(SAN),-fsanitize=$(SAN) -fno-wrapv -fno-sanitize-recover=all -fno-omit-frame-pointer) \
	$(if $(LIBFUZZER),-fsanitize=fuzzer-no-link)
ALL_LDFLAGS = -pie $(PROBED_LDFLAGS) $(LDFLAGS) $(if $(SAN),-fsanitize=$(SAN))
LIBS = $(PKG_LIBS)

$(B)/probe.mk: Makefile
	@mkdir -p $(B)
	@$(PKG_CONFIG) --exists --print-errors '$(PKGS_LINK) $(PKGS_HEAD)' || \
		{ echo "missing libraries: run ./scripts/deps" >&2; exit 1; }
	@{ printf 'PROBED_CFLAGS :='; for f in $(TRY_CFLAGS); do \
		echo 'int main(void){return 0;}' | $(CC) -Werror $$f -x c -c -o /dev/null - 2>/dev/null && printf ' %s' $$f; done; echo; \
	   printf 'PROBED_LDFLAGS :='; for f in $(TRY_LDFLAGS); do \
		echo 'int main(void){return 0;}' | $(CC) -Werror $$f -x c -o /dev/null - 2>/dev/null && printf ' %s' $$f; done; echo; \
	   printf 'PKG_CFLAGS := %s\n' "$$($(PKG_CONFIG) --cflags '$(PKGS_LINK) $(PKGS_HEAD)')"; \
	   printf 'PKG_LIBS := %s\n' "$$($(PKG_CONFIG) --libs '$(PKGS_LINK)') -ldl"; \
	 } > $@.tmp && mv $@.tmp $@

# --- what is built ---------------------------------------------------------
SRC := $(sort $(wildcard src/*/*.c))
CMD := $(sort $(wildcard cmd/*.c))
HDR := $(sort $(wildcard src/*/*.h cmd/*.h))
# Which test programs and fuzz targets, as patterns.
UNITS ?= test_*
FUZZERS ?= fuzz_*
UNIT := $(sort $(wildcard $(UNITS:%=tests/unit/%.c)))
FUZZ := $(sort $(wildcard $(FUZZERS:%=tests/fuzz/%.c)))
TESTLIB := $(sort $(wildcard tests/lib/*.c))
SRC_O := $(SRC:%.c=$(B)/obj/%.o)
CMD_O := $(CMD:%.c=$(B)/obj/%.o)
TESTLIB_O := $(TESTLIB:%.c=$(B)/obj/%.o)
PKI_O := $(patsubst %.c,$(B)/obj/%.o,$(filter-out tests/pki/main.c,$(sort $(wildcard tests/pki/*.c))))
UNIT_BIN := $(UNIT:tests/unit/%.c=$(B)/unit/%)
FUZZ_BIN := $(FUZZ:tests/fuzz/%.c=$(B)/fuzz/%)

.PHONY: all help check check-unit fuzz bench install uninstall clean headers
.DEFAULT_GOAL := all

all: $(B)/wasmfn ## build/wasmfn and build/libwasmfn.a

# Where things lie is told to the few that ask, so that another PREFIX does not
# compile the rest again.
PATHS := -DWF_SYSCONFDIR='"$(SYSCONFDIR)"' -DWF_LOCALSTATEDIR='"$(LOCALSTATEDIR)"' \
	-DWF_DATADIR='"$(DATADIR)"'
WITH_PATHS := $(shell grep -lwE 'WF_(SYSCONFDIR|LOCALSTATEDIR|DATADIR)' $(SRC) $(CMD) $(UNIT))
WITH_PATHS_O := $(WITH_PATHS:%.c=$(B)/obj/%.o)
$(WITH_PATHS_O): DEFS_PATHS = $(PATHS)
$(WITH_PATHS_O): $(B)/paths

$(B)/obj/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(QUIET)$(CC) $(ALL_CFLAGS) $(DEFS_PATHS) -MMD -MP -c -o $@ $<

# Compile again when the flags change, link again when those of the linker do.
$(B)/flags: FORCE | $(B)/probe.mk
	@mkdir -p $(B)
	@echo '$(subst ','\'',$(CC) $(ALL_CFLAGS))' | cmp -s - $@ || echo '$(subst ','\'',$(CC) $(ALL_CFLAGS))' > $@
$(B)/ldflags: FORCE | $(B)/probe.mk
	@mkdir -p $(B)
	@echo '$(subst ','\'',$(CC) $(ALL_LDFLAGS) $(LIBS))' | cmp -s - $@ || echo '$(subst ','\'',$(CC) $(ALL_LDFLAGS) $(LIBS))' > $@
.PHONY: FORCE

$(B)/paths: FORCE
	@mkdir -p $(B)
	@echo '$(subst ','\'',$(PATHS))' | cmp -s - $@ || echo '$(subst ','\'',$(PATHS))' > $@

# The list of sources: an archive must not keep a file that is gone.
$(B)/sources: FORCE
	@mkdir -p $(B)
	@echo '$(SRC) $(CMD)' | cmp -s - $@ || echo '$(SRC) $(CMD)' > $@

$(B)/libwasmfn.a: $(SRC_O) $(B)/sources
	@rm -f $@
	$(QUIET)$(AR) rcs $@ $(SRC_O)

LINK = $(CC) $(ALL_LDFLAGS) -o $@ $(filter-out %/ldflags,$^) $(LIBS)

$(B)/wasmfn: $(CMD_O) $(B)/libwasmfn.a $(B)/ldflags
	$(QUIET)$(LINK)

# The signing world of the tests; objects are taken from it where needed.
$(B)/libpki.a: $(PKI_O)
	@rm -f $@
	$(QUIET)$(AR) rcs $@ $^

$(B)/pki: $(B)/obj/tests/pki/main.o $(B)/libpki.a $(TESTLIB_O) $(B)/libwasmfn.a $(B)/ldflags
	$(QUIET)$(LINK)

$(B)/bench/judge: $(B)/obj/tests/bench/judge.o $(TESTLIB_O) $(B)/libwasmfn.a
	@mkdir -p $(@D)
	$(QUIET)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

$(B)/unit/%: $(B)/obj/tests/unit/%.o $(B)/libpki.a $(TESTLIB_O) $(B)/libwasmfn.a $(B)/ldflags
	@mkdir -p $(@D)
	$(QUIET)$(LINK)

# Without libFuzzer the fallback main runs each file named on its command
# line, so that the corpus is part of the tests.
FUZZ_MAIN := $(if $(LIBFUZZER),,$(B)/obj/tests/fuzz/main.o)
$(B)/fuzz/%: $(B)/obj/tests/fuzz/%.o $(FUZZ_MAIN) $(B)/libpki.a $(TESTLIB_O) $(B)/libwasmfn.a $(B)/ldflags
	@mkdir -p $(@D)
	$(QUIET)$(LINK) $(if $(LIBFUZZER),-fsanitize=fuzzer)

-include $(wildcard $(B)/obj/*/*.d $(B)/obj/*/*/*.d)

units: $(UNIT_BIN) $(B)/pki ## the unit test programs and build/pki
fuzzers: $(FUZZ_BIN)

check: all $(UNIT_BIN) ## unit tests (./scripts/test runs everything)
	@scripts/run-tap $(UNIT_BIN)

fuzz: ## 60 s of each fuzzer under ASan and UBSan (SECONDS=n)
	@scripts/ci.sh fuzz

bench: all ## ratios against peers, measured side by side
	@tests/bench/run

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

clean: ## remove build/
	rm -rf build

# --- install ---------------------------------------------------------------
install: all ## DESTDIR= PREFIX= SYSCONFDIR=
	@B='$(B)' DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' SYSCONFDIR='$(SYSCONFDIR)' \
		MANDIR='$(MANDIR)' DATADIR='$(DATADIR)' UNITDIR='$(UNITDIR)' \
		scripts/install-files install

uninstall: ## takes back exactly what install put there
	@B='$(B)' DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' SYSCONFDIR='$(SYSCONFDIR)' \
		MANDIR='$(MANDIR)' DATADIR='$(DATADIR)' UNITDIR='$(UNITDIR)' \
		scripts/install-files uninstall

-include tests/engine/engine.mk

ifeq ($(V),1)
QUIET :=
else
QUIET := @
endif
