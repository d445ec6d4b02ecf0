/* SPDX-License-Identifier: BSD-2-Clause */
/* What the agent's engine remembers of each flow from one sweep of the table to the next. */
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
};

struct flow_memory_entry {
	uint64_t id;	  /* flow_id() */
	uint64_t packets; /* seen when it was scored last, 0 never */
	enum flow_memory_state state;
};

struct flow_memory_table {
	struct flow_memory_entry *entry; /* id 0: free */
	size_t room, count;
};

/* Starts out zeroed. What is not kept anew between two turns is forgotten: so is every flow that left the table. */
struct flow_memory {
	struct flow_memory_table before, now;
};

/* What was kept before the last turn, else a new entry. */
struct flow_memory_entry flow_memory_find(const struct flow_memory *m, uint64_t id);

/* True when it was kept, before the last turn or since. */
bool flow_memory_has(const struct flow_memory *m, uint64_t id);

/* Keeps it beyond the next turn. Returns 0, or -ENOMEM: the flow is then new again. */
int flow_memory_keep(struct flow_memory *m, const struct flow_memory_entry *entry);

void flow_memory_turn(struct flow_memory *m);
void flow_memory_clear(struct flow_memory *m);

#endif
