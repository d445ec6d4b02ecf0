// SPDX-License-Identifier: BSD-2-Clause
/*
 * Models past the kernel's limits: walked as XGBoost means them, the same to the integer as tables where both are possible,
 * exported with all proofs, and read back only when sound.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>
#include <unistd.h>
#include <xgboost/c_api.h>
#include <zlib.h>
#include "commands.h"
#include "compile.h"
#include "contributions.h"
#include "feature_names.h"
#include "model_features.h"
#include "model_file.h"
#include "random_ensemble.h"
#include "rows_file.h"

#define LEARNED 3000 /* rows */

static char folder[64], saved[96], output[96], rows[32];

static int folder_make(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/forest_test.XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(saved, sizeof(saved), "%s/model.json", folder);
	snprintf(output, sizeof(output), "%s/model.hgm", folder);
	return 0;
}

static int folder_remove(void **state)
{
	(void)state;
	unlink(saved);
	unlink(output);
	return rmdir(folder);
}


/* Values of every size, and those at the thresholds of some questions and beside them. */
static void vector_make(struct random *r, const struct ensemble *e, struct features *x)
{
	*x = (struct features){ 0 };
	for (int i = 0; i < FEATURE_COUNT; i++)
		x->value[i] = random_next(r) % 10 ? random_value(r) : random_next(r) % 2 ? FEATURE_MAX : 0;
	for (int i = 0; i < 60; i++) {
		const struct tree *t = &e->tree[random_next(r) % e->tree_count];
		const struct tree_node *n = &t->node[random_next(r) % t->count];
		double value = ceil(n->value) + (int)(random_next(r) % 3) - 1;

		if (n->left != -1 && value >= 0 && value <= FEATURE_MAX)
			x->value[e->column_feature[n->feature]] = value;
	}
}

/* The model of an ensemble, as a forest whatever its size. */
static struct model *model_of_forest(const struct ensemble *e, const struct quantiser *q)
{
	struct model *m = calloc(1, sizeof(*m));

	m->kind = MODEL_FOREST;
	m->depth = 1;
	for (int t = 0; t < e->tree_count; t++)
		if ((__u32)e->tree[t].depth > m->depth)
			m->depth = e->tree[t].depth;
	m->class_count = e->class_count;
	m->tree_count = e->tree_count;
	m->scale_shift = q->shift;
	for (int c = 0; c < e->class_count; c++)
		m->base[c] = score_from_margin(e->base_margin[c], q->shift);
	m->forest = (unsigned long)forest_compile(e, q);
	assert_true(m->forest != 0);
	return m;
}

static void model_discard(struct model *m)
{
	forest_free((struct forest *)model_forest(m));
	free(m);
}

static void a_forest_is_walked_as_its_trees_are_meant(void **state)
{
	struct random r = { 41 };
	struct ensemble e = random_ensemble(&r, 700, 11, 0.45, 0.1);
	struct refusal why;
	struct quantiser q;
	struct model *m;

	(void)state;
	assert_true(ensemble_is_forest(&e));
	assert_int_equal(0, ensemble_check(&e, &why));
	assert_int_equal(0, quantiser_choose(&e, &q, &why));
	m = model_of_forest(&e, &q);
	for (int i = 0; i < 300; i++) {
		__s64 wanted = m->base[0];
		struct model_sums sums;
		struct features x;

		vector_make(&r, &e, &x);
		for (int t = 0; t < e.tree_count; t++)
			wanted += score_from_margin(tree_leaf(&e, &e.tree[t], &x), q.shift);
		assert_int_equal(wanted, model_ask(m, &x, &sums));
		assert_int_equal(wanted, model_decide(m, &x, &sums, 0));
		assert_int_equal(SCORE_EXACT, sums.score_is);
	}
	model_discard(m);
	ensemble_free(&e);
}

