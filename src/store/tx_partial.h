/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to store/: what came of a large blob before its transfer broke, kept
 * for the next run of the same user in .ingest/.partial-UID.  Nothing of it is
 * believed: whoever takes it hashes it from its first byte.
 */
#ifndef WF_STORE_TX_PARTIAL_H
#define WF_STORE_TX_PARTIAL_H

#include <stdint.h>

/* Less is sooner fetched again than kept. */
#define WF_TX_PARTIAL_BYTES (1 << 20)

/* Moves the file name, of at least WF_TX_PARTIAL_BYTES and our own, out of the
 * staging directory dir, or removes it.  ingest is .ingest itself. */
void wf_tx_partial_keep(int ingest, int dir, const char *name);
/* Moves it into dir: it is ours alone from then on.  A descriptor to read and
 * write it, its offset 0; -1: there is none that is a plain file of ours with
 * at most size bytes. */
int wf_tx_partial_take(int ingest, int dir, const char *name, int64_t size);
/* Removes what is older than so many seconds, whoever's it is. */
void wf_tx_partial_sweep(int ingest, int64_t seconds);

#endif
