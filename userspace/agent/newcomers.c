// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>
#include "newcomers.h"

int newcomers_open(struct newcomers *n, const struct datapath *dp)
{
	__u32 count = dp->max_entries[DATAPATH_NEWCOMERS];
	void *at = mmap(NULL, count * sizeof(*n->set), PROT_READ | PROT_WRITE, MAP_SHARED,
			dp->map[DATAPATH_NEWCOMERS], 0);

	if (at == MAP_FAILED)
		return -errno;
	*n = (struct newcomers){ .set = at, .count = count };
	return 0;
}

void newcomers_close(struct newcomers *n)
{
	if (n->set)
		munmap(n->set, n->count * sizeof(*n->set));
	*n = (struct newcomers){ 0 };
}

bool newcomer_read(const struct newcomers *n, __u32 set, __u32 way, struct newcomer_copy *out)
{
	struct newcomer_set *at = &n->set[set];
	struct newcomer copy;

	out->tag = __atomic_load_n(&at->tag[way], __ATOMIC_ACQUIRE);
	if (!(out->tag & NEWCOMER_HERE))
		return false;
	copy = at->way[way];
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (__atomic_load_n(&at->tag[way], __ATOMIC_RELAXED) != out->tag)
		return false; /* it left while we copied */
	out->record = (struct flow_record){ .key = copy.key };
	flow_from_newcomer(&out->record.flow, &copy);
	return true;
}

bool newcomer_take(const struct newcomers *n, __u32 set, __u32 way, const struct newcomer_copy *read)
{
	__u32 tag = read->tag;

	return __atomic_compare_exchange_n(&n->set[set].tag[way], &tag, tag & ~NEWCOMER_HERE, false,
					   __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}
