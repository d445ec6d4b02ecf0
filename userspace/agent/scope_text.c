// SPDX-License-Identifier: BSD-2-Clause
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "ip_prefix.h"
#include "policies.h"
#include "scope_text.h"

/* Appends to `text`, as far as there is room. */
__attribute__((format(printf, 2, 3))) static void text_add(char *text, const char *format, ...)
{
	size_t used = strlen(text);
	va_list args;

	va_start(args, format);
	vsnprintf(text + used, SCOPE_TEXT_SIZE - used, format, args);
	va_end(args);
}

static void judging_add(const struct scope *c, char *text)
{
	const double unit = 1 << SCOPE_MARGIN_SHIFT;
	char policy[RESPONSE_TEXT_SIZE];

	if (c->margins.has & SCOPE_HAS_LOG_AT)
		text_add(text, " log at %g", c->margins.log_at / unit);
	if (c->margins.has & SCOPE_HAS_DROP_AT)
		text_add(text, " drop at %g", c->margins.drop_at / unit);
	if (c->response.kind != RESPONSE_UNSET)
		text_add(text, " policy %s", response_print(&c->response, policy));
}

const char *scope_what_print(const struct scope *c, char text[SCOPE_TEXT_SIZE])
{
	char address[IP_TEXT_SIZE], iface[IF_NAMESIZE];
	struct ip_prefix p = { 0 };

	*text = 0;
	memcpy(p.address.byte, c->dest, sizeof(c->dest));
	for (int i = 0; i < 4; i++)
		p.bits += __builtin_popcount(c->mask[i]);
	if (p.bits)
		text_add(text, " dest %s", ip_prefix_print(&p, address));
	if (c->l4_proto)
		text_add(text, " %s", c->l4_proto == IPPROTO_UDP ? "udp" : "tcp");
	if (c->port_first == c->port_last)
		text_add(text, " port %u", c->port_first);
	else if (c->port_first || c->port_last != 65535)
		text_add(text, " ports %u-%u", c->port_first, c->port_last);
	if (c->vlan)
		text_add(text, " vlan %u", c->vlan);
	if (c->ifindex)
		text_add(text, " on %s", if_indextoname(c->ifindex, iface) ? iface : "an interface that is gone");
	judging_add(c, text);
	return text;
}

bool scope_covers(const struct scope *a, const struct scope *b)
{
	for (int i = 0; i < 4; i++)
		if ((a->mask[i] & ~b->mask[i]) || ((a->dest[i] ^ b->dest[i]) & a->mask[i]))
			return false;
	return a->port_first <= b->port_first && a->port_last >= b->port_last && (!a->vlan || a->vlan == b->vlan) &&
	       (!a->l4_proto || a->l4_proto == b->l4_proto) && (!a->ifindex || a->ifindex == b->ifindex);
}

/* "Any", which is 0, or the same. */
static bool may_be_same(unsigned int a, unsigned int b)
{
	return !a || !b || a == b;
}

bool scopes_overlap(const struct scope *a, const struct scope *b)
{
	for (int i = 0; i < 4; i++)
		if ((a->dest[i] ^ b->dest[i]) & a->mask[i] & b->mask[i])
			return false;
	return a->port_first <= b->port_last && b->port_first <= a->port_last && may_be_same(a->vlan, b->vlan) &&
	       may_be_same(a->l4_proto, b->l4_proto) && may_be_same(a->ifindex, b->ifindex) && !scope_covers(a, b) &&
	       !scope_covers(b, a);
}
