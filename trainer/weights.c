// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include "intern.h"
#include "weights.h"

/* The group of every flow of the part, and how many flows each group has. */
struct groups {
	uint32_t *of_flow;
	uint32_t *flows;
};

static int groups_find(struct groups *g, const struct flow_table *t, enum part part)
{
	struct intern groups = { .key_size = 2 * sizeof(uint32_t) };
	int err = 0;

	g->of_flow = calloc(t->count + 1, sizeof(*g->of_flow));
	g->flows = calloc(t->count + 1, sizeof(*g->flows));
	if (!g->of_flow || !g->flows)
		err = -ENOMEM;
	for (size_t i = 0; i < t->count && !err; i++) {
		const struct flow_entry *e = &t->flow[i];

		if (e->part != part)
			continue;
		err = intern_add(&groups, (uint32_t[]){ e->kind, e->file }, &g->of_flow[i]);
		if (!err)
			g->flows[g->of_flow[i]]++;
	}
	intern_free(&groups);
	return err;
}

static void weights_set(float *weight, const struct dataset *d, const struct flow_table *t, const struct groups *g,
			enum part part)
{
	double class_sum[LABEL_COUNT] = { 0 };
	size_t rows = 0;

	for (size_t row = 0; row < d->rows; row++) {
		const struct flow_entry *e = &t->flow[d->flow[row]];
		double group_flows = g->flows[g->of_flow[d->flow[row]]];

		weight[row] = 0;
		if (e->part != part)
			continue;
		weight[row] = 1 / sqrt(group_flows) / e->rows;
		class_sum[d->label[row]] += weight[row];
		rows++;
	}
	for (size_t row = 0; row < d->rows; row++)
		if (t->flow[d->flow[row]].part == part)
			weight[row] *= rows / 2.0 / class_sum[d->label[row]];
}

int weights_from_flows(float *weight, const struct dataset *data, const struct flow_table *table, enum part part)
{
	struct groups g = { 0 };
	int err = groups_find(&g, table, part);

	if (!err)
		weights_set(weight, data, table, &g, part);
	free(g.of_flow);
	free(g.flows);
	return err;
}
