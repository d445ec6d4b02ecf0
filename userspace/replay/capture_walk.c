// SPDX-License-Identifier: BSD-2-Clause
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "capture_walk.h"

#define WALK_BUFFER 65536 /* longer records are rare, and libpcap's */
#define FILE_HEADER 24
#define RECORD_HEADER 16
#define MAGIC_US 0xa1b2c3d4
#define MAGIC_NS 0xa1b23c4d
#define VERSION_MAJOR 2
#define VERSION_MINOR 4

static uint32_t word_read(const struct capture_walk *w, const unsigned char *at)
{
	uint32_t word;

	memcpy(&word, at, sizeof(word));
	return w->swapped ? __builtin_bswap32(word) : word;
}

static uint16_t half_read(const struct capture_walk *w, const unsigned char *at)
{
	uint16_t half;

	memcpy(&half, at, sizeof(half));
	return w->swapped ? __builtin_bswap16(half) : half;
}

/* True when a file that begins so is of the ordinary form. */
static bool header_read(struct capture_walk *w, const unsigned char *header)
{
	uint32_t magic = word_read(w, header);

	if (magic != MAGIC_US && magic != MAGIC_NS) {
		w->swapped = true;
		magic = word_read(w, header);
	}
	if (magic != MAGIC_US && magic != MAGIC_NS)
		return false;
	w->fraction_ns = magic == MAGIC_NS ? 1 : 1000;
	w->fraction_max = 1000000000 / w->fraction_ns - 1;
	return half_read(w, header + 4) == VERSION_MAJOR && half_read(w, header + 6) == VERSION_MINOR;
}

bool capture_walk_open(struct capture_walk *w, int fd, uint32_t record_max)
{
	unsigned char header[FILE_HEADER];

	*w = (struct capture_walk){ .fd = fd, .at = FILE_HEADER, .record_max = record_max };
	if (pread(fd, header, sizeof(header), 0) != sizeof(header) || !header_read(w, header))
		return false;
	w->buffer = malloc(WALK_BUFFER);
	return w->buffer;
}

void capture_walk_close(struct capture_walk *w)
{
	free(w->buffer);
	w->buffer = NULL;
}

/* Moves what is left to the buffer's start and reads on, until there are `wanted` bytes. False at the file's end. */
static bool buffer_fill(struct capture_walk *w, uint32_t wanted)
{
	ssize_t got;

	if (wanted > WALK_BUFFER)
		return false;
	memmove(w->buffer, w->buffer + w->next, w->filled - w->next);
	w->at += w->next;
	w->filled -= w->next;
	w->next = 0;
	while (w->filled < wanted) {
		got = pread(w->fd, w->buffer + w->filled, WALK_BUFFER - w->filled, w->at + w->filled);
		if (got <= 0)
			return false;
		w->filled += got;
	}
	return true;
}

bool capture_walk_next(struct capture_walk *w, struct pcap_pkthdr *h, const unsigned char **data)
{
	const unsigned char *record;
	uint32_t seconds, fraction;

	if (w->filled - w->next < RECORD_HEADER && !buffer_fill(w, RECORD_HEADER))
		return false;
	record = w->buffer + w->next;
	seconds = word_read(w, record);
	fraction = word_read(w, record + 4);
	h->caplen = word_read(w, record + 8);
	h->len = word_read(w, record + 12);
	if (seconds > INT32_MAX || fraction > w->fraction_max || h->caplen > w->record_max)
		return false;
	if (w->filled - w->next < RECORD_HEADER + h->caplen) {
		if (h->caplen > WALK_BUFFER - RECORD_HEADER || !buffer_fill(w, RECORD_HEADER + h->caplen))
			return false;
		record = w->buffer;
	}
	h->ts.tv_sec = seconds;
	h->ts.tv_usec = fraction * w->fraction_ns;
	*data = record + RECORD_HEADER;
	w->next += RECORD_HEADER + h->caplen;
	return true;
}

off_t capture_walk_place(const struct capture_walk *w)
{
	return w->at + w->next;
}
