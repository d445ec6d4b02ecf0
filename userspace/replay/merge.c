// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include "merge.h"

static bool is_before(const struct merge_entry *a, const struct merge_entry *b)
{
	return a->time_ns != b->time_ns ? a->time_ns < b->time_ns : a->which < b->which;
}

/* Lets the entry at `at` sink to its place. */
static void heap_sink(struct merge *m, size_t at)
{
	struct merge_entry e = m->heap[at];

	for (size_t child; (child = 2 * at + 1) < m->count; at = child) {
		if (child + 1 < m->count && is_before(&m->heap[child + 1], &m->heap[child]))
			child++;
		if (is_before(&e, &m->heap[child]))
			break;
		m->heap[at] = m->heap[child];
	}
	m->heap[at] = e;
}

static bool entry_read(struct merge *m, struct merge_entry *e)
{
	if (!stream_peek(&m->stream[e->which], &e->time_ns))
		return false;
	e->time_ns += m->align_ns[e->which];
	return true;
}

int merge_open(struct merge *m, struct stream *stream, size_t count, bool align)
{
	uint64_t base = 0, first;

	*m = (struct merge){ .stream = stream, .heap = calloc(count + 1, sizeof(*m->heap)),
			     .align_ns = calloc(count + 1, sizeof(*m->align_ns)) };
	if (!m->heap || !m->align_ns)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		if (!stream_peek(&stream[i], &first))
			continue;
		first -= stream[i].shift_ns;
		if (!base)
			base = first;
		if (align)
			m->align_ns[i] = base - first;
		m->heap[m->count] = (struct merge_entry){ .which = i };
		m->count += entry_read(m, &m->heap[m->count]);
	}
	for (size_t i = m->count; i-- > 0;)
		heap_sink(m, i);
	return 0;
}

void merge_close(struct merge *m)
{
	free(m->heap);
	free(m->align_ns);
	*m = (struct merge){ 0 };
}

const struct stream_frame *merge_next(struct merge *m, size_t *which)
{
	const struct stream_frame *f;
	size_t from;

	if (!m->count)
		return NULL;
	from = m->heap[0].which;
	f = stream_next(&m->stream[from], m->align_ns[from]);
	if (!entry_read(m, &m->heap[0]))
		m->heap[0] = m->heap[--m->count];
	if (m->count)
		heap_sink(m, 0);
	*which = from;
	return f;
}
