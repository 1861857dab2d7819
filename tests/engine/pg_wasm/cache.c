/* SPDX-License-Identifier: Apache-2.0
 *
 * Compiled code on disk, for backends to come.  It is native code: an entry is
 * run only when its HMAC, under a key that never leaves the data directory,
 * covers exactly these bytes for exactly this module.  A directory that others
 * can enter, or that another cluster uses, is not used at all.
 */
#include "pg_wasm.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "access/xlog.h"
#include "common/hmac.h"
#include "miscadmin.h"

#define KEY_FILE "pg_wasm.key"		/* in the data directory, our cwd */
#define CLUSTER_FILE "CLUSTER"
#define KEY_LEN 32
#define MAX_CODE (64 * 1024 * 1024)

struct header {
	char format[8];
	char extension[16];
	char runtime[16];
	uint8 sha256[PGW_SHA256_LEN];	/* of the module */
	uint64 len;			/* of the code */
	uint8 hmac[PGW_SHA256_LEN];	/* over all of this but itself, and it */
};

static const char format[8] = "PGWCODE1";

/* Once a backend and setting; the answer is kept, the reason is logged. */
static char *dir_asked;
static int dir_fd = -1;
static uint8 key[KEY_LEN];

static void
say(const char *what, const char *name)
{
	ereport(LOG_SERVER_ONLY, (errmsg("pg_wasm: compile cache \"%s\": %s%s",
		pgw_cache_dir, name, what), errhidestmt(true)));
}

/* Reads a small file whole; its length, or -1. */
static ssize_t
read_file(int dir, const char *name, void *buf, size_t len)
{
	int fd = openat(dir, name,
		O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	ssize_t n = -1;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_uid == geteuid() && (st.st_mode & 077) == 0)
		n = read(fd, buf, len);
	close(fd);
	return n;
}

/* All or nothing, under its final name, for us alone. */
static bool
write_file(int dir, const char *name, const void *a, size_t alen,
	const void *b, size_t blen, bool replace)
{
	char tmp[64];
	bool ok;
	int fd;

	snprintf(tmp, sizeof(tmp), ".new.%d", MyProcPid);
	unlinkat(dir, tmp, 0);
	fd = openat(dir, tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC |
		O_NOFOLLOW, 0600);
	if (fd < 0)
		return false;
	ok = write(fd, a, alen) == (ssize_t) alen &&
		(blen == 0 || write(fd, b, blen) == (ssize_t) blen);
	close(fd);
	if (ok && replace)
		ok = renameat(dir, tmp, dir, name) == 0;
	else if (ok)
		ok = linkat(dir, tmp, dir, name, 0) == 0;
	if (!ok || !replace)
		unlinkat(dir, tmp, 0);
	return ok;
}

static bool
get_key(void)
{
	uint8 fresh[KEY_LEN];

	if (access(KEY_FILE, F_OK) != 0 && errno == ENOENT) {
		if (!pg_strong_random(fresh, sizeof(fresh)))
			return false;
		/* Another backend may have been faster; then its key counts. */
		(void) write_file(AT_FDCWD, KEY_FILE, fresh, sizeof(fresh),
			NULL, 0, false);
	}
	return read_file(AT_FDCWD, KEY_FILE, key, KEY_LEN) == KEY_LEN;
}

static bool
is_ours(int fd)
{
	char want[32], have[32];
	ssize_t n;

	snprintf(want, sizeof(want), UINT64_FORMAT "\n", GetSystemIdentifier());
	(void) write_file(fd, CLUSTER_FILE, want, strlen(want), NULL, 0, false);
	n = read_file(fd, CLUSTER_FILE, have, sizeof(have));
	return n == (ssize_t) strlen(want) && memcmp(have, want, n) == 0;
}

static const char *
why_not(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || st.st_uid != geteuid())
		return "not used: it does not belong to the server's user";
	if ((st.st_mode & 077) != 0)
		return "not used: others may enter it";
	if (!is_ours(fd))
		return "not used: another cluster uses it";
	if (!get_key())
		return "not used: " KEY_FILE " is not a key of ours alone";
	return NULL;
}

static bool
open_dir(void)
{
	const char *why;

	if (dir_asked != NULL && strcmp(dir_asked, pgw_cache_dir) == 0)
		return dir_fd >= 0;
	if (dir_fd >= 0)
		close(dir_fd);
	free(dir_asked);
	dir_asked = strdup(pgw_cache_dir);
	dir_fd = -1;
	if (pgw_cache_dir[0] == '\0')
		return false;
	dir_fd = open(pgw_cache_dir,
		O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir_fd < 0) {
		if (errno != ENOENT)
			say("not used: it cannot be opened", "");
		return false;
	}
	why = why_not(dir_fd);
	if (why != NULL) {
		say(why, "");
		close(dir_fd);
		dir_fd = -1;
	}
	return dir_fd >= 0;
}

