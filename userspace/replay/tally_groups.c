// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "tally_groups.h"

static void cell_add(struct tally_cell *sum, const struct tally_cell *c)
{
	sum->flows += c->flows;
	sum->packets += c->packets;
	sum->condemned += c->condemned;
	sum->first_only += c->first_only;
	sum->packets_dropped += c->packets_dropped;
	sum->flood_flows += c->flood_flows;
	sum->flood_first += c->flood_first;
	sum->flood_condemned += c->flood_condemned;
	sum->flood_late += c->flood_late;
	histogram_merge(&sum->retry_us, &c->retry_us);
	histogram_merge(&sum->verdict_packet, &c->verdict_packet);
	histogram_merge(&sum->verdict_us, &c->verdict_us);
}

static struct group *group_find(struct groups *g, const char *name)
{
	struct group *more;

	for (size_t i = g->count; i-- > 0;)
		if (!strcmp(g->group[i].name, name))
			return &g->group[i];
	more = reallocarray(g->group, g->count + 1, sizeof(*more));
	if (!more)
		return NULL;
	g->group = more;
	more[g->count] = (struct group){ .name = name };
	return &more[g->count++];
}

/* Where the shares of this capture are, -ENOMEM when there is no room for them. */
static long capture_find(struct group *g, const char *capture)
{
	const char **names;
	struct share *shares;

	for (size_t i = g->captures; i-- > 0;)
		if (!strcmp(g->capture[i], capture))
			return i;
	names = reallocarray(g->capture, g->captures + 1, sizeof(*names));
	g->capture = names ? names : g->capture;
	shares = reallocarray(g->condemned, g->captures + 1, sizeof(*shares));
	g->condemned = shares ? shares : g->condemned;
	if (!names || !shares)
		return -ENOMEM;
	shares = reallocarray(g->flood, g->captures + 1, sizeof(*shares));
	if (!shares)
		return -ENOMEM;
	g->flood = shares;
	g->capture[g->captures] = capture;
	g->condemned[g->captures] = g->flood[g->captures] = (struct share){ 0 };
	return g->captures++;
}

static int group_add(struct group *g, const struct tally_cell *c)
{
	long at = capture_find(g, c->capture);

	if (at < 0)
		return at;
	cell_add(&g->sum, c);
	g->condemned[at].part += c->condemned;
	g->condemned[at].whole += c->flows;
	g->flood[at].part += c->flood_condemned;
	g->flood[at].whole += c->flood_flows;
	return 0;
}

static int group_compare(const void *a, const void *b)
{
	return strcmp(((const struct group *)a)->name, ((const struct group *)b)->name);
}

int groups_make(struct groups *out, const struct tally *t, enum label label, enum group_by by)
{
	size_t count;
	const struct tally_cell *c = tally_cells(t, &count);
	int err = 0;

	*out = (struct groups){ 0 };
	for (; count && !err; count--, c++) {
		struct group *g;

		if (c->label != label || !c->flows)
			continue;
		g = group_find(out, by == GROUP_BY_ATTACK ? c->attack : by == GROUP_BY_CAPTURE ? c->capture : "all");
		err = g ? group_add(g, c) : -ENOMEM;
	}
	if (out->count)
		qsort(out->group, out->count, sizeof(*out->group), group_compare);
	return err;
}

void groups_free(struct groups *g)
{
	for (size_t i = 0; i < g->count; i++) {
		free(g->group[i].condemned);
		free(g->group[i].flood);
		free(g->group[i].capture);
	}
	free(g->group);
	*g = (struct groups){ 0 };
}
