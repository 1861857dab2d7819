/* SPDX-License-Identifier: Apache-2.0
 *
 * Provenance conditions.  Must never take "is not named" for "is the wanted
 * one", nor a URI that only begins like the wanted one.
 */
#include "trust/provenance.h"

#include <string.h>

#include "base/text.h"
#include "trust/proto.h"

/* An object on the way: absent is NULL and fine, another kind is not. */
static enum wf_rc
object(const struct wf_json *in, const char *member, const struct wf_json **out,
       struct wf_err *err)
{
	const struct wf_json *v = wf_json_get(in, member);

	if (v && wf_json_kind(v) != WF_JSON_OBJECT)
		return wf_err_set(err, WF_R_CANDIDATE_MALFORMED,
		                  "provenance: %s is no object", member);
	*out = v;
	return WF_OK;
}

static enum wf_rc
text(const struct wf_json *in, const char *member, struct wf_str *out,
     struct wf_err *err)
{
	const struct wf_json *v = wf_json_get(in, member);

	*out = wf_str(NULL);
	if (v && !wf_json_str(v, out))
		return wf_err_set(err, WF_R_CANDIDATE_MALFORMED,
		                  "provenance: %s is no string", member);
	return WF_OK;
}

/* member[0].uri of a list of resources */
static enum wf_rc
first_uri(const struct wf_json *in, const char *member, struct wf_str *out,
          struct wf_err *err)
{
	const struct wf_json *list = wf_json_get(in, member), *first;

	*out = wf_str(NULL);
	if (!list)
		return WF_OK;
	first = wf_json_at(list, 0);
	if (wf_json_kind(list) != WF_JSON_ARRAY ||
	    (first && wf_json_kind(first) != WF_JSON_OBJECT))
		return wf_err_set(err, WF_R_CANDIDATE_MALFORMED,
		                  "provenance: %s is no list of objects", member);
	return text(first, "uri", out, err);
}

static enum wf_rc
read_v02(const struct wf_json *p, struct wf_provenance *out, struct wf_err *err)
{
	const struct wf_json *builder = NULL, *invocation = NULL, *source = NULL;
	enum wf_rc rc;

	if ((rc = object(p, "builder", &builder, err)) ||
	    (rc = text(builder, "id", &out->builder_id, err)) ||
	    (rc = object(p, "invocation", &invocation, err)) ||
	    (rc = object(invocation, "configSource", &source, err)) ||
	    (rc = text(source, "uri", &out->source_uri, err)) || out->source_uri.len)
		return rc;
	return first_uri(p, "materials", &out->source_uri, err);
}

/* What the build was asked to build.  The builder has checked it; what it
 * resolved on the way may be incomplete. */
static enum wf_rc
read_parameters(const struct wf_json *p, struct wf_provenance *out, struct wf_err *err)
{
	const struct wf_json *workflow = NULL, *source = NULL;
	enum wf_rc rc;

	if ((rc = object(p, "workflow", &workflow, err)) ||
	    (rc = text(workflow, "repository", &out->source_uri, err)))
		return rc;
	if (out->source_uri.len)
		return text(workflow, "ref", &out->source_ref, err);
	if (wf_json_str(wf_json_get(p, "source"), &out->source_uri) && out->source_uri.len)
		return WF_OK;
	if (wf_json_kind(wf_json_get(p, "source")) != WF_JSON_STRING &&
	    ((rc = object(p, "source", &source, err)) ||
	     (rc = text(source, "uri", &out->source_uri, err)) || out->source_uri.len))
		return rc;
	if ((rc = object(p, "configSource", &source, err)))
		return rc;
	return text(source, "uri", &out->source_uri, err);
}

static enum wf_rc
read_v1(const struct wf_json *p, struct wf_provenance *out, struct wf_err *err)
{
	const struct wf_json *details = NULL, *builder = NULL, *definition = NULL, *parameters = NULL;
	enum wf_rc rc;

	if ((rc = object(p, "runDetails", &details, err)) ||
	    (rc = object(details, "builder", &builder, err)) ||
	    (rc = text(builder, "id", &out->builder_id, err)) ||
	    (rc = object(p, "buildDefinition", &definition, err)) ||
	    (rc = object(definition, "externalParameters", &parameters, err)) ||
	    (rc = read_parameters(parameters, out, err)) || out->source_uri.len)
		return rc;
	return first_uri(definition, "resolvedDependencies", &out->source_uri, err);
}

