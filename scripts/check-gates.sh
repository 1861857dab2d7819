#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Shows that each gate can fail: copies the tree to a private directory, plants
# one violation at a time, and wants the gate's job to fail and to say why.
# Each job is first shown to pass on the copy as it is.
# usage: check-gates.sh [CASE...]
set -u
cd "$(dirname "$0")/.." || exit 1
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
copy=$T/tree
mkdir "$copy"
git ls-files -z --cached --others --exclude-standard | xargs -0 tar -cf - --ignore-failed-read | tar -xf - -C "$copy"
mkdir -p "$copy/build"
# what is built need not be built again; deps are read only
for b in build/gcc build/clang build/analyzer build/asan build/obj build/unit build/libwasmfn.a build/wasmfn build/*.mk build/flags build/paths build/sources; do
	[ ! -e "$b" ] || cp -a "$b" "$copy/build/"
done
[ ! -e build/deps ] || ln -s "$PWD/build/deps" "$copy/build/deps"
cd "$copy" || exit 1
git init -q . && git add -A && git -c user.name=t -c user.email=t@example.org commit -qm copy || exit 1

passed=0 failed=0 only=" $* "
declare -A good=() # job → "yes" when it passes unplanted
wanted() { [ "$only" = '  ' ] || [[ $only == *" $1 "* ]]; }

# gate JOB 'WHAT' 'PATTERN' PLANT...: PLANT changes the tree, then the job must
# fail and its log must match PATTERN.
gate() {
	local job=$1 what=$2 pattern=$3
	shift 3
	wanted "$job" || return 0
	if [ -z "${good[$job]-}" ]; then
		if scripts/ci.sh "$job" >"$T/log" 2>&1; then
			good[$job]=yes
		else
			good[$job]=no
			echo "not ok: $job does not pass to begin with"
			tail -20 "$T/log" | sed 's/^/    /'
			failed=$((failed + 1))
		fi
	fi
	[ "${good[$job]}" = yes ] || return 0
	"$@" || { echo "not ok: $job: $what: could not plant it"; failed=$((failed + 1)); return; }
	if CI_TAIL=1000 scripts/ci.sh "$job" >"$T/log" 2>&1; then
		echo "not ok: $job passes with: $what"
		failed=$((failed + 1))
	elif ! grep -qE -- "$pattern" "$T/log"; then
		echo "not ok: $job fails with: $what, but does not say why ($pattern)"
		tail -20 "$T/log" | sed 's/^/    /'
		failed=$((failed + 1))
	else
		echo "ok: $job fails with: $what"
		passed=$((passed + 1))
	fi
	git checkout -q . && git clean -fdq
}

# write FILE TEXT…: a new file, lines as given
write() { local f=$1; shift; mkdir -p "$(dirname "$f")"; printf '%s\n' "$@" >"$f"; }
lines() { { echo '/* SPDX-License-Identifier: Apache-2.0 */'; seq -f '/* %g */' 2 "$2"; } >"$1"; }
long_function() { { echo 'static int'; echo 'long_one(int a)'; echo '{'; yes '	a++;' | head -n "$2"; echo '	return a;'; echo '}'; } >"$1"; }
in_first_line() { sed -i "1i $2" "$1"; }
edit() { local f=$1; shift; cp "$f" "$T/before"; sed -i "$@" "$f"; ! cmp -s "$f" "$T/before"; }
executable() { write "$@" && chmod +x "$1"; }

# --- source gates ----------------------------------------------------------
gate layers 'an include from a higher layer' 'base/buf.c: includes "cmd/out.h" from a higher layer' \
	in_first_line src/base/buf.c '#include "cmd/out.h"'
gate layers 'an include without its directory' 'includes are written' \
	in_first_line src/base/buf.c '#include "mem.h"'
gate layers 'a directory that is no layer' 'not in scripts/layers.txt' \
	write src/extra/x.c '#include "base/err.h"'
gate layers 'a header loop' 'header loop' \
	in_first_line src/base/err.h '#include "base/buf.h"'
gate layers '<curl/curl.h> outside src/dep' 'only src/dep/ may include it' \
	in_first_line src/base/buf.c '#include <curl/curl.h>'
