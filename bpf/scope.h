/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The scope: what part of the traffic has a mode of its own, so that enforcement is switched on service by service. A
 * flow's scope is found once, at its first packet and when the settings moved on; the first that fits counts.
 */
#ifndef SCOPE_H
#define SCOPE_H

#include "settings.h"

#define SCOPES_MAX 32
#define SCOPE_NAME_SIZE 16

struct scope {
	__be32 dest[4], mask[4]; /* of the responder's address; all zero: any */
	__u16 port_first, port_last; /* of the responder, host order; 0 to 65535: any */
	__u16 vlan;	/* outermost; 0: any */
	__u8 l4_proto;	/* 0: any */
	__u8 mode;	/* enum mode */
	__u32 ifindex;	/* where the packet was seen; 0: any */
	char name[SCOPE_NAME_SIZE];
};

/* One value, so that it is one look-up. */
struct scopes {
	__u32 count;
	__u32 pad;
	struct scope scope[SCOPES_MAX];
};

_Static_assert(sizeof(struct scope) == 60, "scope has hidden padding");
_Static_assert(sizeof(struct scopes) == 8 + SCOPES_MAX * 60, "scopes has hidden padding");

/* `addr`, `port` (network order): of the responder. */
static __always_inline int scope_fits(const struct scope *c, const __be32 *addr, __be16 port, __u16 vlan, __u8 l4_proto,
				      __u32 ifindex)
{
	__u16 at = bpf_ntohs(port);
	__be32 differs = ((addr[0] ^ c->dest[0]) & c->mask[0]) | ((addr[1] ^ c->dest[1]) & c->mask[1]) |
			 ((addr[2] ^ c->dest[2]) & c->mask[2]) | ((addr[3] ^ c->dest[3]) & c->mask[3]);

	return !differs && at >= c->port_first && at <= c->port_last && (!c->vlan || c->vlan == vlan) &&
	       (!c->l4_proto || c->l4_proto == l4_proto) && (!c->ifindex || c->ifindex == ifindex);
}

#endif
