/* SPDX-License-Identifier: Apache-2.0
 *
 * Opening the store and answering from it.  Must never touch the network,
 * nor serve an artifact whose bytes do not hash to what was asked for.
 */
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "store/collect.h"
#include "store/layout.h"
#include "sys/file.h"

#define LAYOUT "{\"imageLayoutVersion\":\"1.0.0\"}"
#define DIR_MODE 02770 /* group wasmfn shares it; nobody else reads */
#define FILE_MODE 0640

const char *
wf_store_dir(const char *option, const struct wf_config *config)
{
	const char *env = getenv("WASMFN_STORE");
	const char *from_config = config ? wf_config_store(config) : NULL;

	if (option)
		return option;
	if (env && *env)
		return env;
	return from_config ? from_config : wf_paths_store();
}

const char *
wf_store_path(const struct wf_store *s)
{
	return s->path;
}

void
wf_store_freep(struct wf_store **sp)
{
	struct wf_store *s = *sp;

	if (!s)
		return;
	wf_file_closep(&s->blobs);
	wf_file_closep(&s->dir);
	wf_archive_freep(&s->archive);
	wf_index_free(&s->index);
	free(s->path);
	free(s);
	*sp = NULL;
}

static struct wf_store *
new_store(const char *dir)
{
	struct wf_store *s = wf_calloc(1, sizeof(*s));

	s->path = wf_strdup(dir);
	s->dir = s->blobs = -1;
	return s;
}

/* The version line of a layout that exists. */
static enum wf_rc
check_layout(struct wf_store *s, struct wf_err *err)
{
	WF_AUTO(wf_buf_free) struct wf_buf text = WF_BUF_INIT(4096);
	WF_AUTO(wf_json_freep) struct wf_json *j = NULL;
	WF_AUTO(wf_freep) char *name = wf_asprintf("%s/oci-layout", s->path);
	WF_AUTO(wf_file_closep) int fd =
		wf_layout_open(s, "oci-layout");
	const char *version;
	enum wf_rc rc;

	if (fd < 0)
		return wf_err_sys(err, errno == ENOENT ? WF_R_MALFORMED : WF_R_IO,
		                  "\"%s\" is no OCI layout: cannot open \"oci-layout\"",
		                  s->path);
	if ((rc = wf_file_read_fd(fd, name, &text, err)) ||
	    (rc = wf_json_parse(wf_buf_str(&text), name, &j, err)))
		return rc;
	version = wf_json_z(wf_json_get(j, "imageLayoutVersion"));
	if (!version || strcmp(version, "1.0.0") != 0)
		return wf_err_set(err, WF_R_MALFORMED,
		                  "%s: expected imageLayoutVersion 1.0.0, found \"%s\"",
		                  name, version ? version : "");
	return WF_OK;
}

/* mkdirat with an exact mode; one that exists is fine. */
static enum wf_rc
make_dir(struct wf_store *s, const char *name, struct wf_err *err)
{
	if (mkdirat(s->dir, name, 0770) == 0) {
		if (fchmodat(s->dir, name, DIR_MODE, 0) < 0)
			return wf_err_sys(err, wf_file_create_reason(),
			                  "cannot set the mode of \"%s/%s\"",
			                  s->path, name);
	} else if (errno != EEXIST) {
		return wf_err_sys(err, wf_file_create_reason(), "cannot create \"%s/%s\"",
		                  s->path, name);
	}
	return WF_OK;
}

static enum wf_rc
make_root(const char *dir, struct wf_err *err)
{
	WF_AUTO(wf_freep) char *copy = wf_strdup(dir);
	const char *parent = dirname(copy);
	enum wf_rc rc;

	if (access(dir, F_OK) == 0)
		return WF_OK;
	if ((rc = wf_file_mkdirs(parent, 0755, err)))
		return rc;
	if (mkdir(dir, 0770) < 0 && errno != EEXIST)
		return wf_err_sys(err, wf_file_create_reason(), "cannot create \"%s\"", dir);
	if (chmod(dir, DIR_MODE) < 0)
		return wf_err_sys(err, wf_file_create_reason(),
		                  "cannot set the mode of \"%s\"", dir);
	return WF_OK;
}