gate layers '<openssl/evp.h> in cmd' 'only src/dep/ may include it' \
	in_first_line cmd/out.c '#include <openssl/evp.h>'
gate layers '<jansson.h> behind another door' 'belongs to src/dep/json' \
	write src/dep/second.c '#include <jansson.h>'
gate headers 'a header that does not stand alone' 'planted.h does not compile alone' \
	write src/base/planted.h 'struct wf_planted { size_t n; };'
gate headers 'another header before its own' 'before its own header' \
	in_first_line src/base/buf.c '#include "base/mem.h"'
gate size 'a file of 601 lines' 'planted.c: 601 lines' lines src/base/planted.c 601
gate size 'a script of 601 lines' 'planted.sh: 601 lines' lines scripts/planted.sh 601
gate size 'a function of 101 lines' 'function of 101 lines' long_function src/base/planted.c 100
gate symbols 'a global without a prefix' 'planted.o: global symbol planted_thing' \
	write src/ref/planted.c 'int planted_thing(void);' 'int planted_thing(void) { return 1; }'
gate symbols "a global with another file's prefix" 'global symbol wf_manifest_x' \
	write src/ref/planted.c 'int wf_manifest_x(void);' 'int wf_manifest_x(void) { return 1; }'
export SCRIPTS='scripts/[pt]*' # enough to show it
gate shellcheck 'a local outside a function' 'SC2168' \
	write scripts/planted.sh '#!/bin/bash' 'local y=1' 'echo "$y"'
gate shellcheck 'the same in a script without .sh' 'SC2168' \
	executable scripts/planted '#!/bin/bash' 'local y=1' 'echo "$y"'
unset SCRIPTS

# --- compilers -------------------------------------------------------------
# The programs that a case does not plant need no linking again for it.
export UNITS=test_planted FUZZERS='fuzz_planted*'
gate gcc 'an unused variable' 'unused variable' \
	write src/base/planted.c 'int wf_planted(void);' 'int wf_planted(void) { int x; return 1; }'
gate gcc 'an ignored WF_MUST result' 'ignoring return value' \
	write src/base/planted.c '#include "base/buf.h"' 'void wf_planted(struct wf_buf *b);' \
	'void wf_planted(struct wf_buf *b) { wf_buf_addz(b, "x", NULL); }'
gate gcc 'a format that does not fit' 'Werror=format' \
	write src/base/planted.c '#include "base/err.h"' 'enum wf_rc wf_planted(struct wf_err *e);' \
	'enum wf_rc wf_planted(struct wf_err *e) { return wf_err_set(e, WF_R_BUG, "%s", 1); }'
gate clang 'what only clang sees' 'Wsometimes-uninitialized|self-assign|Wtautological' \
	write src/base/planted.c 'int wf_planted(int a);' \
	'int wf_planted(int a) { int x; if (a) x = 1; x = x; return x; }'
gate analyzer 'a double free' 'analyzer-double-free' \
	write src/base/planted.c '#include <stdlib.h>' 'void wf_planted(char *p);' \
	'void wf_planted(char *p) { free(p); free(p); }'

# --- the ELF file ----------------------------------------------------------
gate hardening 'no RELRO' 'no RELRO' edit Makefile 's/-Wl,-z,relro/-Wl,-z,norelro/'
gate hardening 'no BIND_NOW' 'no BIND_NOW' edit Makefile 's/-Wl,-z,now/-Wl,-z,lazy/'
gate hardening 'an executable stack' 'executable stack' edit Makefile 's/-Wl,-z,noexecstack/-Wl,-z,execstack/'
gate hardening 'no PIE' 'not a PIE' edit Makefile 's/^ALL_LDFLAGS = -pie/ALL_LDFLAGS = -no-pie/'
gate hardening 'a segment that is writable and executable' 'writable and executable' \
	write cmd/planted.c '__asm__(".section .planted,\"awx\"\n.byte 0\n.previous");'
gate hardening 'an RPATH' 'has an RPATH' edit Makefile 's/^ALL_LDFLAGS = -pie/& -Wl,-rpath,\/tmp/'
gate hardening 'libcurl linked' 'links libcurl' \
	edit Makefile 's/-ldl/-Wl,--no-as-needed -lcurl/'

