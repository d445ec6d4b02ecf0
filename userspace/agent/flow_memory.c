// SPDX-License-Identifier: BSD-2-Clause
#include "flow_memory.h"
#include "large_memory.h"

#define ROOM_FIRST 1024
#define TURN_MASK ((1u << 30) - 1)

/* 0 marks a free entry, so the flow numbered 0 goes by another number. */
static uint64_t id_stored(uint64_t id)
{
	return id ? id : UINT64_MAX;
}

static size_t entry_first(const struct flow_memory *m, uint64_t id)
{
	return (id * 0x9e3779b97f4a7c15ull) >> 20 & (m->room - 1);
}

static bool entry_holds(const struct flow_memory *m, const struct flow_memory_entry *e)
{
	return ((m->turn - e->turn) & TURN_MASK) <= 1;
}

/*
 * The entry of that id, else the one to take for it: the first on the way that was forgotten, or the free one at its
 * end. `room` is a power of two and never full.
 */
static struct flow_memory_entry *entry_place(const struct flow_memory *m, uint64_t id)
{
	struct flow_memory_entry *e, *forgotten = NULL;

	for (size_t at = entry_first(m, id);; at = (at + 1) & (m->room - 1)) {
		e = &m->entry[at];
		if (e->id == id)
			return e;
		if (!e->id)
			return forgotten ? forgotten : e;
		if (!forgotten && !entry_holds(m, e))
			forgotten = e;
	}
}

/* As much room as those need that are not forgotten, so that at most a quarter is in use. */
static size_t room_wanted(const struct flow_memory *m)
{
	size_t holding = 0, room = ROOM_FIRST;

	for (size_t i = 0; i < m->room; i++)
		holding += m->entry[i].id && entry_holds(m, &m->entry[i]);
	while (room < holding * 4)
		room *= 2;
	return room;
}

/* Returns false when there is no memory; all is as it was then. */
static bool table_rebuild(struct flow_memory *m)
{
	struct flow_memory more = { .room = room_wanted(m), .met = m->met, .turn = m->turn };

	more.entry = large_alloc(more.room * sizeof(*more.entry));
	if (!more.entry)
		return false;
	for (size_t i = 0; i < m->room; i++)
		if (m->entry[i].id && entry_holds(m, &m->entry[i])) {
			*entry_place(&more, m->entry[i].id) = m->entry[i];
			more.count++;
		}
	large_free(m->entry, m->room * sizeof(*m->entry));
	*m = more;
	return true;
}

struct flow_memory_entry *flow_memory_meet(struct flow_memory *m, uint64_t id)
{
	struct flow_memory_entry *e;

	id = id_stored(id);
	if (m->count * 2 >= m->room && !table_rebuild(m))
		return NULL;
	e = entry_place(m, id);
	m->count += !e->id;
	if (e->id != id || !entry_holds(m, e))
		*e = (struct flow_memory_entry){ .id = id, .turn = m->turn - 1 };
	m->met += e->turn != (m->turn & TURN_MASK);
	e->turn = m->turn;
	return e;
}

const struct flow_memory_entry *flow_memory_find(const struct flow_memory *m, uint64_t id)
{
	const struct flow_memory_entry *e;

	id = id_stored(id);
	if (!m->count)
		return NULL;
	e = entry_place(m, id);
	return e->id == id && entry_holds(m, e) ? e : NULL;
}

void flow_memory_expect(const struct flow_memory *m, uint64_t id)
{
	if (m->room)
		__builtin_prefetch(&m->entry[entry_first(m, id_stored(id))], 1);
}

void flow_memory_turn(struct flow_memory *m)
{
	bool few = m->met * 16 < m->room && m->room > ROOM_FIRST; /* there were far more flows once */

	m->turn++;
	m->met = 0;
	if (few)
		table_rebuild(m);
}

void flow_memory_clear(struct flow_memory *m)
{
	large_free(m->entry, m->room * sizeof(*m->entry));
	*m = (struct flow_memory){ 0 };
}
