/* SPDX-License-Identifier: Apache-2.0
 *
 * plan/known.c and engine/state.c: what a host learnt stays learnt, a ledger
 * that lost it is seen, a damaged file is put aside and not taken for empty.
 */
#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/state.h"
#include "sys/file.h"
#include "tests/lib/tap.h"

static struct wf_ledger_row
row(int64_t seq, const char *name, const char *actor)
{
	struct wf_ledger_row r = {
		.seq = seq, .action = "create", .actor = actor,
		.spec = {.schema = "wasm", .name = name, .args = "text", .limits = WF_LIMITS_UNSET},
	};

	wf_ledger_row_hash(&r, &r.hash);
	return r;
}

/* The head: what became of it, by what the ledger and the server say. */
static void
heads(void)
{
	WF_AUTO(wf_known_free) struct wf_known k = {0};
	WF_AUTO(wf_known_free) struct wf_known back = {0};
	struct wf_ledger_row r[] = {row(1, "f", "a"), row(2, "g", "a"), row(3, "f", "a")};
	struct wf_digest other = row(3, "f", "m").hash;
	const struct wf_live_history then = {"16384", "00000001", "0/2000000", "700"};
	struct wf_live_history now = {"16384", "00000001", "1/0", "700"};
	struct wf_live live = {.ledger = r, .nledger = 3, .history = now};
	struct wf_json *doc;
	struct wf_err e = {0};

	EQ(wf_known_fate(&k, 0, NULL, &now, false), WF_HEAD_NONE, "no head is known at first");
	OK(wf_known_set_head(&k, 3, &r[2].hash, &then, "t"), "one is learnt");
	OK(!wf_known_set_head(&k, 2, &r[1].hash, &then, "t"), "an older one is not");
	doc = wf_known_to_json(&k, "7", "db");
	ERR(wf_known_from_json(doc, "7", "db", &back, &e), &e, WF_R_OK, "it is read back");
	wf_json_free(doc);
	EQ(wf_known_fate_live(&back, &live), WF_HEAD_STANDS, "it stands in a whole ledger");
	EQ(wf_known_fate(&back, 9, &r[2].hash, &now, false), WF_HEAD_STANDS, "and in a longer one");
	live.nledger = 2;
	EQ(wf_known_fate_live(&back, &live), WF_HEAD_TRUNCATED, "a ledger that ends before it");
	live.nledger = 0;
	EQ(wf_known_fate_live(&back, &live), WF_HEAD_TRUNCATED, "and one that is not there");
	EQ(wf_known_fate(&back, 3, &other, &now, false), WF_HEAD_REWRITTEN, "another row there");
	EQ(wf_known_fate(&back, 3, NULL, &now, false), WF_HEAD_REWRITTEN, "or none, and newer ones");
	EQ(wf_known_fate(&back, 2, NULL, &now, true), WF_HEAD_BEHIND, "a standby may be behind");
	EQ(wf_known_fate(&back, 3, &other, &now, true), WF_HEAD_REWRITTEN, "but not different");
	now.lsn = "0/1FFFFFF";
	EQ(wf_known_fate(&back, 2, NULL, &now, false), WF_HEAD_RESTORED, "a log position went back");
	EQ(wf_known_fate(&back, 3, &other, &now, false), WF_HEAD_RESTORED,
	   "or rows were written since");
	EQ(wf_known_fate(&back, 3, &r[2].hash, &now, false), WF_HEAD_STANDS,
	   "which says nothing while the head stands");
	now.lsn = "0/2000000";
	EQ(wf_known_fate(&back, 2, NULL, &now, false), WF_HEAD_TRUNCATED, "one that did not");
	now.xid = "699";
	EQ(wf_known_fate(&back, 2, NULL, &now, false), WF_HEAD_RESTORED, "a transaction number");
	now.xid = "1700";
	now.timeline = "00000002";
	EQ(wf_known_fate(&back, 2, NULL, &now, false), WF_HEAD_RESTORED, "another timeline");
	now.timeline = NULL;
	EQ(wf_known_fate(&back, 2, NULL, &now, false), WF_HEAD_TRUNCATED, "an unknown one");
	now.database_oid = "16999";
	EQ(wf_known_fate(&back, 2, NULL, &now, false), WF_HEAD_RESTORED, "a database made again");
	now = (struct wf_live_history){NULL, NULL, "zzz", NULL};
	EQ(wf_known_fate(&back, 2, NULL, &now, false), WF_HEAD_TRUNCATED,
	   "a history nobody can read changes no verdict");
}