/* The very ensemble, both ways: scores, what is asked for, and what each feature did. */
static void a_forest_says_what_tables_say(void **state)
{
	struct random r = { 43 };
	struct ensemble e = random_ensemble(&r, 30, 6, 0.3, 1);
	struct model *table = calloc(1, sizeof(*table)), *forest;
	float *cover = calloc(MODEL_CELLS, sizeof(*cover));
	bool used[FEATURE_COUNT], used_too[FEATURE_COUNT];
	struct model_means means, means_too;
	struct refusal why;
	struct quantiser q;

	(void)state;
	for (int t = 0; t < e.tree_count; t++)
		for (int i = 0; i < e.tree[t].count; i++)
			e.tree[t].node[i].cover = random_next(&r) % 5;
	assert_int_equal(0, quantiser_choose(&e, &q, &why));
	model_compile(&e, &q, table, cover);
	assert_int_equal(MODEL_TREES, table->kind);
	forest = model_of_forest(&e, &q);
	model_features_used(table, used);
	model_features_used(forest, used_too);
	assert_memory_equal(used, used_too, sizeof(used));
	assert_int_equal(0, model_means_open(&means, table, cover));
	assert_int_equal(0, model_means_open(&means_too, forest, NULL));
	assert_true(means_too.weighted);
	for (int i = 0; i < 50; i++) {
		struct model_sums sums;
		struct features x;

		vector_make(&r, &e, &x);
		assert_int_equal(model_ask(table, &x, &sums), model_ask(forest, &x, &sums));
		for (int method = 0; method < CONTRIBUTION_METHODS; method++) {
			struct contributions c, c_too;

			contributions_of_score(&means, method, &x, &c);
			contributions_of_score(&means_too, method, &x, &c_too);
			assert_true(fabs(c.base - c_too.base) < 1e-9);
			for (int id = 0; id < FEATURE_COUNT; id++)
				assert_true(fabs(c.feature[id] - c_too.feature[id]) < 1e-9);
		}
	}
	model_means_close(&means);
	model_means_close(&means_too);
	free(cover);
	free(table);
	model_discard(forest);
	ensemble_free(&e);
}

/* By libxgboost, over rows of our own making. */
static void model_train(const char *objective, const char *classes, const char *depth, int rounds)
{
	static float value[LEARNED * FEATURES_FIRST_COUNT], label[LEARNED];
	struct random r = { 47 };
	DMatrixHandle lessons;
	BoosterHandle booster;

	for (int i = 0; i < LEARNED * FEATURES_FIRST_COUNT; i++)
		value[i] = random_value(&r);
	for (int i = 0; i < LEARNED; i++)
		label[i] = random_next(&r) % (classes ? 3 : 2);
	assert_int_equal(0, XGDMatrixCreateFromMat(value, LEARNED, FEATURES_FIRST_COUNT, NAN, &lessons));
	assert_int_equal(0, XGDMatrixSetFloatInfo(lessons, "label", label, LEARNED));
	assert_int_equal(0, XGBoosterCreate(&lessons, 1, &booster));
	XGBoosterSetParam(booster, "objective", objective);
	if (classes)
		XGBoosterSetParam(booster, "num_class", classes);
	XGBoosterSetParam(booster, "max_depth", depth);
	XGBoosterSetParam(booster, "min_child_weight", "0");
	XGBoosterSetParam(booster, "nthread", "1");
	for (int i = 0; i < rounds; i++)
		assert_int_equal(0, XGBoosterUpdateOneIter(booster, i, lessons));
	assert_int_equal(0, XGBoosterSaveModel(booster, saved));
	XGBoosterFree(booster);
	XGDMatrixFree(lessons);
}

static void rows_make(void)
{
	struct random r = { 59 };
	FILE *file = rows_file_create(rows);

	rows_file_header(file, "");
	for (int i = 0; i < 200; i++) {
		fprintf(file, "%d,1732150000.250000,192.0.2.1,40000,10.1.0.1,80,6,0,4", i);
		for (int f = 0; f < FEATURE_COUNT; f++)
			fprintf(file, ",%u", random_value(&r));
		fprintf(file, ",-12,pass,none,0badcafe\n");
	}
	fclose(file);
}

