// SPDX-License-Identifier: BSD-2-Clause
#include <arpa/inet.h>
#include <stdbool.h>
#include <string.h>
#include "list_hints.h"

static void bits_set(struct list_hints *hints, __u32 first, __u32 count)
{
	for (__u32 bit = first; bit < first + count;) {
		if (bit % 64 == 0 && first + count - bit >= 64) {
			hints->word[bit / 64] = ~0ull;
			bit += 64;
		} else {
			hints->word[bit / 64] |= 1ull << bit % 64;
			bit++;
		}
	}
}

/* True for a network so wide that all of IPv4, ::ffff:0:0/96, lies in it. */
static bool key_covers_ipv4(const struct list_key *key)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	const unsigned char *byte = (const unsigned char *)key->addr;
	unsigned int whole = key->prefix_len / 8, rest = key->prefix_len % 8;

	if (key->prefix_len > 96 || memcmp(byte, mapped, whole))
		return false;
	return !rest || !((byte[whole] ^ mapped[whole]) >> (8 - rest));
}

static void hints_add_ipv4(struct list_hints *hints, const struct list_key *key)
{
	unsigned int bits = key->prefix_len - 96;

	bits_set(hints, ntohl(key->addr[3]) >> 8, bits >= 24 ? 1 : 1u << (24 - bits));
}

#define FIRST_WORDS_MAX 4096 /* an IPv6 network of more words than that hints at everything */

static void hints_add_ipv6(struct list_hints *hints, const struct list_key *key)
{
	__u32 first = ntohl(key->addr[0]);
	__u64 count = key->prefix_len >= 32 ? 1 : 1ull << (32 - key->prefix_len);

	if (count > FIRST_WORDS_MAX) {
		bits_set(hints, LIST_HINTS_IPV4, LIST_HINTS_IPV6);
		return;
	}
	for (__u64 i = 0; i < count; i++)
		bits_set(hints, list_hint_ipv6(first + i), 1);
}

void list_hints_add(struct list_hints *hints, const struct list_key *key)
{
	if (key->prefix_len >= 96 && list_address_is_ipv4(key->addr)) {
		hints_add_ipv4(hints, key);
		return;
	}
	if (key_covers_ipv4(key))
		bits_set(hints, 0, LIST_HINTS_IPV4);
	hints_add_ipv6(hints, key);
}
