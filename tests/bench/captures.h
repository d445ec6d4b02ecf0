/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Feature vectors of real traffic: the shared captures, replayed through the datapath at full speed, a vector at every
 * checkpoint. For them the captures' own pauses do not exist, so the windows of the host records hold more than they
 * would; what counts here is that real packets of real hosts made them, in their order.
 */
#ifndef CAPTURES_H
#define CAPTURES_H

#include <stddef.h>
#include "stage.h"

#define CAPTURES "../shared/data/captures"

struct vectors {
	struct features *x;
	float *malicious; /* 1 or 0, as the captures are labelled; may be NULL */
	size_t count;
};

void vectors_free(struct vectors *v);

/*
 * Fills *out with the distinct vectors in the order in which they first came, and writes some of the rows to rows.csv
 * in `dir`. Returns 0, -ENOENT (not logged) where the captures are not there, or -errno after a logged line.
 */
int captures_record(struct stage *s, const char *dir, struct vectors *out);

#endif
