// SPDX-License-Identifier: BSD-2-Clause
#include <stdbool.h>
#include <stdlib.h>
#include "model_rows.h"

#ifdef __x86_64__

#define LEAVES 64 /* of a tree, at most: a bit each */
#define QUESTIONS (LEAVES - 1)

/* A value that is not below the cut rules out the leaves on that side. */
struct question {
	__s32 cut;
	__u32 feature;
	__u32 keep[2]; /* the others, of the leaves 0 to 31 and of the rest */
};

struct tree {
	__u32 question, question_count; /* its first, and how many */
	__u32 leaf;
	__u16 leaf_count, group;
};

struct model_rows {
	__s64 base;
	const struct model *model; /* it knows what the trees behind a group can still add */
	__u32 tree_count, question_count, leaf_count;
	__u32 feature_count;
	__u8 feature[FEATURE_SLOTS]; /* that are asked for */
	struct tree tree[MODEL_TREES_MAX];
	__s32 *leaf;
	struct question *question;
};

/* --- made of a model ---------------------------------------------------------- */

static bool room_make(struct model_rows *r, const struct model *m)
{
	size_t trees = (size_t)m->group_count * MODEL_LANES;

	r->leaf = calloc(trees, LEAVES * sizeof(*r->leaf));
	r->question = calloc(trees, QUESTIONS * sizeof(*r->question));
	return r->leaf && r->question;
}

static void question_add(struct model_rows *r, struct tree *t, const struct model_node *n, __u32 from, __u32 to)
{
	__u64 keep = ~((1ull << to) - (1ull << from)); /* to < 64: there are leaves behind it */

	r->question[t->question + t->question_count++] = (struct question){
		.cut = n->cut,
		.feature = n->feature & (FEATURE_SLOTS - 1),
		.keep = { keep, keep >> 32 },
	};
}

/*
 * Numbers the leaves below `at` that a row can reach, those of values below the cut first. Returns false when they are
 * too many.
 */
static bool tree_add_below(struct model_rows *r, struct tree *t, const struct model *m, __u32 number, __u32 at)
{
	const struct model_node *n = &m->node[model_cell(m->depth, number, at)];
	__u32 from = t->leaf_count;

	if (at >> m->depth) {
		if (t->leaf_count == LEAVES)
			return false;
		r->leaf[t->leaf + t->leaf_count++] = m->leaf[model_cell(m->depth, number, at - (1u << m->depth))];
		return true;
	}
	if (!tree_add_below(r, t, m, number, 2 * at + 1))
		return false;
	if (n->cut > FEATURE_MAX) /* every value is below it */
		return true;
	if (t->leaf_count == LEAVES)
		return false;
	question_add(r, t, n, from, t->leaf_count);
	return tree_add_below(r, t, m, number, 2 * at);
}

static bool tree_add(struct model_rows *r, const struct model *m, __u32 number)
{
	struct tree *t = &r->tree[r->tree_count];

	*t = (struct tree){ .question = r->question_count, .leaf = r->leaf_count, .group = number / MODEL_LANES };
	if (!tree_add_below(r, t, m, number, 1))
		return false;
	r->question_count += t->question_count;
	r->leaf_count += t->leaf_count;
	r->tree_count++;
	return true;
}

static void features_find(struct model_rows *r)
{
	bool used[FEATURE_SLOTS] = { false };

	for (__u32 i = 0; i < r->question_count; i++)
		used[r->question[i].feature] = true;
	for (__u32 id = 0; id < FEATURE_SLOTS; id++)
		if (used[id])
			r->feature[r->feature_count++] = id;
}

static bool model_is_of_kind(const struct model *m)
{
	return m->class_count == 1 && m->kind == MODEL_TREES && m->depth >= 1 && m->depth <= MODEL_DEPTH_MAX &&
	       m->group_count <= MODEL_GROUPS_MAX && __builtin_cpu_supports("avx2");
}

struct model_rows *model_rows_make(const struct model *m)
{
	struct model_rows *r = model_is_of_kind(m) ? calloc(1, sizeof(*r)) : NULL;
	bool fits;

	if (!r)
		return NULL;
	r->model = m;
	r->base = m->base[0];
	fits = room_make(r, m);
	for (__u32 number = 0; fits && number < m->group_count * MODEL_LANES; number++)
		fits = tree_add(r, m, number);
	if (!fits) {
		model_rows_free(r);
		return NULL;
	}
	features_find(r);
	return r;
}

void model_rows_free(struct model_rows *r)
{
	if (!r)
		return;
	free(r->leaf);
	free(r->question);
	free(r);
}

