// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include "events.h"

/* One callback for both rings: every record begins with its type. */
static int event_dispatch(void *context, void *data, size_t size)
{
	struct event_handlers *h = context;
	const __u32 *type = data;

	if (size >= sizeof(struct snapshot) && *type == EVENT_SNAPSHOT)
		h->snapshot(h->context, data);
	else if (size >= sizeof(struct event) && *type == EVENT_VERDICT)
		h->verdict(h->context, data);
	else if (size >= sizeof(struct event) && *type == EVENT_FLOW_END)
		h->flow_end(h->context, data);
	else if (size >= sizeof(struct shadow_event) && *type == EVENT_SHADOW)
		h->shadow(h->context, data);
	else if (size >= sizeof(struct event) && *type == EVENT_BLOCK)
		h->block(h->context, data);
	return --h->left ? 0 : -EAGAIN; /* the record counts as taken all the same */
}

struct ring_buffer *events_open(const struct datapath *dp, struct event_handlers *handlers)
{
	struct ring_buffer *rings;
	int err;

	rings = ring_buffer__new(dp->map[DATAPATH_EVENTS], event_dispatch, handlers, NULL);
	if (!rings)
		return NULL;
	err = ring_buffer__add(rings, dp->map[DATAPATH_SNAPSHOTS], event_dispatch, handlers);
	if (!err)
		return rings;
	ring_buffer__free(rings);
	errno = -err;
	return NULL;
}

void events_consume(struct ring_buffer *rings, struct event_handlers *handlers)
{
	handlers->left = EVENTS_AT_ONCE;
	ring_buffer__consume(rings);
}
