// SPDX-License-Identifier: BSD-2-Clause
#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include "flow_reader.h"

#define BATCH_FIRST 4096
#define BATCH_MAX 1048576 /* a bucket of the table has to fit */

static void batch_free(struct flow_batch *b)
{
	free(b->key);
	free(b->flow);
	*b = (struct flow_batch){ 0 };
}

static int batch_resize(struct flow_batch *b, __u32 room)
{
	batch_free(b);
	b->key = calloc(room, sizeof(*b->key));
	b->flow = calloc(room, sizeof(*b->flow));
	b->room = room;
	return b->key && b->flow ? 0 : -ENOMEM;
}

/* Fills the batch with what comes next. */
static void batch_read(struct flow_reader *r, struct flow_batch *b)
{
	struct flow_key next;
	bool ended = false;

	b->err = b->room ? 0 : batch_resize(b, BATCH_FIRST);
	for (b->count = 0; !b->err && !ended && !b->count;) {
		__u32 count = b->room;

		if (bpf_map_lookup_batch(r->map, r->begun ? &r->place : NULL, &next, b->key, b->flow, &count, NULL)) {
			ended = errno == ENOENT;
			if (!ended) {
				b->err = errno == ENOSPC && b->room < BATCH_MAX ? batch_resize(b, b->room * 2) : -errno;
				continue;
			}
		}
		b->count = count;
		r->place = next;
		r->begun = true;
	}
	b->last = ended || b->err;
}

/* Reads ahead, one batch at a time: the other is the caller's. */
static void *batches_read(void *argument)
{
	struct flow_reader *r = argument;
	struct flow_batch *b = &r->batch[0];

	for (unsigned int i = 1; !b->last && !r->ends; i ^= 1) {
		b = &r->batch[i];
		batch_read(r, b);
		sem_post(&r->filled);
		while (!b->last && sem_wait(&r->emptied))
			; /* a signal */
	}
	return NULL;
}

void flow_reader_open(struct flow_reader *r, int map)
{
	*r = (struct flow_reader){ .map = map };
	sem_init(&r->filled, 0, 0);
	sem_init(&r->emptied, 0, 0);
}

const struct flow_batch *flow_reader_next(struct flow_reader *r)
{
	struct flow_batch *b = &r->batch[r->taken & 1], *before = &r->batch[~r->taken & 1];

	if (r->taken && before->last)
		return NULL;
	r->taken++;
	if (r->has_thread) {
		sem_post(&r->emptied);
		while (sem_wait(&r->filled))
			; /* a signal */
		return b;
	}
	batch_read(r, b);
	if (r->taken == 1 && !b->last)
		r->has_thread = !pthread_create(&r->thread, NULL, batches_read, r); /* without, the caller reads */
	return b;
}

void flow_reader_close(struct flow_reader *r)
{
	if (r->has_thread) {
		r->ends = true;
		sem_post(&r->emptied);
		pthread_join(r->thread, NULL);
	}
	batch_free(&r->batch[0]);
	batch_free(&r->batch[1]);
	sem_destroy(&r->filled);
	sem_destroy(&r->emptied);
}
