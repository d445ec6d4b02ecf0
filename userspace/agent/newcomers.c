// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>
#include "newcomers.h"

int newcomers_open(struct newcomers *n, const struct datapath *dp)
{
	__u32 count = dp->max_entries[DATAPATH_NEWCOMERS];
	void *at = mmap(NULL, count * sizeof(*n->at), PROT_READ | PROT_WRITE, MAP_SHARED, dp->map[DATAPATH_NEWCOMERS],
			0);

	if (at == MAP_FAILED)
		return -errno;
	*n = (struct newcomers){ .at = at, .count = count };
	return 0;
}

void newcomers_close(struct newcomers *n)
{
	if (n->at)
		munmap(n->at, n->count * sizeof(*n->at));
	*n = (struct newcomers){ 0 };
}

#define READ_TRIES 1000 /* a packet holds it for a microsecond */

bool newcomer_read(const struct newcomers *n, __u32 place, __u32 *state, struct flow_record *out)
{
	const struct newcomer *from = &n->at[place];

	for (int i = 0; i < READ_TRIES; i++) {
		*state = __atomic_load_n(&from->state, __ATOMIC_ACQUIRE);
		if ((*state & NEWCOMER_STATE) == NEWCOMER_HELD)
			continue;
		if ((*state & NEWCOMER_STATE) != NEWCOMER_HERE)
			return false;
		out->key = from->key;
		out->flow = from->flow;
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (__atomic_load_n(&from->state, __ATOMIC_RELAXED) == *state) /* else a packet came while we copied */
			return true;
	}
	return false;
}

bool newcomer_take(const struct newcomers *n, __u32 place, __u32 state)
{
	return __atomic_compare_exchange_n(&n->at[place].state, &state, newcomer_state_with(state, NEWCOMER_GONE), false,
					   __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}
