/* SPDX-License-Identifier: Apache-2.0
 *
 * Signed entry timestamps.  Must never sign for the index of the inclusion
 * proof, which counts within a shard: the promise is about the whole log's.
 */
#include "trust/promise.h"

#include <inttypes.h>

#include "base/enc.h"
#include "base/limits.h"
#include "base/mem.h"

#define OWN_TEXT 256u /* the members' names and the two numbers */

enum wf_rc
wf_promise_text(const struct wf_logentry *e, struct wf_buf *out, struct wf_err *err)
{
	WF_AUTO(wf_freep) char *id = wf_malloc(2 * e->log_id.len + 1);
	enum wf_rc rc;

	/* base64, hex and integers have one spelling in RFC 8785 */
	wf_enc_hex((const uint8_t *)e->log_id.p, e->log_id.len, id);
	if ((rc = wf_buf_addz(out, "{\"body\":\"", err)) ||
	    (rc = wf_enc_base64(e->body, out, err)) ||
	    (rc = wf_buf_addf(out, err, "\",\"integratedTime\":%" PRId64 ",\"logID\":\"",
	                      e->integrated)) ||
	    (rc = wf_buf_addz(out, id, err)))
		return rc;
	return wf_buf_addf(out, err, "\",\"logIndex\":%" PRId64 "}", e->index);
}

enum wf_rc
wf_promise_verify(const struct wf_logentry *e, const struct wf_sigkey *log, struct wf_err *err)
{
	WF_AUTO(wf_buf_free) struct wf_buf text = WF_BUF_INIT(2 * WF_MAX_BUNDLE_BYTES + OWN_TEXT);
	const char *how;
	enum wf_rc rc;

	if (!e->has_promise)
		return wf_err_set(err, WF_R_LOG_PROOF_INVALID, "log entry: no inclusion promise");
	if (e->integrated <= 0)
		return wf_err_set(err, WF_R_LOG_PROOF_INVALID,
		                  "log entry: a promise with integrated time %" PRId64, e->integrated);
	if ((rc = wf_promise_text(e, &text, err)))
		return rc;
	if (wf_sigkey_verify(log, wf_buf_str(&text), e->promise, &how) != WF_SIGKEY_GOOD)
		return wf_err_set(err, WF_R_LOG_PROOF_INVALID,
		                  "log entry %" PRId64 ": the log's signed entry timestamp does not verify",
		                  e->index);
	return WF_OK;
}
