/* SPDX-License-Identifier: BSD-2-Clause */
/* One capture file, pcap or pcapng: its packets as Ethernet frames, whatever its link type, in the order of the file. */
#ifndef CAPTURE_H
#define CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Why a packet of a capture is not replayed. */
#define CAPTURE_SKIPS(X)                                                                                               \
	X(link, "of a link type that is not read")                                                                     \
	X(not_ip, "of a frame type that has no place in Ethernet")                                                     \
	X(too_short, "shorter than an Ethernet header and one byte")                                                   \
	X(too_long, "of an impossible length")                                                                         \
	X(kernel_limit, "longer than BPF_PROG_TEST_RUN takes")                                                         \
	X(not_entering, "leaving, where only entering ones are seen")

enum capture_skip {
#define X(name, text) CAPTURE_SKIP_##name,
	CAPTURE_SKIPS(X)
#undef X
	CAPTURE_SKIP_COUNT,
	CAPTURE_KEPT = CAPTURE_SKIP_COUNT,
};

extern const char *const capture_skip_texts[CAPTURE_SKIP_COUNT];

#define CAPTURE_FRAME_MAX 262144 /* bytes; no bundle is longer */
#define CAPTURE_WHY 512

struct capture_packet {
	uint64_t time_ns;	   /* Unix */
	uint32_t len;		   /* of the whole frame as Ethernet */
	uint32_t captured;	   /* bytes of it that follow here */
	uint32_t prefix_len;	   /* bytes of `prefix` that come before `body`, and are counted in `captured` */
	unsigned char prefix[14];  /* an Ethernet header in place of the capture's own link layer */
	const unsigned char *body; /* good until the next packet is asked for */
};

struct capture;

/* Returns 0, or a negative errno after one line in `why`, without the path. */
int capture_open(struct capture **out, const char *path, char *why, size_t why_size);
void capture_close(struct capture *c);

/*
 * 1: *out is the next packet. 0: the end. -EBADMSG after one line in `why`: the rest cannot be read. Packets that are
 * no frame are counted in skipped[].
 */
int capture_next(struct capture *c, struct capture_packet *out, uint64_t skipped[CAPTURE_SKIP_COUNT], char *why,
		 size_t why_size);

/* The link type's name, such as "EN10MB"; whether its packets are read. */
const char *capture_link_name(const struct capture *c);
bool capture_link_is_read(const struct capture *c);

/* True when the file begins as a capture does. */
bool capture_file_is_one(const char *path);

/* The command that unpacks the file if it begins as a compressed one does, else NULL. */
const char *file_unpacker(const char *path);

#endif
