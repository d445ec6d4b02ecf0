// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <linux/bpf.h>
#include "intern.h"
#include "tables.h"
#include "tally.h"

#define DESTS 65536 /* destinations whose attacks are watched at once */

struct tally_flow {
	__u64 first_ns; /* of the record: another flow of the same key has another */
	__u64 packets, dropped, first_drop_packet, first_drop_ns;
	__u64 dropped_question, retry_ns; /* of the first drop; when it passed */
	__u32 cell;
	__u8 in_flood;
	__u8 dropped_first, dropped_late; /* packet 1, one from the fourth on */
	__u8 dropped_for_good;		  /* by a verdict that holds */
	__u8 is_retried;
};

struct tally_dest {
	__u32 epoch; /* of `now`; `before` is of the one before */
	__u32 now, before;
};

struct cell_key {
	const char *capture, *attack;
	__u64 label;
};

struct tally {
	struct table flows, dests;
	struct intern index;
	struct tally_cell *cell;
	size_t room;
	bool once; /* the present packet's verdict is of this packet alone */
	int err;
};

static void flow_ends(void *context, const void *key, void *value)
{
	struct tally *t = context;
	struct tally_flow *f = value;
	struct tally_cell *c = &t->cell[f->cell];

	(void)key;
	c->flows++;
	c->packets += f->packets;
	c->packets_dropped += f->dropped;
	c->flood_flows += f->in_flood;
	if (!f->dropped)
		return;
	c->condemned++;
	c->first_only += !f->dropped_for_good;
	if (!f->dropped_for_good && f->is_retried)
		histogram_add(&c->retry_us, (f->retry_ns - f->first_drop_ns) / 1000);
	histogram_add(&c->verdict_packet, f->first_drop_packet);
	histogram_add(&c->verdict_us, (f->first_drop_ns - f->first_ns) / 1000);
	if (f->in_flood) {
		c->flood_condemned++;
		c->flood_first += f->dropped_first;
		c->flood_late += f->dropped_late;
	}
}

struct tally *tally_open(uint32_t flows)
{
	struct tally *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->flows = (struct table){ .type = BPF_MAP_TYPE_LRU_HASH, .key_size = sizeof(struct flow_key),
				   .value_size = sizeof(struct tally_flow), .entries = flows, .farewell = flow_ends,
				   .context = t };
	t->dests = (struct table){ .type = BPF_MAP_TYPE_LRU_HASH, .key_size = sizeof(struct host_key),
				   .value_size = sizeof(struct tally_dest), .entries = DESTS };
	t->index.key_size = sizeof(struct cell_key);
	if (!table_open(&t->flows) && !table_open(&t->dests))
		return t;
	tally_close(t);
	return NULL;
}

void tally_close(struct tally *t)
{
	if (!t)
		return;
	table_close(&t->flows);
	table_close(&t->dests);
	intern_free(&t->index);
	free(t->cell);
	free(t);
}

/* The number of the cell; 0 and t->err when memory is short. */
static __u32 cell_find(struct tally *t, const char *capture, struct flow_label label)
{
	struct cell_key key = { capture, label.attack, label.label };
	uint32_t at = 0;

	if (intern_add(&t->index, &key, &at))
		t->err = -ENOMEM;
	if (at == t->room) {
		size_t room = t->room ? 2 * t->room : 64;
		struct tally_cell *more = reallocarray(t->cell, room, sizeof(*more));

		if (!more) {
			t->err = -ENOMEM;
			return 0;
		}
		memset(more + t->room, 0, (room - t->room) * sizeof(*more));
		t->cell = more;
		t->room = room;
	}
	t->cell[at].capture = capture;
	t->cell[at].attack = label.attack;
	t->cell[at].label = label.label;
	return at;
}

/* Notes that a flow to this destination begins. Returns true when it is under attack. */
static bool dest_is_attacked(struct tally *t, const __be32 *addr, bool malicious, __u64 now_ns)
{
	struct tally_dest first = { 0 }, *d;
	__u32 epoch = host_epoch(HOST_SHORT, now_ns);
	struct host_key key;

	memcpy(key.addr, addr, sizeof(key.addr));
	d = table_lookup(&t->dests, &key);
	if (!d) {
		if (!malicious)
			return false;
		table_update(&t->dests, &key, &first, BPF_ANY);
		d = table_lookup(&t->dests, &key);
	}
	if (d->epoch != epoch) {
		d->before = epoch - d->epoch == 1 ? d->now : 0;
		d->now = 0;
		d->epoch = epoch;
	}
	d->now += malicious;
	return d->now + d->before >= TALLY_FLOOD_FLOWS;
}

void tally_snapshot(struct tally *t, const struct snapshot *s, const char *capture, struct flow_label label)
{
	const struct flow *flow = &s->record.flow;
	const struct flow_key *key = &s->record.key;
	struct tally_flow *f = table_lookup(&t->flows, key), first = { .first_ns = flow->first_ns };

	t->once = s->verdict == VERDICT_DROP_ONCE;
	if ((f && f->first_ns == flow->first_ns) || t->err)
		return;
	first.cell = cell_find(t, capture, label);
	if (t->err)
		return;
	first.in_flood = dest_is_attacked(t, key->addr[!(flow->initiator & 1)], label.label == LABEL_MALICIOUS,
					  flow->first_ns);
	if (f)
		flow_ends(t, key, f);
	table_update(&t->flows, key, &first, BPF_ANY);
}

/* A packet that passes: the first that asks again what was dropped? */
static void retry_note(struct tally_flow *f, __u64 question, __u64 now_ns)
{
	if (!f->dropped || f->is_retried || question != f->dropped_question)
		return;
	f->is_retried = true;
	f->retry_ns = now_ns;
}

void tally_packet(struct tally *t, const struct flow_key *key, __u64 question, bool dropped, __u64 now_ns)
{
	struct tally_flow *f = table_lookup(&t->flows, key);
	bool once = t->once;

	t->once = false;
	if (!f)
		return;
	f->packets++;
	if (!dropped) {
		retry_note(f, question, now_ns);
		return;
	}
	if (!f->dropped++) {
		f->first_drop_packet = f->packets;
		f->first_drop_ns = now_ns;
		f->dropped_question = question;
	}
	f->dropped_first |= f->packets == 1;
	f->dropped_for_good |= !once;
	f->dropped_late |= f->packets >= 4;
}

int tally_settle(struct tally *t)
{
	if (!t->err) /* else a flow may have no cell */
		table_clear(&t->flows);
	table_clear(&t->dests);
	return t->err;
}

const struct tally_cell *tally_cells(const struct tally *t, size_t *count)
{
	*count = t->index.count;
	return t->cell;
}
