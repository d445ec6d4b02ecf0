// SPDX-License-Identifier: BSD-2-Clause
#include <stdio.h>
#include <time.h>
#include <unistd.h>
#include "log.h"
#include "progress.h"

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

void progress_print(struct progress *p, const struct booster_round *r)
{
	bool terminal = isatty(STDERR_FILENO);
	double now = seconds_now();
	char text[160];

	if (p->quiet || (r->round > 1 && now - p->printed < (terminal ? .1 : 1)))
		return;
	p->printed = now;
	snprintf(text, sizeof(text), "round %lu of at most %lu: validation log loss %.5f, best round %lu",
		 r->round, p->rounds, r->logloss, r->best);
	if (!terminal) {
		log_info("%s", text);
		return;
	}
	fprintf(stderr, "\r\033[K%s", text);
	fflush(stderr);
	p->open = true;
}

void progress_end(struct progress *p)
{
	if (p->open)
		fputc('\n', stderr);
	p->open = false;
}