static enum wf_rc
create_layout(struct wf_store *s, struct wf_err *err)
{
	WF_AUTO(wf_freep) char *version = wf_asprintf("%s/oci-layout", s->path);
	enum wf_rc rc;

	if ((rc = make_dir(s, "blobs", err)) ||
	    (rc = make_dir(s, "blobs/sha256", err)) ||
	    (rc = make_dir(s, ".ingest", err)))
		return rc;
	if (faccessat(s->dir, "oci-layout", F_OK, 0) < 0 &&
	    (rc = wf_file_write_atomic(version, WF_STR_LIT(LAYOUT), FILE_MODE, err)))
		return rc;
	return WF_OK;
}

static enum wf_rc
open_dir(struct wf_store *s, bool must, struct wf_err *err)
{
	if (s->dir < 0)
		s->dir = open(s->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->dir < 0 && (must || errno != ENOENT))
		return wf_err_sys(err, errno == ENOTDIR ? WF_R_CANNOT_CREATE : WF_R_IO,
		                  "cannot open the store \"%s\"", s->path);
	return WF_OK;
}

enum wf_rc
wf_store_for_writing(struct wf_store *s, struct wf_err *err)
{
	enum wf_rc rc;

	if (s->write)
		return WF_OK;
	if ((rc = make_root(s->path, err)))
		return wf_err_wrap(err, "store");
	if ((rc = open_dir(s, true, err)))
		return rc;
	if ((rc = create_layout(s, err)))
		return wf_err_wrap(err, "store");
	s->write = true;
	return WF_OK;
}

enum wf_rc
wf_store_open(const char *dir, enum wf_store_mode mode, struct wf_store **out,
              struct wf_err *err)
{
	WF_AUTO(wf_store_freep) struct wf_store *s = new_store(dir);
	enum wf_rc rc;

	rc = mode == WF_STORE_WRITE ? wf_store_for_writing(s, err)
	                            : open_dir(s, false, err);
	if (rc)
		return rc;
	if (s->dir >= 0 && faccessat(s->dir, "oci-layout", F_OK, 0) == 0 &&
	    (rc = check_layout(s, err)))
		return wf_err_wrap(err, "store");
	*out = s;
	s = NULL;
	return WF_OK;
}

enum wf_rc
wf_store_open_layout(const struct wf_ref *ref, struct wf_store **out, struct wf_err *err)
{
	WF_AUTO(wf_store_freep) struct wf_store *s = new_store(ref->path);
	const char *dir = ref->path;
	enum wf_rc rc;

	s->foreign = true;
	if (ref->archive && (rc = wf_archive_open(dir, &s->archive, err)))
		return rc;
	if (!ref->archive)
		s->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->dir < 0 && !s->archive)
		return wf_err_sys(err, WF_R_NO_INPUT, "cannot open the layout \"%s\"",
		                  dir);
	if ((rc = check_layout(s, err)) || (rc = wf_layout_refresh(s, err)))
		return rc;
	*out = s;
	s = NULL;
	return WF_OK;
}

static const struct wf_index_entry *
find(const struct wf_store *s, const struct wf_digest *digest, const char *from)
{
	size_t i;

	for (i = 0; i < s->index.n; i++) {
		const struct wf_index_entry *e = &s->index.v[i];

		if (!e->has_subject && wf_digest_eq(&e->desc.digest, digest) &&
		    (!from || (e->from && strcmp(e->from, from) == 0)))
			return e;
	}
	return NULL;
}

enum wf_store_known
wf_store_known(struct wf_store *s, const struct wf_digest *digest,
               const char *from)
{
	const struct wf_index_entry *e;
	struct wf_err ignored = {0};
	size_t i;

	if (wf_layout_refresh(s, &ignored) || !(e = find(s, digest, from)))
		return WF_STORE_ABSENT;
	for (i = 0; e->asked && i < s->index.n; i++)
		if (s->index.v[i].has_subject &&
		    wf_digest_eq(&s->index.v[i].subject, digest))
			return WF_STORE_COMPLETE;
	return WF_STORE_NO_SIGNATURES;
}