static void
memory(void)
{
	WF_AUTO(wf_known_free) struct wf_known k = {0};
	WF_AUTO(wf_known_free) struct wf_known back = {0};
	struct wf_ledger_row r[] = {row(1, "f", "a"), row(2, "g", "a"), row(3, "f", "a")};
	struct wf_ledger_row forged[] = {r[0], r[1], row(3, "f", "m")};
	const struct wf_known_row *f;
	struct wf_json *doc;
	struct wf_err e = {0};

	OK(wf_known_add(&k, &r[0], "t"), "a row is learnt");
	OK(!wf_known_add(&k, &r[0], "u"), "once");
	OK(wf_known_add(&k, &r[2], "t"), "a newer one takes its place");
	OK(!wf_known_add(&k, &r[0], "t"), "an older one does not");
	OK(wf_known_add(&k, &r[1], "t"), "another function stands beside it");
	EQ(wf_known_find(&k, "wasm.f(text)")->seq, 3, "it is found");
	OK(!wf_known_find(&k, "wasm.h(text)"), "what is not known is not found");
	OK(wf_known_stands(f = wf_known_find(&k, "wasm.f(text)"), r, 3), "a whole ledger has it");
	OK(!wf_known_stands(f, r, 2), "a cut one does not");
	OK(wf_known_stands(wf_known_find(&k, "wasm.g(text)"), r, 2), "but what is before the cut");
	OK(!wf_known_stands(f, forged, 3), "a rewritten row is gone too");
	OK(!wf_known_stands(f, NULL, 0), "so is one of a ledger that is not there");
	doc = wf_known_to_json(&k, "7", "db");
	ERR(wf_known_from_json(doc, "7", "db", &back, &e), &e, WF_R_OK, "it is read back");
	EQ(back.n, 2, "whole");
	OK(wf_known_stands(wf_known_find(&back, "wasm.f(text)"), r, 3), "and still knows");
	ERR(wf_known_from_json(doc, "7", "other", &back, &e), &e, WF_R_MALFORMED,
	    "another target's is refused");
	wf_json_set_int(doc, "version", 2);
	wf_err_clear(&e);
	ERR(wf_known_from_json(doc, "7", "db", &back, &e), &e, WF_R_MALFORMED,
	    "so is another version");
	wf_json_free(doc);
}

static char *
only_file(const char *dir, const char *part)
{
	DIR *d = opendir(dir);
	struct dirent *de;
	char *found = NULL;

	while (d && (de = readdir(d)))
		if (strstr(de->d_name, part))
			found = wf_asprintf("%s/%s", dir, de->d_name);
	if (d)
		closedir(d);
	return found;
}

