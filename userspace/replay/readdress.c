// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "readdress.h"

#define VLAN_TAGS 2 /* that are looked behind */
#define IP4_HEADER 20
#define IP6_HEADER 40
#define ICMP_HEADER 8 /* before the packet that an error quotes */

static bool is_ipv4(const struct ip_address *a)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	return !memcmp(a->byte, mapped, sizeof(mapped));
}

int address_map_parse(const char *text, struct address_map *out)
{
	const char *equals = strchr(text, '=');
	char from[IP_TEXT_SIZE];
	struct address_map m;

	if (!equals || (size_t)(equals - text) >= sizeof(from))
		return -EINVAL;
	snprintf(from, sizeof(from), "%.*s", (int)(equals - text), text);
	if (ip_address_parse(from, &m.from) || ip_address_parse(equals + 1, &m.to) ||
	    is_ipv4(&m.from) != is_ipv4(&m.to))
		return -EINVAL;
	*out = m;
	return 0;
}

static void address_change(unsigned char *at, size_t size, const struct address_map *map, int count)
{
	for (int i = 0; i < count; i++) {
		if (is_ipv4(&map[i].from) != (size == 4) || memcmp(at, map[i].from.byte + 16 - size, size))
			continue;
		memcpy(at, map[i].to.byte + 16 - size, size);
		return;
	}
}

static void packet_readdress(unsigned char *l3, unsigned char *end, const struct address_map *map, int count,
			     bool quoted)
{
	unsigned char *l4;
	bool is_error;

	if (end - l3 >= IP4_HEADER && l3[0] >> 4 == 4) {
		address_change(l3 + 12, 4, map, count);
		address_change(l3 + 16, 4, map, count);
		l4 = l3 + (l3[0] & 15) * 4;
		is_error = l3[9] == IPPROTO_ICMP && l4 < end && (l4[0] == 3 || l4[0] == 11 || l4[0] == 12);
	} else if (end - l3 >= IP6_HEADER && l3[0] >> 4 == 6) {
		address_change(l3 + 8, 16, map, count);
		address_change(l3 + 24, 16, map, count);
		l4 = l3 + IP6_HEADER;
		is_error = l3[6] == IPPROTO_ICMPV6 && l4 < end && l4[0] >= 1 && l4[0] <= 4;
	} else {
		return;
	}
	if (is_error && !quoted && end - l4 > ICMP_HEADER)
		packet_readdress(l4 + ICMP_HEADER, end, map, count, true);
}

void frame_readdress(unsigned char *frame, uint32_t captured, const struct address_map *map, int count)
{
	unsigned char *end = frame + captured, *type = frame + 12;

	for (int tag = 0; tag < VLAN_TAGS && end - type >= 4; tag++, type += 4) {
		uint16_t t = type[0] << 8 | type[1];

		if (t != ETH_P_8021Q && t != ETH_P_8021AD)
			break;
	}
	if (end - type > 2)
		packet_readdress(type + 2, end, map, count, false);
}
