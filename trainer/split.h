/* SPDX-License-Identifier: BSD-2-Clause */
/* Which flows are learnt from, which decide when to stop, and which nobody sees until the end. */
#ifndef SPLIT_H
#define SPLIT_H

#include "flows.h"

struct split_options {
	uint64_t seed;
	double share[PART_COUNT];  /* of validation and test; train is the rest */
	bool by_flow[LABEL_COUNT]; /* this class's flows are dealt out one by one, not by source */
};

/*
 * Sets the part of every flow: all flows of one source go to one part, every kind is spread over the parts as the
 * shares say, as far as its number of sources allows. Where a class would be missing from a part it is dealt out by
 * flow instead, and options->by_flow says so afterwards. The same seed gives the same split.
 * Returns 0, or -ENODATA after one line in `why` when a class has too few flows for three parts, or -ENOMEM.
 */
int flows_split(struct flow_table *table, size_t source_count, struct split_options *options, char *why,
		size_t why_size);

#endif
