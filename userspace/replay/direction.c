// SPDX-License-Identifier: BSD-2-Clause
#include <string.h>
#include "direction.h"

static bool is_inside(const struct direction *d, const __be32 *addr)
{
	struct ip_address address;

	memcpy(address.byte, addr, sizeof(address.byte));
	for (int i = 0; i < d->inside_count; i++)
		if (ip_prefix_covers(&d->inside[i], &address))
			return true;
	return false;
}

static __attribute__((noinline)) enum way direction_by_inside(const struct direction *d, const struct native_look *look)
{
	bool leaves = is_inside(d, look->key.addr[look->sender & 1]), for_us = is_inside(d, look->key.addr[!(look->sender & 1)]);

	if (d->ingress_only)
		return leaves || !for_us ? WAY_UNSEEN : WAY_ENTERS;
	return leaves ? WAY_LEAVES : WAY_ENTERS;
}

enum way direction_find(const struct direction *d, const struct native_look *look)
{
	if (look->parsed != PARSED_FLOW && look->parsed != PARSED_ICMP_ERROR)
		return WAY_ENTERS; /* of no flow: counted, no more */
	if (d->rule == DIRECTION_INSIDE_LEAVES)
		return direction_by_inside(d, look);
	if (d->rule == DIRECTION_ALL_ENTER || look->from_initiator)
		return WAY_ENTERS;
	return d->ingress_only ? WAY_UNSEEN : WAY_LEAVES;
}
