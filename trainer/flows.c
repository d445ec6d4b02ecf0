// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "flows.h"
#include "intern.h"

const char *const part_names[PART_COUNT] = {
	[PART_TRAIN] = "train",
	[PART_VALIDATION] = "validation",
	[PART_TEST] = "test",
};

/* A flow is called what its first row of the class that decides is called. */
static void entry_add(struct flow_entry *e, uint32_t *attack, const struct dataset *d, size_t row)
{
	if (!e->rows || d->label[row] > e->label) {
		e->label = d->label[row];
		*attack = d->attack[row];
	}
	e->source = d->source[row];
	e->file = d->file[row];
	e->labels_seen |= 1 << d->label[row];
	e->rows++;
}

static int kinds_find(struct flow_table *t, const struct dataset *d, const uint32_t *attack)
{
	struct intern kinds = { .key_size = 2 * sizeof(uint32_t) };
	int err = 0;

	for (size_t i = 0; i < t->count && !err; i++)
		err = intern_add(&kinds, (uint32_t[]){ t->flow[i].label, attack[i] }, &t->flow[i].kind);
	t->kind = err ? NULL : calloc(kinds.count + 1, sizeof(*t->kind));
	t->kind_count = t->kind ? kinds.count : 0;
	for (size_t k = 0; k < t->kind_count; k++) {
		const uint32_t *key = (const uint32_t *)(kinds.keys + k * kinds.key_size);

		t->kind[k].label = key[0];
		t->kind[k].attack = d->attack_name[key[1]];
	}
	intern_free(&kinds);
	return t->kind ? 0 : -ENOMEM;
}

#define ANY UINT32_MAX

/* Counts a source once: adds one if no flow with this key was seen before. */
static int source_count(struct intern *seen, uint32_t kind, uint32_t part, uint32_t source, size_t *count)
{
	size_t before = seen->count;
	uint32_t index;
	int err = intern_add(seen, (uint32_t[]){ kind, part, source }, &index);

	*count += seen->count - before;
	return err;
}

int flow_parts_count(struct flow_table *t)
{
	struct intern seen = { .key_size = 3 * sizeof(uint32_t) };
	int err = 0;

	for (int p = 0; p < PART_COUNT; p++)
		t->part_rows[p] = t->part_flows[p] = t->part_sources[p] = 0;
	for (size_t k = 0; k < t->kind_count; k++)
		t->kind[k] = (struct traffic_kind){ .label = t->kind[k].label, .attack = t->kind[k].attack };
	for (size_t i = 0; i < t->count && !err; i++) {
		const struct flow_entry *e = &t->flow[i];
		struct traffic_kind *k = &t->kind[e->kind];

		t->part_rows[e->part] += e->rows;
		t->part_flows[e->part]++;
		k->flows++;
		k->part_flows[e->part]++;
		err = err ? err : source_count(&seen, ANY, e->part, e->source, &t->part_sources[e->part]);
		err = err ? err : source_count(&seen, e->kind, ANY, e->source, &k->sources);
		err = err ? err : source_count(&seen, e->kind, e->part, e->source, &k->part_sources[e->part]);
	}
	intern_free(&seen);
	return err;
}

int flows_from_dataset(struct flow_table *out, const struct dataset *data)
{
	struct flow_table t = { .count = data->flow_count };
	uint32_t *attack = calloc(t.count + 1, sizeof(*attack));
	int err = -ENOMEM;

	t.flow = calloc(t.count + 1, sizeof(*t.flow));
	if (!t.flow || !attack)
		goto out;
	for (size_t row = 0; row < data->rows; row++)
		entry_add(&t.flow[data->flow[row]], &attack[data->flow[row]], data, row);
	for (size_t i = 0; i < t.count; i++)
		t.mixed += (t.flow[i].labels_seen & (t.flow[i].labels_seen - 1)) != 0;
	err = kinds_find(&t, data, attack);
	err = err ? err : flow_parts_count(&t);
out:
	free(attack);
	if (err)
		flows_free(&t);
	else
		*out = t;
	return err;
}

void flows_free(struct flow_table *t)
{
	free(t->flow);
	free(t->kind);
	*t = (struct flow_table){ 0 };
}

const char *traffic_kind_print(const struct traffic_kind *kind, char *text, size_t size)
{
	snprintf(text, size, "%s%s%s", label_names[kind->label], *kind->attack ? " " : "", kind->attack);
	return text;
}
