/* SPDX-License-Identifier: Apache-2.0
 *
 * Does the trust root vouch for a signing certificate?  Must never ask what
 * time it is, and never use a certificate that came with the signature.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "trust/cert.h"
#include "trust/sct.h"

/* R38: what every certificate must be to sign code for an identity. */
static enum wf_rc
check_leaf(const struct wf_x509 *x, struct wf_err *err)
{
	if (wf_x509_is_ca(x))
		return wf_err_set(err, WF_R_CERTIFICATE_CHAIN,
		                  "the signing certificate is one of an authority");
	if (wf_x509_may_sign(x) != WF_X509_YES)
		return wf_err_set(err, WF_R_CERTIFICATE_CHAIN,
		                  "the certificate's key usage does not hold digitalSignature");
	if (!wf_x509_eku(x).code_signing)
		return wf_err_set(err, WF_R_CERTIFICATE_CHAIN,
		                  "the certificate's extended key usage does not hold codeSigning");
	return WF_OK;
}

/* R38: usages nest; one that has none allows all. */
static bool
issuers_allow_code(const struct wf_x509 *const *path, size_t n)
{
	struct wf_x509_eku eku;
	size_t i;

	for (i = 1; i < n; i++) {
		eku = wf_x509_eku(path[i]);
		if (eku.present && !eku.code_signing && !eku.any)
			return false;
	}
	return true;
}

static struct wf_window
validity(const struct wf_x509 *x)
{
	return (struct wf_window){
		.start = {.sec = wf_x509_not_before(x)},
		.end = {.sec = wf_x509_not_after(x)},
		.has_end = true,
	};
}

static enum wf_rc
outside(const char *what, const struct wf_window *w, struct wf_instant t, struct wf_err *err)
{
	char at[WF_INSTANT_TEXT], start[WF_INSTANT_TEXT] = "always", end[WF_INSTANT_TEXT] = "open";

	wf_instant_text(t, at);
	if (w->start.sec != INT64_MIN)
		wf_instant_text(w->start, start);
	if (w->has_end)
		wf_instant_text(w->end, end);
	return wf_err_set(err, WF_R_CERTIFICATE_TIME, "signed at %s, but %.200s is valid from %s to %s",
	                  at, what, start, end);
}

/* R36: every certificate and the root's own window, at every time. */
static enum wf_rc
check_times(const struct wf_root_ca *ca, const struct wf_x509 *const *path, size_t npath,
            const struct wf_instant *times, size_t n, struct wf_err *err)
{
	struct wf_window w;
	size_t i, j;

	for (i = 0; i < n; i++) {
		for (j = 0; j < npath; j++) {
			w = validity(path[j]);
			if (!wf_instant_within(&w, times[i]))
				return outside(j == 0 ? "the certificate" : wf_x509_subject(path[j]),
				               &w, times[i], err);
		}
		if (!wf_instant_within(&ca->window, times[i]))
			return outside("the authority in the trusted root", &ca->window, times[i], err);
	}
	return WF_OK;
}

/* One authority for all times (stricter than one for each). */
static enum wf_rc
try_ca(const struct wf_x509 *leaf, const struct wf_root_ca *ca, const struct wf_instant *times,
       size_t n, const struct wf_x509 **issuer, struct wf_err *err)
{
	const struct wf_x509 *path[WF_X509_PATH_MAX];
	char why[128] = "";
	size_t npath = 0;
	enum wf_rc rc;

	/* an entry of the root that begins with a leaf is no issuer */
	if (!wf_x509_path(leaf, ca->intermediates, ca->nintermediates, ca->anchor, path, &npath,
	                  why, sizeof(why)))
		return wf_err_set(err, WF_R_CERTIFICATE_CHAIN,
		                  "the certificate does not lead to an authority of the trusted root (%s)",
		                  why);
	if (!issuers_allow_code(path, npath))
		return wf_err_set(err, WF_R_CERTIFICATE_CHAIN,
		                  "an authority above the certificate may not vouch for code signing");
	if ((rc = check_times(ca, path, npath, times, n, err)))
		return rc;
	*issuer = path[1];
	return WF_OK;
}

/* Of several refusals the one about time came closer. */
static enum wf_rc
find_ca(const struct wf_cert *c, const struct wf_root *root, const struct wf_instant *times,
        size_t n, const struct wf_root_ca **ca, const struct wf_x509 **issuer,
        struct wf_err *err)
{
	struct wf_err best = {0};
	size_t i;

	for (i = 0; i < root->ncas; i++) {
		struct wf_err why = {0};

		if (try_ca(c->x509, &root->cas[i], times, n, issuer, &why) == WF_OK) {
			*ca = &root->cas[i];
			return WF_OK;
		}
		if (best.reason != WF_R_CERTIFICATE_TIME)
			best = why;
	}
	if (root->ncas == 0)
		return wf_err_set(err, WF_R_CERTIFICATE_CHAIN,
		                  "the trusted root %s has no certificate authority", root->name);
	return wf_err_set(err, best.reason, "%s", best.msg);
}

enum wf_rc
wf_cert_judge(const struct wf_cert *c, const struct wf_root *root,
              const struct wf_instant *times, size_t n, size_t scts_needed,
              struct wf_steps *steps, struct wf_cert_judgement *out, struct wf_err *err)
{
	const struct wf_root_ca *ca = NULL;
	const struct wf_x509 *issuer = NULL;
	char when[WF_INSTANT_TEXT];
	size_t scts = 0, i;
	enum wf_rc rc;

	if (n == 0)
		return wf_err_set(err, WF_R_TIMESTAMP_MISSING,
		                  "nothing says when the certificate was used: no verified time");
	if ((rc = check_leaf(c->x509, err)) ||
	    (rc = find_ca(c, root, times, n, &ca, &issuer, err)))
		return rc;
	if (!ca) /* a refusal without a reason is no acceptance */
		return wf_err_set(err, WF_R_BUG, "no authority was found, and none said why");
	for (i = 0; i < n; i++) {
		wf_instant_text(times[i], when);
		wf_steps_add(steps, "certificate valid at %s up to %s", when, wf_x509_subject(ca->anchor));
	}
	if ((rc = wf_sct_judge(c->x509, issuer, root, scts_needed, steps, &scts, err)))
		return rc;
	if (out)
		*out = (struct wf_cert_judgement){ca, scts};
	return WF_OK;
}
