/* SPDX-License-Identifier: BSD-2-Clause */
/* The cells of a tally added up: by kind of attack, by capture, or all of one label. */
#ifndef TALLY_GROUPS_H
#define TALLY_GROUPS_H

#include "bootstrap.h"
#include "tally.h"

enum group_by { GROUP_BY_ATTACK, GROUP_BY_CAPTURE, GROUP_ALL };

struct group {
	const char *name;
	struct tally_cell sum;
	size_t captures;
	struct share *condemned, *flood; /* by capture: of all flows, of those to destinations under attack */
	const char **capture;
};

struct groups {
	struct group *group;
	size_t count;
};

/* Returns 0 or -ENOMEM. groups_free() in either case. GROUP_ALL makes one group at most. */
int groups_make(struct groups *out, const struct tally *t, enum label label, enum group_by by);
void groups_free(struct groups *g);

#endif
