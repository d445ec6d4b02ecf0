/* SPDX-License-Identifier: BSD-2-Clause */
/* The two rings in which the kernel tells of verdicts, ended flows, disagreeing models and scored vectors. */
#ifndef EVENTS_H
#define EVENTS_H

#include <bpf/libbpf.h>
#include "datapath.h"

struct event_handlers {
	void (*verdict)(void *context, const struct event *e);
	void (*flow_end)(void *context, const struct event *e);
	void (*shadow)(void *context, const struct shadow_event *e);
	void (*block)(void *context, const struct event *e);
	void (*snapshot)(void *context, const struct snapshot *s);
	void *context;
	unsigned int left; /* records that this call of events_consume() may still take */
};

/*
 * Opens both rings; `handlers` must stay. ring_buffer__epoll_fd() tells of arrivals, ring_buffer__free() closes. NULL with
 * errno set on failure.
 */
struct ring_buffer *events_open(const struct datapath *dp, struct event_handlers *handlers);

#define EVENTS_AT_ONCE 65536 /* more than both rings hold */

/* Calls the handlers for what is there; returns also when the kernel never stops telling. */
void events_consume(struct ring_buffer *rings, struct event_handlers *handlers);

#endif