unsigned
wf_store_asked(struct wf_store *s, const struct wf_digest *digest,
               const char *from)
{
	struct wf_err ignored = {0};
	const struct wf_index_entry *e;

	if (wf_layout_refresh(s, &ignored) || !(e = find(s, digest, from)) || !e->asked)
		return 0;
	return e->formats;
}

enum wf_rc
wf_store_load(struct wf_store *s, const struct wf_digest *digest,
              struct wf_artifact *out, struct wf_err *err)
{
	WF_AUTO(wf_buf_free) struct wf_buf bytes =
		WF_BUF_INIT(WF_MAX_OCI_MANIFEST_BYTES);
	WF_AUTO(wf_artifact_free) struct wf_artifact a = WF_ARTIFACT_INIT;
	struct wf_source src = wf_store_source(s);
	char text[WF_DIGEST_TEXT];
	unsigned formats = WF_FORMATS_ALL;
	enum wf_rc rc;

	wf_digest_text(digest, text);
	if ((rc = wf_layout_refresh(s, err)))
		return rc;
	if (!find(s, digest, NULL)) {
		(void)wf_err_set(err, WF_R_OFFLINE, "%s is not in the store \"%s\"",
		                 text, s->path);
		return wf_err_hint(err, "Bring it there with `wasmfn pull`.");
	}
	if ((rc = wf_layout_manifest(s, digest, &bytes, err)) ||
	    (rc = wf_source_artifact(&src, wf_buf_str(&bytes), digest, &a, err)) ||
	    (rc = wf_collect(&src, &a, &formats, NULL, err)))
		return wf_err_wrap(err, "store");
	*out = a;
	memset(&a, 0, sizeof(a));
	return WF_OK;
}

enum wf_rc
wf_store_module(struct wf_store *s, const struct wf_artifact *a,
                struct wf_buf *out, struct wf_err *err)
{
	struct wf_source src = wf_store_source(s);

	return wf_source_module(&src, a, out, err);
}

/* What there is, for the message: at most a few names. */
static void
list_names(const struct wf_store *s, struct wf_buf *b)
{
	char text[WF_DIGEST_TEXT];
	size_t i;

	for (i = 0; i < s->index.n && i < 8; i++) {
		const struct wf_index_entry *e = &s->index.v[i];

		wf_digest_text(&e->desc.digest, text);
		wf_buf_putf(b, "%s%.100s", i ? ", " : "",
		            e->ref_name ? e->ref_name : text);
	}
	if (i < s->index.n)
		wf_buf_putf(b, " and %zu more", s->index.n - i);
}

static bool
counts(const struct wf_index_entry *e, const char *tag,
       const struct wf_digest *digest)
{
	if (digest)
		return wf_digest_eq(&e->desc.digest, digest);
	if (tag)
		return e->ref_name && strcmp(e->ref_name, tag) == 0;
	/* without either: the one image that is not somebody's signature */
	return !e->has_subject &&
	       !(e->ref_name && strncmp(e->ref_name, "sha256-", 7) == 0);
}

enum wf_rc
wf_store_resolve(struct wf_store *s, const char *tag,
                 const struct wf_digest *digest, struct wf_digest *out,
                 struct wf_err *err)
{
	WF_AUTO(wf_buf_free) struct wf_buf names = WF_BUF_INIT(4096);
	const struct wf_index_entry *hit = NULL;
	struct wf_digest want;
	enum wf_rc rc;
	size_t i;

