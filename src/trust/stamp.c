/* SPDX-License-Identifier: Apache-2.0
 *
 * Judges one timestamp.  Must never give a time before the signature over it
 * was checked with a certificate of the trusted root, and never look at what
 * time it is now.
 */
#include "trust/stamp.h"

#include "base/limits.h"
#include "dep/tsa.h"
#include "trust/proto.h"
#include "trust/root.h"

/* Whose it says it is: of the certificate that the root names, or of one that
 * an authority of that chain issued. */
static bool
claims(const struct wf_tsa *token, const struct wf_root_ca *ca)
{
	size_t i;

	if (ca->leaf && wf_tsa_names(token, ca->leaf))
		return true;
	for (i = 0; i < ca->ncerts; i++)
		if (ca->certs[i] != ca->leaf && wf_tsa_issued_by(token, ca->certs[i]))
			return true;
	return false;
}

/* R34: of all certificates of the path, at genTime. */
static enum wf_rc
check_path(const struct wf_x509 *signer, const struct wf_root_ca *ca, struct wf_instant t,
           struct wf_err *err)
{
	const struct wf_x509 *path[WF_X509_PATH_MAX];
	struct wf_x509_eku eku;
	struct wf_window valid = {.has_end = true};
	char why[160] = "";
	size_t n = 0, i;

	if (!wf_x509_path(signer, ca->intermediates, ca->nintermediates, ca->anchor, path, &n,
	                  why, sizeof(why)))
		return wf_err_set(err, WF_R_TIMESTAMP_INVALID,
		                  "timestamp: the signer's certificate does not lead to the trusted root: %s",
		                  why);
	for (i = 0; i < n; i++) {
		valid.start.sec = wf_x509_not_before(path[i]);
		valid.end.sec = wf_x509_not_after(path[i]);
		if (!wf_instant_within(&valid, t))
			return wf_err_set(err, WF_R_TIMESTAMP_INVALID,
			                  "timestamp: made outside the validity of certificate \"%.120s\"",
			                  wf_x509_subject(path[i]));
		eku = wf_x509_eku(path[i]);
		if (i > 0 && eku.present && !eku.time_stamping && !eku.any)
			return wf_err_set(err, WF_R_TIMESTAMP_INVALID,
			                  "timestamp: certificate \"%.120s\" is not for timestamps",
			                  wf_x509_subject(path[i]));
	}
	return WF_OK;
}

static enum wf_rc
judge_with(const struct wf_tsa *token, const struct wf_root_ca *ca, struct wf_instant t,
           struct wf_err *err)
{
	WF_AUTO(wf_x509_freep) struct wf_x509 *embedded = NULL;
	const struct wf_x509 *signer = ca->leaf; /* the root's own word goes first */
	char text[WF_INSTANT_TEXT];
	enum wf_rc rc;

	if (!signer && wf_tsa_embedded(token).len == 0)
		return wf_err_set(err, WF_R_TIMESTAMP_INVALID,
		                  "timestamp: neither the token nor the trusted root has the signer's certificate");
	if (!signer) {
		if ((rc = wf_x509_read(wf_tsa_embedded(token), "the timestamp's certificate",
		                       WF_R_TIMESTAMP_INVALID, &embedded, err)))
			return rc;
		signer = embedded;
	}
	if ((rc = wf_tsa_check(token, signer, err)))
		return rc;
	if (!wf_instant_within(&ca->window, t)) {
		wf_instant_text(t, text);
		return wf_err_set(err, WF_R_TIMESTAMP_INVALID,
		                  "timestamp: of %s, when the trusted root does not vouch for its authority",
		                  text);
	}
	return check_path(signer, ca, t, err);
}

/* An authority may be in the root several times; chain and window of one
 * entry have to hold together. */
enum wf_rc
wf_stamp_judge(struct wf_str der, struct wf_str stamped, const struct wf_root *root,
               struct wf_steps *steps, struct wf_stamp_verdict *out, struct wf_err *err)
{
	WF_AUTO(wf_tsa_freep) struct wf_tsa *token = NULL;
	struct wf_instant t = {.sec = 0};
	struct wf_err first = {0}, why;
	char text[WF_INSTANT_TEXT];
	size_t i;
	enum wf_rc rc;

	if ((rc = wf_tsa_read(der, &token, err)))
		return rc;
	wf_tsa_time(token, &t.sec, &t.nsec);
	for (i = 0; i < root->ntsas; i++) {
		if (!claims(token, &root->tsas[i]))
			continue;
		why = (struct wf_err){0};
		if (wf_tsa_imprint(token, stamped, &why) == WF_OK &&
		    judge_with(token, &root->tsas[i], t, &why) == WF_OK) {
			*out = (struct wf_stamp_verdict){.tsa = &root->tsas[i], .time = t};
			wf_instant_text(t, text);
			wf_steps_add(steps, "timestamp %s by \"%.200s\" verifies", text,
			             wf_x509_subject(root->tsas[i].certs[0]));
			return WF_OK;
		}
		if (!first.code)
			first = why;
	}
	if (first.code)
		return wf_err_set(err, first.reason, "%s", first.msg);
	*out = (struct wf_stamp_verdict){.tsa = NULL};
	return WF_OK;
}

enum wf_rc
wf_stamp_legacy(struct wf_str text, struct wf_arena *arena, struct wf_str *out,
                struct wf_err *err)
{
	static const char *const members[] = {"SignedRFC3161Timestamp", NULL};
	WF_AUTO(wf_json_freep) struct wf_json *j = NULL;
	enum wf_rc rc;

	if ((rc = wf_proto_parse(text, "timestamp annotation", &j, err)) ||
	    (rc = wf_proto_object(j, "timestamp annotation", members, err)) ||
	    (rc = wf_proto_bytes(j, "timestamp annotation", members[0], arena, out, err)))
		return rc;
	return out->len ? WF_OK
	                : wf_err_set(err, WF_R_CANDIDATE_MALFORMED,
	                             "timestamp annotation: no SignedRFC3161Timestamp");
}
