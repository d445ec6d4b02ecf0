// SPDX-License-Identifier: BSD-2-Clause
/*
 * What goes together is a unit: a source with all its flows, or a single flow. The kinds with fewest units are dealt
 * out first, each unit to the part that lacks its kind most (Sechidis and others, "On the stratification of
 * multi-label data", 2011): a source usually has flows of several kinds.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include "split.h"

#define KINDS_MAX 64 /* bits of a mask; kinds from the 64th on are spread as if they were one */

struct unit {
	uint64_t kinds;
	uint32_t order;
	uint8_t part; /* PART_COUNT: not dealt out yet */
};

struct deal {
	struct unit *unit;
	size_t count;
	size_t left[KINDS_MAX];		       /* units not dealt out yet, by kind */
	double want[KINDS_MAX][PART_COUNT]; /* units that the part still wants, by kind */
};

static uint64_t random_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ull; /* splitmix64 */

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

static void units_shuffle(struct deal *d, uint64_t seed)
{
	for (size_t i = 0; i < d->count; i++)
		d->unit[i].order = i;
	for (size_t i = d->count; i > 1; i--) {
		size_t j = random_next(&seed) % i;
		uint32_t swap = d->unit[i - 1].order;

		d->unit[i - 1].order = d->unit[j].order;
		d->unit[j].order = swap;
	}
}

/* Every part gets one of three units or more; of two, train and test; a single one is learnt from. */
static void want_set(double want[PART_COUNT], size_t units, const double share[PART_COUNT])
{
	double least = units >= 3, validation = units * share[PART_VALIDATION], test = units * share[PART_TEST];

	want[PART_VALIDATION] = units < 3 ? 0 : validation < least ? least : validation;
	want[PART_TEST] = units < 3 ? units == 2 : test < least ? least : test;
	want[PART_TRAIN] = units - want[PART_VALIDATION] - want[PART_TEST];
}

static void wants_set(struct deal *d, const double share[PART_COUNT])
{
	for (size_t i = 0; i < d->count; i++)
		for (int k = 0; k < KINDS_MAX; k++)
			d->left[k] += d->unit[i].kinds >> k & 1;
	for (int k = 0; k < KINDS_MAX; k++)
		want_set(d->want[k], d->left[k], share);
}

/* The part that wants this kind most; between equals, the one that wants the unit's other kinds most. */
static enum part part_choose(const struct deal *d, const struct unit *u, int kind)
{
	double others[PART_COUNT] = { 0 };
	enum part best = PART_TRAIN;

	for (int k = 0; k < KINDS_MAX; k++)
		for (int p = 0; p < PART_COUNT && u->kinds >> k & 1; p++)
			others[p] += d->want[k][p];
	for (int p = PART_VALIDATION; p < PART_COUNT; p++)
		if (d->want[kind][p] > d->want[kind][best] ||
		    (d->want[kind][p] == d->want[kind][best] && others[p] > others[best]))
			best = p;
	return best;
}

static void unit_deal(struct deal *d, struct unit *u, int kind)
{
	u->part = part_choose(d, u, kind);
	for (int k = 0; k < KINDS_MAX; k++)
		if (u->kinds >> k & 1) {
			d->want[k][u->part]--;
			d->left[k]--;
		}
}

static int kind_rarest(const struct deal *d)
{
	int rarest = -1;

	for (int k = 0; k < KINDS_MAX; k++)
		if (d->left[k] && (rarest < 0 || d->left[k] < d->left[rarest]))
			rarest = k;
	return rarest;
}

static void units_deal(struct deal *d)
{
	for (int kind = kind_rarest(d); kind >= 0; kind = kind_rarest(d))
		for (size_t i = 0; i < d->count; i++) {
			struct unit *u = &d->unit[d->unit[i].order];

			if (u->part == PART_COUNT && u->kinds >> kind & 1)
				unit_deal(d, u, kind);
		}
}

/* Units are the sources, and behind them the flows. */
static size_t unit_of_flow(const struct flow_table *t, size_t flow, size_t source_count, const bool *by_flow)
{
	return by_flow[t->flow[flow].label] ? source_count + flow : t->flow[flow].source;
}

static int split_once(struct flow_table *t, size_t source_count, const struct split_options *o)
{
	struct deal d = { .count = source_count + t->count };

	d.unit = calloc(d.count + 1, sizeof(*d.unit));
	if (!d.unit)
		return -ENOMEM;
	for (size_t i = 0; i < d.count; i++)
		d.unit[i].part = PART_COUNT;
	for (size_t i = 0; i < t->count; i++) {
		uint32_t kind = t->flow[i].kind;

		d.unit[unit_of_flow(t, i, source_count, o->by_flow)].kinds |=
			1ull << (kind < KINDS_MAX ? kind : KINDS_MAX - 1);
	}
	units_shuffle(&d, o->seed);
	wants_set(&d, o->share);
	units_deal(&d);
	for (size_t i = 0; i < t->count; i++)
		t->flow[i].part = d.unit[unit_of_flow(t, i, source_count, o->by_flow)].part;
	free(d.unit);
	return flow_parts_count(t);
}

static bool class_is_everywhere(const struct flow_table *t, enum label label)
{
	size_t flows[PART_COUNT] = { 0 };

	for (size_t k = 0; k < t->kind_count; k++)
		for (int p = 0; p < PART_COUNT && t->kind[k].label == label; p++)
			flows[p] += t->kind[k].part_flows[p];
	return flows[PART_TRAIN] && flows[PART_VALIDATION] && flows[PART_TEST];
}

static size_t class_flows(const struct flow_table *t, enum label label)
{
	size_t flows = 0;

	for (size_t k = 0; k < t->kind_count; k++)
		flows += t->kind[k].label == label ? t->kind[k].flows : 0;
	return flows;
}

int flows_split(struct flow_table *t, size_t source_count, struct split_options *o, char *why, size_t why_size)
{
	for (;;) {
		int err = split_once(t, source_count, o);
		bool again = false;

		if (err)
			return err;
		for (int label = LABEL_BENIGN; label < LABEL_COUNT; label++) {
			if (class_is_everywhere(t, label))
				continue;
			if (o->by_flow[label]) {
				snprintf(why, why_size, "%zu %s flows are too few to learn, stop and test with: %s",
					 class_flows(t, label), label_names[label],
					 "label more, at least 3 of a kind");
				return -ENODATA;
			}
			o->by_flow[label] = again = true;
		}
		if (!again)
			return 0;
	}
}
