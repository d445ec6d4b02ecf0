/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the host tables say, asked once for each host and sweep: a sweep meets the same hosts in thousands of flows, and
 * each question to the kernel takes longer than a score.
 */
#ifndef HOST_MEMO_H
#define HOST_MEMO_H

#include <stdbool.h>
#include "host.h"

struct host_memo_place;

/* Starts out zeroed; allocates at first use. */
struct host_memo {
	struct host_memo_place *place;
};

/*
 * Fills a zeroed role of a view from the table `map`, as it was when the host was asked for first at this `now_ns`.
 * Returns false when it has no record there. `m` may be NULL: the table is asked.
 */
bool host_memo_view(struct host_memo *m, struct host_view *view, enum host_role role, int map,
		    const struct host_key *key, __u64 now_ns);

/* The host is about to be asked for: has fetched what is known of it. */
void host_memo_expect(const struct host_memo *m, enum host_role role, const struct host_key *key);

void host_memo_clear(struct host_memo *m);

#endif