/* --- asked -------------------------------------------------------------------- */

#define AVX2 __attribute__((target("avx2")))
#define HALF (MODEL_ROWS / 2)

typedef __s32 lanes __attribute__((vector_size(HALF * sizeof(__s32))));

/* The rows' values of one feature. */
struct column {
	lanes half[2];
};

/* What is left to each row of the leaves 0 to 31, and of the rest. */
struct leaves {
	struct column word[2];
};

AVX2 static inline __attribute__((always_inline)) lanes lanes_all(__s32 value)
{
	return (lanes){ 0 } + value;
}

/* Of a tree of no more than 32 leaves, `words` is 1. */
AVX2 static inline __attribute__((always_inline)) void leaves_rule_out(const struct question *q, __u32 count, int words,
								       const struct column *x, struct leaves *left)
{
	lanes a = lanes_all(-1), b = a, c = a, d = a;

	for (const struct question *end = q + count; q < end; q++) {
		const struct column *value = &x[q->feature];
		lanes cut = lanes_all(q->cut), keep = lanes_all(q->keep[0]);
		lanes below = value->half[0] < cut, below_too = value->half[1] < cut;

		a &= below | keep;
		b &= below_too | keep;
		if (words == 1)
			continue;
		keep = lanes_all(q->keep[1]);
		c &= below | keep;
		d &= below_too | keep;
	}
	left->word[0] = (struct column){ { a, b } };
	left->word[1] = (struct column){ { c, d } };
}

/* Adds to each row the leaf that is its own: the first that is left. */
AVX2 static void tree_score(const struct model_rows *r, const struct tree *t, const struct column *x, __s64 *sum)
{
	const struct question *q = &r->question[t->question];
	const __s32 *leaf = &r->leaf[t->leaf];
	union {
		struct leaves of;
		__u32 row[2][MODEL_ROWS];
	} left;

	if (t->leaf_count <= 32) {
		leaves_rule_out(q, t->question_count, 1, x, &left.of);
		for (int i = 0; i < MODEL_ROWS; i++)
			sum[i] += leaf[__builtin_ctz(left.row[0][i])];
	} else {
		leaves_rule_out(q, t->question_count, 2, x, &left.of);
		for (int i = 0; i < MODEL_ROWS; i++)
			sum[i] += leaf[__builtin_ctzll((__u64)left.row[1][i] << 32 | left.row[0][i])];
	}
}

/* The rows' values, feature by feature; rows that are not there are as the first. */
AVX2 static void columns_fill(const struct model_rows *r, const struct features *x, unsigned int count, struct column *out)
{
	for (__u32 i = 0; i < r->feature_count; i++) {
		__u8 id = r->feature[i];

		for (unsigned int row = 0; row < MODEL_ROWS; row++)
			out[id].half[row / HALF][row % HALF] = x[row < count ? row : 0].value[id];
	}
}

/* True when no tree behind the group brings any row to `enough`: all sums are then the most that they can become. */
static bool rows_are_decided(const struct model *m, __u32 group, __s64 enough, __s64 *sum)
{
	__s64 rest = m->rest_high[model_rest(0, group)], most = sum[0];

	for (int row = 1; row < MODEL_ROWS; row++)
		most = sum[row] > most ? sum[row] : most;
	if (most + rest >= enough)
		return false;
	for (int row = 0; row < MODEL_ROWS; row++)
		sum[row] += rest;
	return true;
}

AVX2 void model_rows_score(const struct model_rows *r, const struct features *x, unsigned int count, __s64 enough,
			   __s64 *score)
{
	struct column value[FEATURE_SLOTS];
	__s64 sum[MODEL_ROWS];

	columns_fill(r, x, count, value);
	for (int row = 0; row < MODEL_ROWS; row++)
		sum[row] = r->base;
	for (const struct tree *t = r->tree, *end = t + r->tree_count; t < end; t++) {
		tree_score(r, t, value, sum);
		if (r->model->bounded && t + 1 < end && t[1].group != t->group &&
		    rows_are_decided(r->model, t->group, enough, sum))
			break;
	}
	for (unsigned int row = 0; row < count; row++)
		score[row] = sum[row];
}

#else /* another processor: the trees are walked */

struct model_rows *model_rows_make(const struct model *m)
{
	(void)m;
	return NULL;
}

void model_rows_free(struct model_rows *r)
{
	(void)r;
}

void model_rows_score(const struct model_rows *r, const struct features *x, unsigned int count, __s64 enough,
		      __s64 *score)
{
	(void)r, (void)x, (void)count, (void)enough, (void)score;
}

#endif
