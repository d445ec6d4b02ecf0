/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses and CIDR prefixes as text. Both families are held as 16 bytes, IPv4 as ::ffff:a.b.c.d, as in flow keys. */
#ifndef IP_PREFIX_H
#define IP_PREFIX_H

#include <stdbool.h>
#include <stdint.h>

#define IP_TEXT_SIZE 50 /* the longest address, "/128" and the closing zero */

struct ip_address {
	uint8_t byte[16];
};

struct ip_prefix {
	struct ip_address address; /* bits behind the prefix are zero */
	uint8_t bits;		   /* 0..128; an IPv4 prefix has 96 more than written */
};

/*
 * Both return 0, or -EINVAL and leave *out as it was. A prefix may be a plain address. What stands behind its bits, as in
 * 192.0.2.7/24, is cut off; *cut says whether there was any, and may be NULL.
 */
int ip_address_parse(const char *text, struct ip_address *out);
int ip_prefix_parse(const char *text, struct ip_prefix *out, bool *cut);

bool ip_prefix_covers(const struct ip_prefix *prefix, const struct ip_address *address);

/* Writes the address as text and returns `text`, which has IP_TEXT_SIZE bytes. */
const char *ip_address_print(const struct ip_address *address, char *text);

/* The same for a prefix, as 192.0.2.0/24. */
const char *ip_prefix_print(const struct ip_prefix *prefix, char *text);

#endif
