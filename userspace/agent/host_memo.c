// SPDX-License-Identifier: BSD-2-Clause
#include <bpf/bpf.h>
#include <string.h>
#include "host_memo.h"
#include "large_memory.h"

#define PLACES 65536 /* a power of two; they take 10 MiB */
#define PLACES_TRIED 8

struct host_memo_place {
	__u64 now_ns; /* 0: nobody's */
	struct host_key key;
	enum host_role role;
	bool known;
	struct host_window sum[HOST_HORIZONS];
};

static bool table_ask(struct host_view *view, enum host_role role, int map, const struct host_key *key, __u64 now_ns)
{
	struct host host;

	if (bpf_map_lookup_elem(map, key, &host))
		return false;
	host_view_fill(view, role, &host, now_ns);
	return true;
}

static __u32 place_first(enum host_role role, const struct host_key *key)
{
	return host_hash(key->addr) + role;
}

/* The host's place, or the one to take for it: the first that nobody took at this time, else its own. */
static struct host_memo_place *host_place(const struct host_memo *m, enum host_role role, const struct host_key *key,
					  __u64 now_ns)
{
	__u32 first = place_first(role, key);

	for (__u32 at = first; at < first + PLACES_TRIED; at++) {
		struct host_memo_place *p = &m->place[at & (PLACES - 1)];

		if (p->now_ns != now_ns || (p->role == role && !memcmp(&p->key, key, sizeof(*key))))
			return p;
	}
	return &m->place[first & (PLACES - 1)];
}

bool host_memo_view(struct host_memo *m, struct host_view *view, enum host_role role, int map,
		    const struct host_key *key, __u64 now_ns)
{
	struct host_memo_place *p;

	if (m && !m->place)
		m->place = large_alloc(PLACES * sizeof(*m->place));
	if (!m || !m->place)
		return table_ask(view, role, map, key, now_ns);
	p = host_place(m, role, key, now_ns);
	if (p->now_ns == now_ns && p->role == role && !memcmp(&p->key, key, sizeof(*key))) {
		memcpy(view->sum[role], p->sum, sizeof(p->sum));
		return p->known;
	}
	p->known = table_ask(view, role, map, key, now_ns);
	memcpy(p->sum, view->sum[role], sizeof(p->sum));
	p->key = *key;
	p->role = role;
	p->now_ns = now_ns;
	return p->known;
}

void host_memo_expect(const struct host_memo *m, enum host_role role, const struct host_key *key)
{
	const char *p;

	if (!m->place)
		return;
	p = (const char *)&m->place[place_first(role, key) & (PLACES - 1)];
	for (size_t line = 0; line < sizeof(struct host_memo_place); line += 64)
		__builtin_prefetch(p + line);
}

void host_memo_clear(struct host_memo *m)
{
	large_free(m->place, PLACES * sizeof(*m->place));
	m->place = NULL;
}