# --- tests -----------------------------------------------------------------
unit() { write tests/unit/test_planted.c '#include <stdio.h>' '#include <stdlib.h>' "int main(void) { $1 }"; }
good_unit() { unit 'printf("ok 1 - x\n1..1\n"); return 0;'; git add -A; git -c user.name=t -c user.email=t@example.org commit -qm unit; }
if wanted unit || wanted asan || wanted valgrind; then good_unit; fi
gate unit 'a test that fails' 'not ok' unit 'printf("not ok 1 - x\n1..1\n"); return 1;'
gate unit 'a test that ends early' 'planned 2, ran 1' unit 'printf("1..2\nok 1 - x\n"); return 0;'
gate unit 'a test that says nothing' 'no plan' unit 'return 0;'
gate unit 'a test that dies after its last line' 'exit code' unit 'printf("ok 1 - x\n1..1\n"); fflush(stdout); abort();'
gate asan 'a byte read behind the end' 'heap-buffer-overflow' \
	unit 'volatile char *p = malloc(1); volatile int i = 1; printf("%d\n", p[i]); printf("ok 1 - x\n1..1\n"); return 0;'
gate asan 'a signed overflow' 'signed integer overflow' \
	unit 'volatile int i = 2147483647; i = i + 1; printf("ok 1 - x\n1..1\n"); return 0;'
gate asan 'a fuzz target without a corpus' 'no corpus' \
	write tests/fuzz/fuzz_planted.c '#include <stddef.h>' '#include <stdint.h>' \
	'int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);' \
	'int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n) { (void)p; (void)n; return 0; }'
gate valgrind 'a leak' 'definitely lost' \
	unit 'volatile char *p = malloc(7); p[0] = 1; p = NULL; printf("ok 1 - x\n1..1\n"); return p != NULL;'
gate valgrind 'a jump on what was never set' 'uninitialised' \
	unit 'volatile char *p = malloc(7); if (p[3] == 7) printf("# seven\n"); free((void *)p); printf("ok 1 - x\n1..1\n"); return 0;'
unset UNITS FUZZERS

# --- docs and install ------------------------------------------------------
gate mandoc 'an unknown macro' 'unknown macro' edit man/wasmfn.1 's/^\.Sh FILES/.Zz\n&/'
gate docs 'an option that the page leaves out' '< - --stats' edit man/wasmfn.1 '/^\.It Fl -stats/d'
gate docs 'an option that only the page has' '> version --planted' \
	edit man/wasmfn.1 's/^\.Ss help/.Bl -tag -width Ds\n.It Fl -planted\nX.\n.El\n&/'
gate docs 'a verb that the page leaves out' '< completion' edit man/wasmfn.1 's/^\.Ss completion/.Pp/'
gate docs 'a reason word that the page leaves out' '< wrong-key 12' edit man/wasmfn.1 '/^\.It Cm wrong-key/d'
gate docs 'a reason word with another code' '> wrong-key 13' edit man/wasmfn.1 's/^\(\.It Cm wrong-key Ta\) 12/\1 13/'
gate docs 'an exit code that the page leaves out' '< 78' edit man/wasmfn.1 '/^\.It 78/,/^\.It\|^\.El/{/^\.It 78/d}'
gate docs 'an option added to the table alone' '< version --planted' edit cmd/cmd_version.c \
	's/^const struct wf_cmd wf_cmd_version/static const struct wf_opt opts[] = {\n\t{0, "planted", NULL, "planted", WF_OPT_FLAG, 0, NULL},\n\t{0, NULL, NULL, NULL, WF_OPT_END, 0, NULL}};\n&/; s/^\t\.name = "version",/&\n\t.opts = opts, .params_size = 8,/'
gate install 'a unit that is not installed' 'left out systemd/planted.socket' \
	write systemd/planted.socket '[Socket]'
gate install 'a file that uninstall forgets' 'make uninstall left' \
	edit scripts/install-files '0,/made+=("f $to")/s//[ "$to" = "$PREFIX\/bin\/wasmfn" ] || &/'
gate untracked 'a file that nobody tracks' 'planted' write planted.txt x

echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