enum wf_rc
wf_provenance_read(const struct wf_dsse_statement *s, struct wf_provenance *out,
                   struct wf_err *err)
{
	struct wf_provenance p = {.builder_id = wf_str(NULL)};
	const struct wf_json *predicate = NULL;
	enum wf_rc rc;

	if (!wf_str_eqz(s->predicate_type, WF_PROVENANCE_V1) &&
	    !wf_str_eqz(s->predicate_type, WF_PROVENANCE_V02))
		return wf_err_set(err, WF_R_PREDICATE_MISMATCH,
		                  "predicate type %.*s, expected " WF_PROVENANCE_V1 " or v0.2",
		                  s->predicate_type.len > 100 ? 100 : (int)s->predicate_type.len,
		                  s->predicate_type.p ? s->predicate_type.p : "");
	if ((rc = object(s->json, "predicate", &predicate, err)) ||
	    (rc = wf_str_eqz(s->predicate_type, WF_PROVENANCE_V1)
	          ? read_v1(predicate, &p, err) : read_v02(predicate, &p, err)))
		return rc;
	*out = p;
	return WF_OK;
}

static struct wf_str
tail(struct wf_str s, size_t from)
{
	return (struct wf_str){s.p + from, s.len - from};
}

static struct wf_str
without_git(struct wf_str uri)
{
	return wf_str_starts(uri, "git+") ? tail(uri, 4) : uri;
}

/* "refs/…", or a commit in hex. */
static bool
is_ref(struct wf_str s)
{
	size_t i;

	if (wf_str_starts(s, "refs/"))
		return s.len > 5;
	if (s.len != 40 && s.len != 64)
		return false;
	for (i = 0; i < s.len; i++)
		if (!strchr("0123456789abcdef", s.p[i]) || !s.p[i])
			return false;
	return true;
}

/* scheme://host/path: what follows a URI that ends in its host could be a
 * part of the host. */
static bool
has_path(struct wf_str uri)
{
	const char *host = memmem(uri.p, uri.len, "://", 3), *slash;

	if (!host)
		return false;
	host += 3;
	slash = memchr(host, '/', (size_t)(uri.p + uri.len - host));
	return slash && slash > host && slash + 1 < uri.p + uri.len;
}

bool
wf_provenance_is_source(const struct wf_provenance *p, const char *want_z)
{
	struct wf_str have = without_git(p->source_uri), rest;
	struct wf_str want = without_git(wf_str(want_z));

	if (have.len == 0 || want.len == 0 || have.len < want.len) {
		/* the ref may stand apart */
		if (have.len == 0 || want.len <= have.len || p->source_ref.len == 0 ||
		    memcmp(have.p, want.p, have.len) != 0 || want.p[have.len] != '@')
			return false;
		return wf_str_eq(tail(want, have.len + 1), p->source_ref);
	}
	if (memcmp(have.p, want.p, want.len) != 0)
		return false;
	if (have.len == want.len)
		return true;
	rest = tail(have, want.len);
	return rest.p[0] == '@' && has_path(want) && is_ref(tail(rest, 1));
}

static enum wf_rc
refuse(const char *what, struct wf_str have, const char *want, struct wf_err *err)
{
	if (have.len == 0)
		return wf_err_set(err, WF_R_PROVENANCE_MISMATCH,
		                  "the provenance names no %s, expected %s", what, want);
	return wf_err_set(err, WF_R_PROVENANCE_MISMATCH, "%s %.*s, expected %s", what,
	                  have.len > 200 ? 200 : (int)have.len, have.p, want);
}

enum wf_rc
wf_provenance_check(const struct wf_dsse_statement *s,
                    const struct wf_provenance_want *want,
                    struct wf_steps *steps, struct wf_err *err)
{
	struct wf_provenance p = {.builder_id = wf_str(NULL)};
	enum wf_rc rc;

	if (!want->builder_id && !want->source_uri)
		return WF_OK;
	if ((rc = wf_provenance_read(s, &p, err)))
		return rc;
	if (want->builder_id) {
		if (p.builder_id.len == 0 || !wf_str_eqz(p.builder_id, want->builder_id))
			return refuse("builder", p.builder_id, want->builder_id, err);
		wf_steps_add(steps, "builder is %s", want->builder_id);
	}
	if (want->source_uri) {
		if (!wf_provenance_is_source(&p, want->source_uri))
			return refuse("source", p.source_uri, want->source_uri, err);
		wf_steps_add(steps, "source is %.*s",
		             p.source_uri.len > 200 ? 200 : (int)p.source_uri.len,
		             p.source_uri.p);
	}
	return WF_OK;
}
