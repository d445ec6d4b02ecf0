/* SPDX-License-Identifier: BSD-2-Clause */
/* One planned capture as a stream of frames in time order, changed as its overlay says. */
#ifndef STREAM_H
#define STREAM_H

#include "capture.h"
#include "capture_set.h"
#include "native.h"

#define STREAM_LOOKAHEAD 256 /* frames among which those out of order find their place */
#define STREAM_QUEUE (STREAM_LOOKAHEAD + 1)

struct stream_frame {
	uint64_t time_ns;
	uint32_t len, captured;
	uint32_t room; /* of `raw` */
	bool is_seen;  /* `ahead` is filled */
	unsigned char *raw, *data; /* the frame, 2 bytes past a word as in the kernel: IP lies on one */
	struct native_ahead ahead;
};

struct stream {
	const struct capture_plan *plan;
	struct capture *capture;   /* NULL when there is no more to be read */
	struct stream_frame *queue; /* [STREAM_QUEUE], a ring; the frame handed out stays until the next */
	unsigned int head, count;
	uint64_t first_ns, last_ns; /* of the file, as far as it was read */
	long long shift_ns;	   /* the plan's, and that of the rounds before */
	uint64_t now_ns;	   /* of the frame handed out: time never goes back */
	unsigned long round;
	bool begun;
	char link[32]; /* the link type's name where it is not read */

	uint64_t skipped[CAPTURE_SKIP_COUNT];
	uint64_t late; /* frames farther out of order than the lookahead mends: they were taken to be in time */
	bool cut;      /* the file ended in the middle of a packet, or worse: `why` says */
	char why[CAPTURE_WHY];
};

/* Returns 0, or a negative errno after one line in stream.why. stream_close() in either case. */
int stream_open(struct stream *s, const struct capture_plan *plan);
void stream_close(struct stream *s);

/* The next frame, good until the next call; NULL at the end. Shifted further by `align_ns`. */
const struct stream_frame *stream_next(struct stream *s, long long align_ns);

static inline struct stream_frame *stream_place(struct stream *s, unsigned int place)
{
	unsigned int at = s->head + place;

	return &s->queue[at < STREAM_QUEUE ? at : at - STREAM_QUEUE];
}

/* The frame so many places behind the next one, NULL where none was read yet. */
static inline struct stream_frame *stream_ahead(struct stream *s, unsigned int places)
{
	return places < s->count ? stream_place(s, places) : NULL;
}

/* When the next frame is, before aligning; false at the end. */
bool stream_peek(struct stream *s, uint64_t *time_ns);

#endif
