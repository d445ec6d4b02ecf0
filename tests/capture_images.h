/* SPDX-License-Identifier: BSD-2-Clause */
/* Small captures in memory, of every form that is read: classic and pcapng, of this byte order and the other, of many link types. */
#ifndef CAPTURE_IMAGES_H
#define CAPTURE_IMAGES_H

#include <stdbool.h>
#include <stdint.h>
#include "capture_file.h"
#include "packets.h"

struct image {
	unsigned char data[8192];
	size_t size;
	bool swapped;
};

/* What is made is a fact of `kind` alone. */
#define IMAGE_KINDS 96

static inline void image_put(struct image *i, const void *bytes, size_t size)
{
	memcpy(i->data + i->size, bytes, size);
	i->size += size;
}

static inline void image_put_word(struct image *i, uint32_t word)
{
	word = i->swapped ? __builtin_bswap32(word) : word;
	image_put(i, &word, sizeof(word));
}

static inline void image_put_halves(struct image *i, uint16_t first, uint16_t second)
{
	uint16_t half[] = { first, second };

	for (int at = 0; at < 2; at++)
		half[at] = i->swapped ? __builtin_bswap16(half[at]) : half[at];
	image_put(i, half, sizeof(half));
}

/* A packet as it lies in a capture of this link type: Ethernet, or with what stands in its place. Returns its size. */
static inline uint32_t image_packet(unsigned char *out, uint32_t link, int number)
{
	static const unsigned char null[4] = { 2 }, sll[16] = { [14] = 8 }, sll2[20] = { 8 };
	struct frame f = number % 3 ? frame_tcp("10.0.0.1", 1000 + number / 4, "10.0.0.2", 80, 1 << number % 5, 7, 9, number)
				    : frame_udp("10.0.0.2", 53, "10.0.0.1", 1000, 20);
	uint32_t head = link == LINK_NULL || link == LINK_LOOP ? 4 : link == LINK_SLL ? 16 : link == LINK_SLL2 ? 20 : 0;

	if (link == LINK_ETHERNET) {
		memcpy(out, f.data, f.len);
		return f.len;
	}
	memcpy(out, head == 4 ? null : head == 16 ? sll : sll2, head);
	memcpy(out + head, f.data + ETH_HLEN, f.len - ETH_HLEN);
	return head + f.len - ETH_HLEN;
}

static const uint32_t image_links[] = { LINK_ETHERNET, LINK_RAW, LINK_NULL, LINK_SLL, LINK_SLL2, LINK_LOOP, LINK_IPV4, LINK_PPP };
#define IMAGE_LINKS (sizeof(image_links) / sizeof(*image_links))

static inline void image_make_classic(struct image *i, int kind)
{
	uint32_t link = image_links[kind % IMAGE_LINKS];
	unsigned char packet[FRAME_MAX];

	image_put_word(i, kind & 16 ? 0xa1b23c4d : 0xa1b2c3d4);
	image_put_halves(i, 2, 4);
	image_put_word(i, 0);
	image_put_word(i, 0);
	image_put_word(i, kind % 5 ? 65535 : 0); /* 0: no limit */
	image_put_word(i, link);
	for (int n = 0; n < 12; n++) {
		uint32_t len = image_packet(packet, link, n), captured = n % 4 ? len : len / 2;

		image_put_word(i, CAPTURE_START + n / 2);
		image_put_word(i, 1000 * n);
		image_put_word(i, captured);
		image_put_word(i, len);
		image_put(i, packet, captured);
	}
}

/* A block's type, what it holds, and twice its length. */
static inline void image_put_block(struct image *i, uint32_t type, const struct image *body)
{
	uint32_t padded = (body->size + 3) & ~3u;

	image_put_word(i, type);
	image_put_word(i, 12 + padded);
	image_put(i, body->data, body->size);
	image_put(i, "\0\0\0", padded - body->size);
	image_put_word(i, 12 + padded);
}

static inline void image_put_section(struct image *i)
{
	struct image body = { .swapped = i->swapped };

	image_put_word(&body, 0x1a2b3c4d);
	image_put_halves(&body, 1, 0);
	image_put_word(&body, 0xffffffff);
	image_put_word(&body, 0xffffffff);
	image_put_block(i, 0x0a0d0d0a, &body);
}

static inline void image_put_interface(struct image *i, uint32_t link, uint32_t record_max, bool fine)
{
	struct image body = { .swapped = i->swapped };

	image_put_halves(&body, link, 0);
	image_put_word(&body, record_max);
	if (fine) { /* if_tsresol: nanoseconds */
		image_put_halves(&body, 9, 1);
		image_put(&body, "\x09\0\0\0", 4);
		image_put_word(&body, 0);
	}
	image_put_block(i, 1, &body);
}

/* An enhanced packet, a simple one, or a block of another kind. */
static inline void image_put_record(struct image *i, uint32_t interface, uint32_t link, int number)
{
	struct image body = { .swapped = i->swapped };
	uint64_t time = (CAPTURE_START + number / 2) * 1000000ull + number;
	unsigned char packet[FRAME_MAX];
	uint32_t len = image_packet(packet, link, number);

	if (number % 7 == 6) {
		image_put_word(&body, interface);
		image_put_block(i, number % 2 ? 4 : 5, &body);
		return;
	}
	if (number % 7 == 5) {
		image_put_word(&body, len);
		image_put(&body, packet, len);
		image_put_block(i, 3, &body);
		return;
	}
	image_put_word(&body, interface);
	image_put_word(&body, time >> 32);
	image_put_word(&body, time);
	image_put_word(&body, number % 4 ? len : len / 2);
	image_put_word(&body, len);
	image_put(&body, packet, number % 4 ? len : len / 2);
	image_put_block(i, 6, &body);
}

/* One interface or several; at times with one of another link type or record length among them, or a packet of one that is not there. */
static inline void image_make_pcapng(struct image *i, int kind)
{
	uint32_t interfaces = 1 + kind % 6, link = image_links[kind % IMAGE_LINKS];

	image_put_section(i);
	for (uint32_t n = 0; n < interfaces; n++)
		image_put_interface(i, kind % 5 == 1 && n == 3 ? LINK_RAW : link, kind % 3 ? 65535 : kind % 4 && n ? 1500 : 0, kind & 1);
	for (int n = 0; n < 14; n++)
		image_put_record(i, n == 11 && kind % 7 == 0 ? interfaces : n % interfaces, link, n);
	if (kind % 4 == 3) { /* another section, of the other byte order */
		i->swapped = !i->swapped;
		image_put_section(i);
		image_put_interface(i, link, 65535, false);
		image_put_record(i, 0, link, 1);
	}
}

static inline void image_make(struct image *i, int kind)
{
	*i = (struct image){ .swapped = kind & 8 };
	if (kind % IMAGE_KINDS < 32)
		image_make_classic(i, kind);
	else
		image_make_pcapng(i, kind);
}

#endif
