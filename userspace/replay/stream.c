// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include "stream.h"

#define IP_ALIGN 2
#define ROUND_GAP_NS 1000000000 /* between the end of a capture and its repetition */

int stream_open(struct stream *s, const struct capture_plan *plan)
{
	int err;

	*s = (struct stream){ .plan = plan, .shift_ns = plan->overlay.shift_ns, .round = 1 };
	err = capture_open(&s->capture, plan->path, s->why, sizeof(s->why));
	if (err)
		return err;
	if (!capture_link_is_read(s->capture))
		snprintf(s->link, sizeof(s->link), "%s", capture_link_name(s->capture));
	s->queue = calloc(STREAM_QUEUE, sizeof(*s->queue));
	if (s->queue)
		return 0;
	snprintf(s->why, sizeof(s->why), "%s", strerror(ENOMEM));
	return -ENOMEM;
}

void stream_close(struct stream *s)
{
	capture_close(s->capture);
	for (unsigned int i = 0; s->queue && i < STREAM_QUEUE; i++)
		free(s->queue[i].raw);
	free(s->queue);
	s->queue = NULL;
	s->capture = NULL;
	s->count = 0;
}

static int frame_fill(struct stream_frame *f, const struct capture_packet *p, const struct overlay *overlay)
{
	uint32_t size = IP_ALIGN + p->captured;

	if (f->room < size) {
		unsigned char *more = realloc(f->raw, size);

		if (!more)
			return -ENOMEM;
		f->raw = more;
		f->room = size;
	}
	f->data = f->raw + IP_ALIGN;
	f->is_seen = false;
	if (p->prefix_len)
		memcpy(f->data, p->prefix, p->prefix_len);
	memcpy(f->data + p->prefix_len, p->body, p->captured - p->prefix_len);
	f->len = p->len;
	f->captured = p->captured;
	f->time_ns = p->time_ns;
	if (overlay->map_count)
		frame_readdress(f->data, f->captured, overlay->map, overlay->map_count);
	return 0;
}

/* Puts the frame behind the last of the queue where its time belongs; those of one time stay in order. */
static int queue_add(struct stream *s, const struct capture_packet *p)
{
	unsigned int place = s->count;
	struct stream_frame added;
	int err = frame_fill(stream_place(s, place), p, &s->plan->overlay);

	if (err)
		return err;
	s->count++;
	if (!place || stream_place(s, place - 1)->time_ns <= p->time_ns)
		return 0;
	added = *stream_place(s, place);
	for (; place && stream_place(s, place - 1)->time_ns > added.time_ns; place--)
		*stream_place(s, place) = *stream_place(s, place - 1);
	*stream_place(s, place) = added;
	return 0;
}

static void round_next(struct stream *s)
{
	uint64_t lasted = (s->last_ns - s->first_ns) / s->plan->overlay.rate;

	capture_close(s->capture);
	s->capture = NULL;
	if (!s->begun || s->round >= s->plan->overlay.repeat)
		return;
	if (capture_open(&s->capture, s->plan->path, s->why, sizeof(s->why))) {
		s->cut = true; /* it was there a moment ago */
		return;
	}
	s->round++;
	s->shift_ns += lasted + ROUND_GAP_NS;
}

/* Fills the queue as far as the file goes. The next round begins only when the queue of the last one is empty. */
static void queue_fill(struct stream *s)
{
	struct capture_packet p;
	int got;

	if (!s->capture && !s->count)
		return;
	while (s->capture && s->count < STREAM_LOOKAHEAD) {
		got = capture_next(s->capture, &p, s->skipped, s->why, sizeof(s->why));
		if (got == 1 && !queue_add(s, &p))
			continue;
		s->cut |= got != 0;
		capture_close(s->capture);
		s->capture = NULL;
	}
}

static uint64_t frame_time(const struct stream *s, const struct stream_frame *f)
{
	double since;

	if (s->plan->overlay.rate == 1)
		return f->time_ns + s->shift_ns;
	since = f->time_ns < s->first_ns ? 0 : f->time_ns - s->first_ns;
	return s->first_ns + (uint64_t)(since / s->plan->overlay.rate) + s->shift_ns;
}

static struct stream_frame *queue_first(struct stream *s)
{
	queue_fill(s);
	if (!s->count) {
		round_next(s);
		queue_fill(s);
	}
	if (!s->count)
		return NULL;
	if (!s->begun) {
		s->begun = true;
		s->first_ns = s->last_ns = stream_place(s, 0)->time_ns;
	}
	return stream_place(s, 0);
}

bool stream_peek(struct stream *s, uint64_t *time_ns)
{
	const struct stream_frame *f = queue_first(s);

	if (f)
		*time_ns = frame_time(s, f);
	return f;
}

const struct stream_frame *stream_next(struct stream *s, long long align_ns)
{
	struct stream_frame *f = queue_first(s);
	uint64_t time_ns;

	if (!f)
		return NULL;
	s->head = s->head + 1 < STREAM_QUEUE ? s->head + 1 : 0;
	s->count--;
	if (f->time_ns > s->last_ns)
		s->last_ns = f->time_ns;
	time_ns = frame_time(s, f) + align_ns;
	s->late += time_ns < s->now_ns;
	if (time_ns > s->now_ns)
		s->now_ns = time_ns;
	f->time_ns = s->now_ns;
	return f;
}
