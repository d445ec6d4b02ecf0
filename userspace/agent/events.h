/* SPDX-License-Identifier: BSD-2-Clause */
/* The two rings in which the kernel tells of verdicts, ended flows and scored vectors. */
#ifndef EVENTS_H
#define EVENTS_H

#include <bpf/libbpf.h>
#include "datapath.h"

struct event_handlers {
	void (*verdict)(void *context, const struct event *e);
	void (*flow_end)(void *context, const struct event *e);
	void (*snapshot)(void *context, const struct snapshot *s);
	void *context;
};

/*
 * Opens both rings; `handlers` must stay. ring_buffer__epoll_fd() tells of arrivals, ring_buffer__consume() calls the
 * handlers, ring_buffer__free() closes. NULL with errno set on failure.
 */
struct ring_buffer *events_open(const struct datapath *dp, const struct event_handlers *handlers);

#endif
