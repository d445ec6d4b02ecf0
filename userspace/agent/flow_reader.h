/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The flow table, read batch by batch. Where it holds more than one, a thread of the reader's reads the next batch while
 * the caller goes through the last.
 */
#ifndef FLOW_READER_H
#define FLOW_READER_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include "datapath.h"

struct flow_batch {
	__u32 room, count;
	struct flow_key *key;
	struct flow *flow;
	bool last;
	int err; /* that ended the reading; what was read until then is in the batch */
};

struct flow_reader {
	int map;
	bool begun;
	struct flow_key place; /* where the next batch begins; the kernel uses the first 4 bytes: a bucket */
	struct flow_batch batch[2];
	__u64 taken; /* batches that the caller got */
	bool has_thread;
	pthread_t thread;
	sem_t filled, emptied;
	atomic_bool ends;
};

void flow_reader_open(struct flow_reader *r, int map);

/* The next batch, valid until the next call; NULL behind the last. */
const struct flow_batch *flow_reader_next(struct flow_reader *r);

/* At any time: also before the last batch. */
void flow_reader_close(struct flow_reader *r);

#endif
