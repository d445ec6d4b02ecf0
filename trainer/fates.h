/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the kernel would have made of whole flows: its own verdict (verdict.h) on each of a flow's rows, the severest of
 * which is what the flow comes to. A margin beyond the threshold to drop is not enough there: without evidence about the
 * source only strangers lose a packet, and not each of theirs.
 */
#ifndef FATES_H
#define FATES_H

#include "dataset.h"
#include "verdict.h"

/* The margins that verdicts rest on, one for each row: with all features, and without those of the destination. */
struct margins {
	const float *all, *source;
};

/* Fills fate[data->flow_count] with each flow's severest enum verdict. */
void fates_find(uint8_t *fate, const struct dataset *data, const struct margins *margin, double log_at, double drop_at);

#endif
