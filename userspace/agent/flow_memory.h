/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the agent's engine remembers of each flow from one sweep of the table to the next. One table holds all: a flow
 * costs one look into memory that no cache holds, and that can be asked for ahead.
 */
#ifndef FLOW_MEMORY_H
#define FLOW_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum flow_memory_state {
	FLOW_MEMORY_NEW,
	FLOW_MEMORY_LOGGED,    /* suspicious, and said so */
	FLOW_MEMORY_CONDEMNED, /* a verdict awaits the flow's next packet */
	FLOW_MEMORY_TAKEN,     /* the kernel has acted on it */
	FLOW_MEMORY_STATES
};

struct flow_memory_entry {
	uint64_t id;	  /* flow_id(), by another number where that is 0: 0 is free */
	uint32_t packets; /* seen when it was scored last, 0 never; UINT32_MAX: or more */
	uint32_t state : 2; /* enum flow_memory_state */
	uint32_t turn : 30; /* in which it was met last */
};

_Static_assert(FLOW_MEMORY_STATES <= 4, "flow_memory_entry.state has 2 bits");

/* Starts out zeroed. What is not met between two turns is forgotten: so is every flow that left the table. */
struct flow_memory {
	struct flow_memory_entry *entry;
	size_t room, count; /* entries; those that are not free, forgotten ones included */
	size_t met;	    /* flows since the last turn */
	uint32_t turn;
};

/* The flow's entry, a new one if need be, kept beyond the next turn; valid until the next call. NULL: no memory. */
struct flow_memory_entry *flow_memory_meet(struct flow_memory *m, uint64_t id);

/* The same of a flow that was met before the last turn or since; NULL: it was not. */
const struct flow_memory_entry *flow_memory_find(const struct flow_memory *m, uint64_t id);

/* The flow is about to be met: has its entry fetched. */
void flow_memory_expect(const struct flow_memory *m, uint64_t id);

void flow_memory_turn(struct flow_memory *m);
void flow_memory_clear(struct flow_memory *m);

#endif
