/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the lab's relay does with a frame, and when: a delay for each far address, or for each connection, and losses, both
 * from the seed alone, so that the same frames of an address meet the same fate in every run. No sockets here.
 */
#pragma once

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define RELAY_FRAMES_MAX 32768u /* on their way at once; more are dropped, and counted */
#define RELAY_COUNTERS 4096u    /* addresses that share one share a sequence of losses, too */

enum relay_side { RELAY_FAR, RELAY_NEAR, RELAY_SIDES }; /* frames from the far side have the far address as source */

struct relay_rules {
	double rtt_min_ms, rtt_max_ms;
	unsigned int loss_permille;
	bool by_connection; /* its delay is a connection's own, as of people behind one address */
	uint64_t seed;
	uint32_t seen[RELAY_SIDES][RELAY_COUNTERS];
};

struct relay_fate {
	bool lost;
	uint64_t delay_ns; /* one way */
};

struct relay_frame {
	uint64_t due_ns, number; /* frames due at once leave as they came */
	enum relay_side from;
	uint32_t length;
	uint8_t *bytes;
};

/* The next to leave is frame[0]; frame[i] leaves no later than frame[2i + 1] and frame[2i + 2]. */
struct relay_queue {
	struct relay_frame frame[RELAY_FRAMES_MAX];
	uint32_t count;
	uint64_t numbered;
};

static inline uint64_t relay_mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

/* The far address of an Ethernet frame; NULL where there is none. */
static inline const uint8_t *relay_far_address(const uint8_t *frame, uint32_t length, enum relay_side from, uint32_t *size)
{
	uint16_t type = length >= 14 ? frame[12] << 8 | frame[13] : 0;

	if (type == 0x0800 && length >= 34) {
		*size = 4;
		return frame + (from == RELAY_FAR ? 26 : 30);
	}
	if (type == 0x86dd && length >= 54) {
		*size = 16;
		return frame + (from == RELAY_FAR ? 22 : 38);
	}
	return NULL;
}

static inline uint64_t relay_mix_bytes(uint64_t hash, const uint8_t *bytes, uint32_t size)
{
	for (uint32_t i = 0; i < size; i++)
		hash = relay_mix(hash + bytes[i] + 1);
	return hash;
}

/* Where TCP's or UDP's ports stand; NULL where there are none, or no more than a fragment. */
static inline const uint8_t *relay_ports(const uint8_t *frame, uint32_t length, uint32_t address_size)
{
	bool is_6 = address_size == 16;
	uint32_t at = is_6 ? 54 : 14 + (frame[14] & 15) * 4;
	uint8_t protocol = is_6 ? frame[20] : frame[23];

	if ((protocol != 6 && protocol != 17) || length < at + 4 || (!is_6 && ((frame[20] & 0x3f) | frame[21])))
		return NULL;
	return frame + at;
}

/* Of the far address, then the near one, then their ports: the same in both directions. */
static inline uint64_t relay_connection(uint64_t far_hash, const uint8_t *frame, uint32_t length, enum relay_side from,
					uint32_t address_size)
{
	const uint8_t *addresses = frame + (address_size == 16 ? 22 : 26);
	const uint8_t *ports = relay_ports(frame, length, address_size);
	uint32_t near = from == RELAY_FAR ? 1 : 0; /* a near address is the destination of what comes from afar */
	uint64_t hash = relay_mix_bytes(far_hash, addresses + near * address_size, address_size);

	if (!ports)
		return hash;
	return relay_mix_bytes(relay_mix_bytes(hash, ports + !near * 2, 2), ports + near * 2, 2);
}

/* As many addresses have round trips of 1 to 2 as of 100 to 200 ms. */
static inline double relay_rtt_ms(const struct relay_rules *r, uint64_t hash)
{
	double share = (double)(relay_mix(hash ^ 0x727474) >> 11) / 9007199254740992.0; /* 2^53 */

	return r->rtt_min_ms * pow(r->rtt_max_ms / r->rtt_min_ms, share);
}

/* What has no address of IP (ARP) is never lost, and passes at once. */
static inline struct relay_fate relay_fate(struct relay_rules *r, const uint8_t *frame, uint32_t length,
					   enum relay_side from)
{
	uint32_t size = 0, nth;
	const uint8_t *address = relay_far_address(frame, length, from, &size);
	uint64_t hash, line;

	if (!address)
		return (struct relay_fate){ 0 };
	hash = relay_mix_bytes(r->seed, address, size);
	line = r->by_connection ? relay_connection(hash, frame, length, from, size) : hash;
	nth = r->seen[from][hash % RELAY_COUNTERS]++;
	return (struct relay_fate){
		.lost = relay_mix(hash + ((uint64_t)nth << 1 | from)) % 1000 < r->loss_permille,
		.delay_ns = relay_rtt_ms(r, line) / 2 * 1e6,
	};
}

static inline bool relay_is_sooner(const struct relay_frame *a, const struct relay_frame *b)
{
	return a->due_ns != b->due_ns ? a->due_ns < b->due_ns : a->number < b->number;
}

static inline void relay_swap(struct relay_frame *a, struct relay_frame *b)
{
	struct relay_frame t = *a;

	*a = *b;
	*b = t;
}

/* Keeps a copy of the frame; false when there is no room. */
static inline bool relay_queue_add(struct relay_queue *q, uint64_t due_ns, enum relay_side from, const uint8_t *bytes,
				   uint32_t length)
{
	uint32_t i = q->count;
	uint8_t *copy = i < RELAY_FRAMES_MAX ? malloc(length ? length : 1) : NULL;

	if (!copy)
		return false;
	memcpy(copy, bytes, length);
	q->frame[i] = (struct relay_frame){ due_ns, q->numbered++, from, length, copy };
	for (q->count++; i && relay_is_sooner(&q->frame[i], &q->frame[(i - 1) / 2]); i = (i - 1) / 2)
		relay_swap(&q->frame[i], &q->frame[(i - 1) / 2]);
	return true;
}

/* The first frame that is due, for the caller to free its bytes; false while none is. */
static inline bool relay_queue_take(struct relay_queue *q, uint64_t now_ns, struct relay_frame *out)
{
	uint32_t i = 0, next;

	if (!q->count || q->frame[0].due_ns > now_ns)
		return false;
	*out = q->frame[0];
	q->frame[0] = q->frame[--q->count];
	while ((next = 2 * i + 1) < q->count) {
		if (next + 1 < q->count && relay_is_sooner(&q->frame[next + 1], &q->frame[next]))
			next++;
		if (!relay_is_sooner(&q->frame[next], &q->frame[i]))
			break;
		relay_swap(&q->frame[next], &q->frame[i]);
		i = next;
	}
	return true;
}