static void
on_disk(const char *dir)
{
	WF_AUTO(wf_known_free) struct wf_known k = {0};
	WF_AUTO(wf_freep) char *path = NULL;
	WF_AUTO(wf_freep) char *aside = NULL;
	struct wf_ledger_row r = row(1, "f", "a"), s = row(2, "g", "a");
	const struct wf_ledger_row *rows[] = {&r}, *more[] = {&r, &s};
	struct wf_err e = {0};
	struct wf_state_head head = {.seq = 2, .hash = s.hash};
	struct stat st = {0}, again = {0};

	ERR(wf_state_load(dir, "7", "db", &k, &e), &e, WF_R_OK, "no directory is no error");
	EQ(k.n, 0, "and knows nothing");
	ERR(wf_state_learn(dir, "7", "db", rows, 1, NULL, &e), &e, WF_R_OK, "learning makes it");
	path = only_file(dir, ".json");
	OK(path && stat(path, &st) == 0, "there is a file");
	EQ(st.st_mode & 07777, 0640, "that others cannot read");
	ERR(wf_state_learn(dir, "7", "db", more, 2, &head, &e), &e, WF_R_OK, "more is learnt");
	ERR(wf_state_load(dir, "7", "db", &k, &e), &e, WF_R_OK, "and read");
	EQ(k.n, 2, "both rows");
	EQ(k.head.seq, 2, "and the head with them");
	wf_known_free(&k);
	head.seq = 1;
	OK(path && stat(path, &st) == 0 &&
	   wf_state_learn(dir, "7", "db", more, 2, &head, &e) == WF_OK && stat(path, &again) == 0 &&
	   st.st_ino == again.st_ino, "what it knows, and an older head, writes nothing");
	ERR(wf_state_learn(dir, "7", "db", NULL, 0, &head, &e), &e, WF_R_OK, "a head by itself");
	ERR(wf_state_load(dir, "7", "other", &k, &e), &e, WF_R_OK, "another database");
	EQ(k.n, 0, "is another file");

	OK(path && chmod(path, 0660) == 0, "(writable by the group)");
	ERR(wf_state_load(dir, "7", "db", &k, &e), &e, WF_R_UNSAFE_FILE, "is refused");
	wf_err_clear(&e);
	OK(path && chmod(path, 0640) == 0 && truncate(path, 10) == 0, "(cut short)");
	ERR(wf_state_load(dir, "7", "db", &k, &e), &e, WF_R_OK, "a damaged file is no error");
	EQ(k.n, 0, "and knows nothing");
	aside = only_file(dir, ".bad-");
	OK(aside != NULL, "but it is kept aside");
	OK(path && access(path, F_OK) != 0, "under another name");
}

/* What `gc` keeps the store for. */
static void
refers(void)
{
	WF_AUTO(wf_known_free) struct wf_known k = {0};
	WF_AUTO(wf_known_free) struct wf_known back = {0};
	struct wf_ledger_row install = row(1, "f", "a"), gone = row(2, "g", "a"), none = row(3, "h", "a");
	struct wf_json *doc;
	struct wf_err e = {0};
	char text[WF_DIGEST_TEXT];

	install.spec.has_manifest = gone.spec.has_manifest = true;
	install.spec.manifest = gone.spec.manifest = install.hash;
	gone.action = "remove";
	none.spec.has_manifest = false;
	OK(wf_known_add(&k, &install, "t") && wf_known_add(&k, &gone, "t") &&
	   wf_known_add(&k, &none, "t"), "three rows");
	doc = wf_known_to_json(&k, "7", "db");
	ERR(wf_known_from_json(doc, "7", "db", &back, &e), &e, WF_R_OK, "read back");
	wf_json_free(doc);
	wf_digest_text(&install.hash, text);
	IS(back.rows[0].manifest, text, "an artifact");
	IS(back.rows[1].manifest, "none", "a removal refers to nothing");
	IS(back.rows[2].manifest, "none", "nor does a row without an artifact");
	OK(!wf_known_add(&back, &install, "t"), "nothing new");
	back.rows[0].manifest = NULL; /* of an older version */
	OK(wf_known_add(&back, &install, "t"), "what was not noted is learnt");
	IS(back.rows[0].manifest, text, "from the same row");
}

int
main(void)
{
	char dir[] = "/tmp/wft-state.XXXXXX";
	char sub[64], cmd[64];

	heads();
	memory();
	if (!mkdtemp(dir))
		return 1;
	snprintf(sub, sizeof(sub), "%s/state", dir);
	on_disk(sub);
	snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	OK(system(cmd) == 0, "cleaned up");
	refers();
	return tap_done();
}