static void assert_exports(__u32 trees, __u32 depth)
{
	char *argv[] = { "hedgerow-export", "--model", saved, "--rows", rows, "--drop-at", "0", "--output", output, NULL };
	char *show[] = { "show", output, NULL };
	struct model *m = calloc(1, sizeof(*m));
	struct model_extras extras = { 0 };
	char reason[MODEL_FILE_WHY] = "";

	assert_int_equal(0, cmd_export(9, argv));
	if (model_file_read_extras(output, m, &extras, reason, sizeof(reason)))
		fail_msg("%s", reason);
	assert_int_equal(MODEL_FOREST, m->kind);
	assert_int_equal(trees, m->tree_count);
	assert_true(m->depth >= depth);
	assert_ptr_equal(extras.forest, model_forest(m));
	assert_non_null(strstr(extras.card, "\"not_run\": \"it has more or deeper trees than the kernel walks\""));
	assert_non_null(strstr(extras.card, "\"chosen\": \"forest\""));
	model_extras_free(&extras);
	assert_int_equal(0, model_file_read(output, m, NULL, reason, sizeof(reason)));
	assert_int_equal(0, m->forest); /* whoever takes no extras has no trees */
	assert_int_equal(0, cmd_show(2, show));
	free(m);
}

/* The exporter compares every row with libxgboost's margins and contributions, and refuses what differs. */
static void models_that_libxgboost_trains_are_exported_and_proven(void **state)
{
	(void)state;
	rows_make();
	model_train("binary:logistic", NULL, "13", 20);
	assert_exports(20, 9);
	model_train("binary:logistic", NULL, "2", 600);
	assert_exports(600, 2);
	model_train("multi:softprob", "3", "3", 180);
	assert_exports(540, 3);
	unlink(rows);
}

/* Sets 4 bytes, and the checksum right. */
static void file_patch(long at, __u32 v)
{
	static unsigned char data[1 << 22];
	FILE *f = fopen(output, "r+");
	__u32 zero = 0, crc;
	size_t n = fread(data, 1, sizeof(data), f);

	assert_true((size_t)at + 4 <= n && n < sizeof(data));
	memcpy(data + at, &v, 4);
	memcpy(data + 56, &zero, 4);
	crc = crc32(0, data, n);
	memcpy(data + 56, &crc, 4);
	rewind(f);
	assert_int_equal(n, fwrite(data, 1, n, f));
	fclose(f);
}

/* A walk must end, and ask for what there is: a checksum of somebody else's making cannot promise that. */
static void a_forest_that_is_not_sound_is_refused(void **state)
{
	struct random r = { 53 };
	struct ensemble e = random_ensemble(&r, 2, 8, 0.2, 1);
	struct refusal why;
	struct quantiser q;
	struct model *m, *read = calloc(1, sizeof(*read));
	struct model_extras none = { 0 };
	long tree, node;
	struct bad {
		long at;
		__u32 value;
		const char *words;
	} bad[10];
	int count = 0;
	__u32 nodes, second;

	(void)state;
	assert_int_equal(0, quantiser_choose(&e, &q, &why));
	m = model_of_forest(&e, &q);
	m->policy = (struct policy){ .log_at = 1, .drop_at = 2 };
	nodes = model_forest(m)->node_count;
	second = model_forest(m)->root[1];
	tree = 128 + 8 + 32; /* header, base, class */
	node = tree + 2 * 8;
	bad[count++] = (struct bad){ 8, 2, "kind of model 2" };
	bad[count++] = (struct bad){ 64, MODEL_TREES, "kind of model 0" };
	bad[count++] = (struct bad){ 80, 0, "nodes of trees 0" };
	bad[count++] = (struct bad){ 80, nodes + 1, "truncated" };
	bad[count++] = (struct bad){ tree, nodes, "of tree 0, are not one tree" };
	bad[count++] = (struct bad){ tree, 0, "tree 0 has nodes" };
	bad[count++] = (struct bad){ tree + 4, 1, "adds to class 1 of 1" };
	bad[count++] = (struct bad){ node, FEATURE_COUNT, "node 0 is none" };
	bad[count++] = (struct bad){ node + 8, second, "node 0 is none" }; /* into the next tree */
	bad[count++] = (struct bad){ node + 8, 0, "node 0 is none" };	    /* back to the root */
	for (int i = 0; i < count; i++) {
		char reason[MODEL_FILE_WHY] = "";

		assert_int_equal(0, model_file_write_extras(output, m, &none));
		assert_int_equal(0, model_file_read(output, read, NULL, reason, sizeof(reason)));
		file_patch(bad[i].at, bad[i].value);
		assert_true(model_file_read(output, read, NULL, reason, sizeof(reason)) < 0);
		if (!strstr(reason, bad[i].words))
			fail_msg("expected '%s' in: %s", bad[i].words, reason);
	}
	free(read);
	model_discard(m);
	ensemble_free(&e);
}

