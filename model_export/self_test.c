// SPDX-License-Identifier: BSD-2-Clause
#include "forest_file.h"
#include "model_features.h"
#include "self_test.h"

/* xorshift64* (Vigna 2016) */
static __u32 random_next(__u64 *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dull >> 32;
}

static void row_take(const struct dataset *data, size_t row, int features, struct features *x)
{
	for (int i = 0; i < features; i++)
		x->value[i] = (__u32)dataset_row(data, row)[i];
}

static void cut_place(__u32 feature, __u32 cut, __u64 *state, struct features *x)
{
	__u32 value = cut + random_next(state) % 3 - 1;

	if (cut <= FEATURE_MAX && value <= FEATURE_MAX && feature < FEATURE_COUNT)
		x->value[feature] = value;
}

/* Puts one of its cuts, or a value beside it, into a vector. */
static void cut_take(const struct model *m, __u64 *state, struct features *x)
{
	const struct forest *f = model_forest(m);

	if (f) {
		const struct forest_node *n = &f->node[random_next(state) % f->node_count];

		cut_place(n->feature, n->cut, state, x);
	} else {
		__u32 tree = random_next(state) % m->tree_count, at = 1 + random_next(state) % ((1u << m->depth) - 1);
		const struct model_node *n = &m->node[model_cell(m->depth, tree, at)];

		cut_place(n->feature, n->cut, state, x);
	}
}

static void edges_take(const struct model *m, __u64 *state, int features, struct features *x)
{
	for (int i = 0; i < features; i++)
		if (random_next(state) % 8 == 0)
			x->value[i] = random_next(state) % 2 ? FEATURE_MAX : 0;
	for (int i = 0; m->tree_count && i < 2 * features; i++)
		cut_take(m, state, x);
}

/* Half of them are rows as they are, the others rows with values at the edges. The last two are the extremes. */
void self_test_fill(const struct model *m, const struct dataset *data, struct model_test *test)
{
	__u64 state = 0x9e3779b97f4a7c15ull;
	int features = model_features_bound(m); /* what the file holds of a vector */

	for (int t = 0; t < SELF_TEST_VECTORS; t++) {
		struct model_sums sums;

		test[t] = (struct model_test){ 0 };
		if (t < SELF_TEST_VECTORS - 2)
			row_take(data, data->rows * t / SELF_TEST_VECTORS, features, &test[t].x);
		if (t % 2 && t < SELF_TEST_VECTORS - 2)
			edges_take(m, &state, features, &test[t].x);
		for (int i = 0; t == SELF_TEST_VECTORS - 1 && i < features; i++)
			test[t].x.value[i] = FEATURE_MAX;
		test[t].score = model_ask(m, &test[t].x, &sums);
		test[t].class = sums.class;
	}
}