static bool
compute_hmac(const struct header *h, const void *code, uint8 *out)
{
	pg_hmac_ctx *ctx = pg_hmac_create(PG_SHA256);
	bool ok;

	if (ctx == NULL)
		return false;
	ok = pg_hmac_init(ctx, key, KEY_LEN) >= 0 &&
		pg_hmac_update(ctx, (const uint8 *) h,
			offsetof(struct header, hmac)) >= 0 &&
		pg_hmac_update(ctx, code, h->len) >= 0 &&
		pg_hmac_final(ctx, out, PGW_SHA256_LEN) >= 0;
	pg_hmac_free(ctx);
	return ok;
}

static void
fill_header(struct header *h, const uint8 *sha256, size_t len)
{
	memset(h, 0, sizeof(*h));
	memcpy(h->format, format, sizeof(format));
	strlcpy(h->extension, PGW_VERSION, sizeof(h->extension));
	strlcpy(h->runtime, PGW_RUNTIME_VERSION, sizeof(h->runtime));
	memcpy(h->sha256, sha256, PGW_SHA256_LEN);
	h->len = len;
}

static bool
verifies(const char *entry, size_t len, const uint8 *sha256)
{
	struct header have, want;
	uint8 hmac[PGW_SHA256_LEN], differ = 0;
	int i;

	if (len <= sizeof(have))
		return false;
	memcpy(&have, entry, sizeof(have));
	fill_header(&want, sha256, len - sizeof(have));
	if (memcmp(&have, &want, offsetof(struct header, hmac)) != 0 ||
	    !compute_hmac(&want, entry + sizeof(have), hmac))
		return false;
	for (i = 0; i < PGW_SHA256_LEN; i++)
		differ |= (uint8) (hmac[i] ^ have.hmac[i]);
	return differ == 0;
}

/* The whole entry in memory of our own: what is verified is what is run. */
static char *
read_entry(const char *name, size_t *len)
{
	int fd = openat(dir_fd, name,
		O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	char *buf = NULL;
	size_t have = 0;
	ssize_t n = 1;

	*len = 0;
	if (fd < 0)
		return errno == ENOENT ? NULL : malloc(1);
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 &&
	    st.st_size <= MAX_CODE + (off_t) sizeof(struct header))
		buf = malloc((size_t) st.st_size);
	while (buf != NULL && have < (size_t) st.st_size && n > 0) {
		n = read(fd, buf + have, (size_t) st.st_size - have);
		if (n > 0)
			have += (size_t) n;
	}
	close(fd);
	*len = have;
	return buf != NULL ? buf : malloc(1);
}

static wasmtime_module_t *
deserialize(wasm_engine_t *engine, const char *code, size_t len)
{
	wasmtime_module_t *module = NULL;
	wasmtime_error_t *err;
	sigset_t old;

	pgw_block_signals(&old);
	err = wasmtime_module_deserialize(engine, (const uint8_t *) code, len,
		&module);
	sigprocmask(SIG_SETMASK, &old, NULL);
	if (err != NULL)
		wasmtime_error_delete(err);
	return module;
}

/* Not cwasm: what is in there is useless to anything but this engine. */
static char *
entry_name(const uint8 *sha256)
{
	return psprintf("%s.code", pgw_hex(sha256, PGW_SHA256_LEN));
}

wasmtime_module_t *
pgw_cache_load(wasm_engine_t *engine, const uint8 *sha256)
{
	wasmtime_module_t *module = NULL;
	char *name, *entry;
	size_t len;

	if (!open_dir())
		return NULL;
	name = entry_name(sha256);
	entry = read_entry(name, &len);
	if (entry == NULL)
		return NULL;
	if (verifies(entry, len, sha256))
		module = deserialize(engine, entry + sizeof(struct header),
			len - sizeof(struct header));
	free(entry);
	if (module == NULL) {
		unlinkat(dir_fd, name, 0);
		say(" does not verify: deleted, compiling again", name);
	} else {
		ereport(DEBUG1, (errmsg_internal("pg_wasm: %s loaded from "
			"the compile cache", name)));
	}
	return module;
}

void
pgw_cache_save(wasmtime_module_t *module, const uint8 *sha256)
{
	wasm_byte_vec_t code;
	wasmtime_error_t *err;
	struct header h;

	if (!open_dir())
		return;
	err = wasmtime_module_serialize(module, &code);
	if (err != NULL) {
		wasmtime_error_delete(err);
		return;
	}
	fill_header(&h, sha256, code.size);
	if (code.size > 0 && code.size <= MAX_CODE &&
	    compute_hmac(&h, code.data, h.hmac))
		(void) write_file(dir_fd, entry_name(sha256), &h, sizeof(h),
			code.data, code.size, true);
	wasm_byte_vec_delete(&code);
}
