/* SPDX-License-Identifier: BSD-2-Clause */
/* The rows of the bench: for each its traffic, what must be so before, and what must have come of it after. */
#ifndef ROWS_H
#define ROWS_H

#include <stdbool.h>
#include "counters.h"
#include "stage.h"
#include "traffic.h"

enum row_scores {
	SCORES_NONE,
	SCORES_CHECKPOINTS, /* as many as the packets of the plan reach checkpoints */
	SCORES_EVERY,	    /* one for each packet */
	SCORES_UNSEEN,	    /* not ours, or not by the datapath */
};

struct bench_row {
	const char *name;
	__u32 flows;
	__u32 life;	 /* packets of a whole life, 0 for rows of one step */
	__u32 chunk;	 /* packets sent without looking at the clock */
	__u32 chunks_max; /* 0: as many as the time allows. Tables must not fill up */
	const char *yardstick;
	double target;	 /* ratio to the yardstick, 0: none */
	enum counter outcome; /* what every packet must come to */
	enum row_scores scores;

	/* Brings the fresh stage to where measuring begins and makes the plan. 0, -ENOENT: skip the row, or -errno. */
	int (*prepare)(struct stage *s, const struct bench_row *row, struct plan *plan);
};

extern const struct bench_row bench_rows[];
extern const int bench_row_count;

/* Recorded vectors for "one score alone"; set before its row runs. */
void rows_use_vectors(const struct features *vectors, int count);

#endif
