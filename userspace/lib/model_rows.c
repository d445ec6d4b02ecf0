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
	__u32 leaf, leaf_count;
};

struct model_rows {
	__s64 base;
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

	*t = (struct tree){ .question = r->question_count, .leaf = r->leaf_count };
	if (!tree_add_below(r, t, m, number, 1))
		return false;
	if (t->leaf_count == 1) { /* asks nothing */
		r->base += r->leaf[t->leaf];
		return true;
	}
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

/* The leaves of a word, 32 of the tree's, that are left to each row. */
AVX2 static inline __attribute__((always_inline)) void leaves_rule_out(const struct question *q, __u32 count, int word,
								       const struct column *x, struct column *left)
{
	lanes a = ~(lanes){ 0 }, b = a;

	for (const struct question *end = q + count; q < end; q++) {
		lanes keep = (lanes){ 0 } + (__s32)q->keep[word], cut = (lanes){ 0 } + q->cut;
		const struct column *value = &x[q->feature];

		a &= (value->half[0] < cut) | keep;
		b &= (value->half[1] < cut) | keep;
	}
	left->half[0] = a;
	left->half[1] = b;
}

/* Adds to each row the leaf that is its own: the first that is left. */
AVX2 static void tree_score(const struct model_rows *r, const struct tree *t, const struct column *x, __s64 *sum)
{
	const struct question *q = &r->question[t->question];
	const __s32 *leaf = &r->leaf[t->leaf];
	union {
		struct column of;
		__u32 row[MODEL_ROWS];
	} low, high;

	leaves_rule_out(q, t->question_count, 0, x, &low.of);
	if (t->leaf_count <= 32) {
		for (int i = 0; i < MODEL_ROWS; i++)
			sum[i] += leaf[__builtin_ctz(low.row[i])];
		return;
	}
	leaves_rule_out(q, t->question_count, 1, x, &high.of);
	for (int i = 0; i < MODEL_ROWS; i++)
		sum[i] += leaf[__builtin_ctzll((__u64)high.row[i] << 32 | low.row[i])];
}

AVX2 void model_rows_score(const struct model_rows *r, const struct features *x, unsigned int count, __s64 *score)
{
	struct column value[FEATURE_SLOTS];
	__s64 sum[MODEL_ROWS];

	for (__u32 i = 0; i < r->feature_count; i++) {
		__u8 id = r->feature[i];

		for (unsigned int row = 0; row < MODEL_ROWS; row++)
			value[id].half[row / HALF][row % HALF] = x[row < count ? row : 0].value[id];
	}
	for (int row = 0; row < MODEL_ROWS; row++)
		sum[row] = r->base;
	for (__u32 tree = 0; tree < r->tree_count; tree++)
		tree_score(r, &r->tree[tree], value, sum);
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

void model_rows_score(const struct model_rows *r, const struct features *x, unsigned int count, __s64 *score)
{
	(void)r, (void)x, (void)count, (void)score;
}

#endif
