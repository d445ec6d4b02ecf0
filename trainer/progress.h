/* SPDX-License-Identifier: BSD-2-Clause */
/* One line that says how far the training is: rewritten on a terminal, once a second elsewhere. */
#ifndef PROGRESS_H
#define PROGRESS_H

#include "booster.h"

struct progress {
	unsigned long rounds; /* at most */
	bool quiet;
	double printed;	      /* when, seconds of the monotonic clock */
	bool open;	      /* the terminal's line is not ended yet */
};

void progress_print(struct progress *p, const struct booster_round *round);
void progress_end(struct progress *p);

#endif
