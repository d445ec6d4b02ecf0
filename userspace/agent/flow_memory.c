// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "flow_memory.h"

#define ROOM_FIRST 1024

/* The entry of that id, or the free one where it belongs. `room` is a power of two and never full. */
static struct flow_memory_entry *entry_place(const struct flow_memory_table *t, uint64_t id)
{
	size_t at = (id * 0x9e3779b97f4a7c15ull) >> 20 & (t->room - 1);

	while (t->entry[at].id && t->entry[at].id != id)
		at = (at + 1) & (t->room - 1);
	return &t->entry[at];
}

static int table_grow(struct flow_memory_table *t, const struct flow_memory_table *before)
{
	struct flow_memory_table more = { .room = t->room * 2, .count = t->count };

	if (!more.room) /* as many as there were before, most likely */
		more.room = before->room ? before->room : ROOM_FIRST;

	more.entry = calloc(more.room, sizeof(*more.entry));
	if (!more.entry)
		return -ENOMEM;
	for (size_t i = 0; i < t->room; i++)
		if (t->entry[i].id)
			*entry_place(&more, t->entry[i].id) = t->entry[i];
	free(t->entry);
	*t = more;
	return 0;
}

/* 0 marks a free entry, so the flow numbered 0 goes by another number. */
static uint64_t id_stored(uint64_t id)
{
	return id ? id : UINT64_MAX;
}

struct flow_memory_entry flow_memory_find(const struct flow_memory *m, uint64_t id)
{
	struct flow_memory_entry found = { .id = id };

	if (m->before.count && entry_place(&m->before, id_stored(id))->id)
		found = *entry_place(&m->before, id_stored(id));
	found.id = id;
	return found;
}

bool flow_memory_has(const struct flow_memory *m, uint64_t id)
{
	id = id_stored(id);
	return (m->before.count && entry_place(&m->before, id)->id) || (m->now.count && entry_place(&m->now, id)->id);
}

int flow_memory_keep(struct flow_memory *m, const struct flow_memory_entry *entry)
{
	struct flow_memory_entry *place;

	if (m->now.count * 2 >= m->now.room && table_grow(&m->now, &m->before))
		return -ENOMEM;
	place = entry_place(&m->now, id_stored(entry->id));
	m->now.count += !place->id;
	*place = *entry;
	place->id = id_stored(entry->id);
	return 0;
}

/* What was there before last is emptied and used again: fresh memory costs more than what is written there. */
static void table_empty(struct flow_memory_table *t)
{
	if (t->count * 16 < t->room) { /* there were far more flows once */
		free(t->entry);
		*t = (struct flow_memory_table){ 0 };
		return;
	}
	if (t->room)
		memset(t->entry, 0, t->room * sizeof(*t->entry));
	t->count = 0;
}

void flow_memory_turn(struct flow_memory *m)
{
	struct flow_memory_table oldest = m->before;

	table_empty(&oldest);
	m->before = m->now;
	m->now = oldest;
}

void flow_memory_clear(struct flow_memory *m)
{
	free(m->before.entry);
	free(m->now.entry);
	*m = (struct flow_memory){ 0 };
}
