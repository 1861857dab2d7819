/* SPDX-License-Identifier: Apache-2.0
 *
 * Instants and windows, which policies speak of too: sys/instant.h.
 */
#ifndef WF_TRUST_INSTANT_H
#define WF_TRUST_INSTANT_H

#include "sys/instant.h"

#endif