static char *sound_says(const struct forest *f, __u32 depth)
{
	static char reason[MODEL_FILE_WHY];

	*reason = 0;
	forest_is_sound(f, 1, depth, reason, sizeof(reason));
	return reason;
}

/* One tree that is a chain of so many questions: each goes on to the left, or each to the right. */
static struct forest *chain_make(__u32 questions, bool left)
{
	struct forest *f = forest_make(1, 2 * questions + 1);

	for (__u32 i = 0; i < f->node_count; i++)
		f->node[i].feature = FOREST_LEAF;
	for (__u32 i = 0; i < questions; i++)
		f->node[left ? i : 2 * i] = (struct forest_node){ .right = left ? 2 * questions - i : 2 * i + 2 };
	return f;
}

/* Both ways down are followed where a forest is explained: no node may be met twice, and none too deep. */
static void a_forest_whose_nodes_are_no_trees_is_refused(void **state)
{
	struct forest *f = chain_make(20, true);

	(void)state;
	assert_string_equal("", sound_says(f, 20));
	assert_non_null(strstr(sound_says(f, 19), "nodes 0 to 41, of tree 0, are not one tree of depth 19 or less"));
	for (__u32 i = 0; i < 20; i++) { /* every question but the last goes on to the next one and the one behind it */
		__u32 was = f->node[i].right;

		f->node[i].right = i + 2;
		assert_true(i == 19 ? !*sound_says(f, 20) : !!strstr(sound_says(f, 20), "not one tree"));
		f->node[i].right = was;
	}
	f->node[20].feature = 0; /* a leaf becomes a question */
	f->node[20].right = 22;
	assert_non_null(strstr(sound_says(f, FOREST_DEPTH_MAX), "not one tree"));
	forest_free(f);
	for (int left = 0; left < 2; left++) {
		f = chain_make(FOREST_DEPTH_MAX + 1, left);
		assert_non_null(strstr(sound_says(f, FOREST_DEPTH_MAX), "not one tree of depth 64 or less"));
		forest_free(f);
	}
	f = chain_make(FOREST_DEPTH_MAX, false);
	assert_string_equal("", sound_says(f, FOREST_DEPTH_MAX));
	for (__u32 i = 0; i + 2 < f->node_count; i++) /* each question's two ways meet again: what takes for ever */
		f->node[i] = (struct forest_node){ .right = i + 2 };
	f->node[f->node_count - 2].feature = FOREST_LEAF;
	assert_non_null(strstr(sound_says(f, FOREST_DEPTH_MAX), "not one tree"));
	forest_free(f);
	f = chain_make(0, true);
	assert_string_equal("", sound_says(f, 1)); /* a leaf alone */
	forest_free(f);
	f = forest_make(1, 2);
	f->node[0].feature = f->node[1].feature = FOREST_LEAF; /* the second is in no place */
	assert_non_null(strstr(sound_says(f, 1), "not one tree"));
	forest_free(f);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_make, folder_remove)
	const struct CMUnitTest tests[] = {
		TEST(a_forest_is_walked_as_its_trees_are_meant),
		TEST(a_forest_says_what_tables_say),
		TEST(models_that_libxgboost_trains_are_exported_and_proven),
		TEST(a_forest_that_is_not_sound_is_refused),
		TEST(a_forest_whose_nodes_are_no_trees_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
