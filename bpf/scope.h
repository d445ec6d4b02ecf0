/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The scope: what part of the traffic has a mode of its own, so that enforcement is switched on service by service, and
 * where it is wanted thresholds and a response of its own. A flow's scope is found once, at its first packet and when
 * the settings moved on; the first that fits counts.
 */
#ifndef SCOPE_H
#define SCOPE_H

#include "settings.h"

#define SCOPES_MAX 32
#define SCOPE_NAME_SIZE 16

/* Thresholds of a scope are margins, in units of 2^-16: so they mean the same whatever a model's scale is. */
#define SCOPE_MARGIN_SHIFT 16

/* Which of them a scope has; the others are the model's. */
enum scope_has { SCOPE_HAS_LOG_AT = 1 << 0, SCOPE_HAS_DROP_AT = 1 << 1 };

struct scope_margins {
	__u32 has; /* enum scope_has, or-ed */
	__s32 log_at, drop_at;
};

struct scope {
	__be32 dest[4], mask[4]; /* of the responder's address; all zero: any */
	struct response response; /* to flows of whatever class; RESPONSE_UNSET: by the settings */
	struct scope_margins margins;
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

_Static_assert(sizeof(struct scope) == 96, "scope has hidden padding");
_Static_assert(sizeof(struct scopes) == 8 + SCOPES_MAX * 96, "scopes has hidden padding");

/* flow.scope: which scope, and its mode at hand; 0 is none. */
static __always_inline __u8 scope_mark(__u32 index, const struct scope *c)
{
	return (index + 1) << 1 | (c->mode == MODE_ENFORCE);
}

_Static_assert(((SCOPES_MAX << 1 | 1) & ~0x7f) == 0 && MODE_ENFORCE == 1, "flow.scope is too small");

static __always_inline enum mode scope_mark_mode(__u32 mark)
{
	return mark & 1;
}

/* NULL when there is no such scope any more. */
static __always_inline const struct scope *scope_marked(const struct scopes *all, __u32 mark)
{
	__u32 index = (mark >> 1) - 1;

	return mark && index < all->count && index < SCOPES_MAX ? &all->scope[index] : 0;
}

/* The least score, of 32 bits, that is no smaller than the margin. */
static __always_inline __s32 scope_threshold(__s32 margin, __u32 scale_shift)
{
	__s64 score = (margin * (1ll << (scale_shift & 31)) + (1 << SCOPE_MARGIN_SHIFT) - 1) >> SCOPE_MARGIN_SHIFT;

	return score > 0x7fffffff ? 0x7fffffff : score < -0x7fffffff ? -0x7fffffff : score;
}

/* The thresholds for flows of a scope with these. */
static __always_inline void policy_by_margins(struct policy *out, const struct model *m, const struct scope_margins *c)
{
	*out = m->policy;
	if (c->has & SCOPE_HAS_LOG_AT)
		out->log_at = scope_threshold(c->log_at, m->scale_shift);
	if (c->has & SCOPE_HAS_DROP_AT)
		out->drop_at = scope_threshold(c->drop_at, m->scale_shift);
}

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
