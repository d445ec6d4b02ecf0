// SPDX-License-Identifier: BSD-2-Clause
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ip_prefix.h"

static const uint8_t ipv4_mapped[12] = { [10] = 0xff, [11] = 0xff };

static bool is_ipv4(const struct ip_address *address)
{
	return !memcmp(address->byte, ipv4_mapped, sizeof(ipv4_mapped));
}

int ip_address_parse(const char *text, struct ip_address *out)
{
	struct ip_address a;

	memcpy(a.byte, ipv4_mapped, sizeof(ipv4_mapped));
	if ((strchr(text, ':') ? inet_pton(AF_INET6, text, a.byte) : inet_pton(AF_INET, text, a.byte + 12)) != 1)
		return -EINVAL;
	*out = a;
	return 0;
}

static void prefix_mask(struct ip_prefix *p)
{
	unsigned int whole = p->bits / 8;

	if (p->bits % 8)
		p->address.byte[whole++] &= 0xff00 >> p->bits % 8;
	memset(p->address.byte + whole, 0, sizeof(p->address.byte) - whole);
}

/* "24" and so on, digits only. */
static int bits_parse(const char *text, unsigned int max, unsigned int *out)
{
	char *end;
	unsigned long v;

	if (!isdigit((unsigned char)*text) || strlen(text) > 3)
		return -EINVAL;
	v = strtoul(text, &end, 10);
	if (*end || v > max)
		return -EINVAL;
	*out = v;
	return 0;
}

int ip_prefix_parse(const char *text, struct ip_prefix *out, bool *cut)
{
	char address[IP_TEXT_SIZE];
	const char *slash = strchr(text, '/');
	size_t length = slash ? (size_t)(slash - text) : strlen(text);
	struct ip_address whole;
	struct ip_prefix p;
	unsigned int bits = 128, before;

	if (length >= sizeof(address))
		return -EINVAL;
	memcpy(address, text, length);
	address[length] = 0;
	if (ip_address_parse(address, &p.address))
		return -EINVAL;
	before = strchr(address, ':') ? 0 : 96;
	if (slash) {
		if (bits_parse(slash + 1, 128 - before, &bits))
			return -EINVAL;
		bits += before;
	}
	p.bits = bits;
	whole = p.address;
	prefix_mask(&p);
	if (cut)
		*cut = memcmp(&whole, &p.address, sizeof(whole)) != 0;
	*out = p;
	return 0;
}

bool ip_prefix_covers(const struct ip_prefix *prefix, const struct ip_address *address)
{
	unsigned int whole = prefix->bits / 8, rest = prefix->bits % 8;

	if (memcmp(prefix->address.byte, address->byte, whole))
		return false;
	return !rest || !((prefix->address.byte[whole] ^ address->byte[whole]) >> (8 - rest));
}

const char *ip_address_print(const struct ip_address *address, char *text)
{
	if (is_ipv4(address))
		inet_ntop(AF_INET, address->byte + 12, text, IP_TEXT_SIZE);
	else
		inet_ntop(AF_INET6, address->byte, text, IP_TEXT_SIZE);
	return text;
}

const char *ip_prefix_print(const struct ip_prefix *prefix, char *text)
{
	bool short_form = prefix->bits >= 96 && is_ipv4(&prefix->address);
	size_t used;

	ip_address_print(&prefix->address, text);
	used = strlen(text);
	snprintf(text + used, IP_TEXT_SIZE - used, "/%u", short_form ? prefix->bits - 96 : prefix->bits);
	return text;
}