	if ((rc = wf_layout_refresh(s, err)))
		return rc;
	for (i = 0; i < s->index.n; i++) {
		const struct wf_index_entry *e = &s->index.v[i];

		if (!counts(e, tag, digest) ||
		    (hit && wf_digest_eq(&hit->desc.digest, &e->desc.digest)))
			continue;
		if (hit) {
			list_names(s, &names);
			return wf_err_set(err, WF_R_AMBIGUOUS,
			                  "\"%s\" has more than one image%s%s: %s",
			                  s->path, tag ? " named " : "",
			                  tag ? tag : "", wf_buf_z(&names));
		}
		hit = e;
	}
	if (hit) {
		want = hit->desc.digest;
		*out = want;
		return WF_OK;
	}
	if (digest) { /* a blob that no index entry names is found when read */
		*out = *digest;
		return WF_OK;
	}
	list_names(s, &names);
	return wf_err_set(err, WF_R_NOT_FOUND, "\"%s\" has no image%s%s; it has: %s",
	                  s->path, tag ? " named " : "", tag ? tag : "",
	                  s->index.n ? wf_buf_z(&names) : "nothing");
}

static enum wf_rc
get_manifest(void *self, const struct wf_digest *digest, struct wf_buf *out,
             struct wf_err *err)
{
	return wf_layout_manifest(self, digest, out, err);
}

static enum wf_rc
get_blob(void *self, const struct wf_digest *digest, int64_t size,
         const char *name, const struct wf_sink *sink, struct wf_err *err)
{
	struct wf_sink anew;
	enum wf_rc rc = wf_source_anew(sink, &anew, err);

	return rc ? rc : wf_layout_read_blob(self, digest, size, name, &anew, err);
}

/* Candidates that could not be collected when the artifact was pulled. */
static void
recorded(const struct wf_index_entry *e, struct wf_leads *out)
{
	WF_AUTO(wf_json_freep) struct wf_json *list = NULL;
	struct wf_err ignored = {0};
	size_t i;

	if (!e->broken ||
	    wf_json_parse(wf_str(e->broken), "index.json", &list, &ignored))
		return;
	for (i = 0; i < wf_json_len(list) && i <= WF_MAX_CANDIDATES; i++) {
		const struct wf_json *o = wf_json_at(list, i);
		const char *reason = wf_json_z(wf_json_get(o, "reason"));
		const char *detail = wf_json_z(wf_json_get(o, "detail"));
		const char *digest = wf_json_z(wf_json_get(o, "digest"));
		const char *form = wf_json_z(wf_json_get(o, "form"));
		struct wf_digest d;

		if (!digest || !form || wf_digest_parse(wf_str(digest), "", &d, NULL))
			continue;
		wf_source_lead_break(wf_source_lead(out, wf_form_parse(wf_str(form)), &d),
		                     wf_artifact_broken_reason(reason ? reason : ""),
		                     "%s", detail ? detail : "");
	}
}

/* A store knows whose signature each entry is; a layout has to be searched. */
static enum wf_rc
get_leads(void *self, const struct wf_digest *subject, unsigned formats,
          struct wf_leads *out, struct wf_err *err)
{
	struct wf_store *s = self;
	enum wf_rc rc;
	size_t i, k;

	(void)formats; /* it costs nothing to give all */
	if ((rc = wf_layout_refresh(s, err)))
		return rc;
	if (s->foreign)
		return wf_foreign_leads(s, subject, out, err);
	for (i = 0; i < s->index.n; i++) {
		const struct wf_index_entry *e = &s->index.v[i];

		if (!e->has_subject && wf_digest_eq(&e->desc.digest, subject))
			recorded(e, out);
		if (!e->has_subject || e->form == WF_FORM_NONE ||
		    !wf_digest_eq(&e->subject, subject))
			continue;
		for (k = 0; k < out->n; k++) /* pulled from two repositories */
			if (out->v[k].form == e->form &&
			    wf_digest_eq(&out->v[k].digest, &e->desc.digest))
				break;
		if (k == out->n)
			(void)wf_source_lead(out, e->form, &e->desc.digest);
	}
	return WF_OK;
}

struct wf_source
wf_store_source(struct wf_store *s)
{
	static const struct wf_source_ops ops = {
		.manifest = get_manifest,
		.blob = get_blob,
		.leads = get_leads,
	};

	return (struct wf_source){&ops, s, false};
}
