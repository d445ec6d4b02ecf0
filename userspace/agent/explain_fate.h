/* SPDX-License-Identifier: BSD-2-Clause */
/* Why a packet passed that was worth a verdict: as far as the line or row tells, and by the rules of verdict.h. */
#ifndef EXPLAIN_FATE_H
#define EXPLAIN_FATE_H

#include <stddef.h>
#include "explained_flow.h"
#include "model.h"

#define FATE_TEXT_SIZE 512

/* In one sentence; "" where the packet was dropped, or there is no telling. `m`: what explains the flow. Returns `text`. */
const char *explain_fate(const struct explained_flow *f, const struct model *m, char text[FATE_TEXT_SIZE]);

#endif
