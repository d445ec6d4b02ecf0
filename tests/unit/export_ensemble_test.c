// SPDX-License-Identifier: BSD-2-Clause
/* What is read from a saved model, and each reason to refuse one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "compile.h"
#include "feature_names.h"

static struct refusal why;

/*
 * A model of two trees on the features ans and fpk: the first asks ans < 0.5, then fpk < 12.5; the second is a leaf.
 * Tests change one thing in its text.
 */
static const char good[] =
	"{'learner':{'attributes':{},'feature_names':['ans','fpk'],'feature_types':[],"
	"'gradient_booster':{'model':{'gbtree_model_param':{'num_parallel_tree':'1','num_trees':'2','size_leaf_vector':'0'},"
	"'tree_info':[0,0],'trees':["
	"{'left_children':[1,-1,3,-1,-1],'right_children':[2,-1,4,-1,-1],'split_indices':[0,0,1,0,0],"
	"'split_conditions':[5E-1,-1.5E0,1.25E1,2E0,2.5E-1],'split_type':[0,0,0,0,0],'sum_hessian':[5,2,3,1,2],"
	"'tree_param':{'size_leaf_vector':'0'}},"
	"{'left_children':[-1],'right_children':[-1],'split_indices':[0],'split_conditions':[1E-1],'split_type':[0],'sum_hessian':[5]}"
	"]},'name':'gbtree'},"
	"'learner_model_param':{'base_score':'5E-1','num_class':'0','num_feature':'2','num_target':'1'},"
	"'objective':{'name':'binary:logistic'}},'version':[1,7,4]}";

/* The good model with `from` replaced, read and checked. */
static int changed_read(const char *from, const char *to, struct ensemble *out)
{
	char text[4096];
	const char *at = strstr(good, from);
	json_t *json;
	int err;

	assert_non_null(at);
	snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - good), good, to, at + strlen(from));
	for (char *c = text; *c; c++)
		if (*c == '\'')
			*c = '"';
	json = json_loads(text, 0, NULL);
	assert_non_null(json);
	err = ensemble_read(json, out, &why);
	json_decref(json);
	if (!err) {
		err = ensemble_check(out, &why);
		if (err)
			ensemble_free(out);
	}
	return err;
}

static void assert_refused(const char *from, const char *to, const char *words)
{
	struct ensemble e = { 0 };

	if (!changed_read(from, to, &e))
		fail_msg("'%s' passed", to);
	assert_null(e.tree);
	if (!strstr(why.text, words))
		fail_msg("expected '%s' in: %s", words, why.text);
}

static void assert_base(const char *objective, const char *base_score, float margin)
{
	struct ensemble e;
	char from[] = "'learner_model_param':{'base_score':'5E-1','num_class':'0','num_feature':'2','num_target':'1'},"
		      "'objective':{'name':'binary:logistic'}";
	char to[256];

	snprintf(to, sizeof(to), "'learner_model_param':{'base_score':'%s','num_class':'0','num_feature':'2'},"
				 "'objective':{'name':'%s'}", base_score, objective);
	if (changed_read(from, to, &e))
		fail_msg("%s", why.text);
	assert_true(fabsf(e.base_margin[0] - margin) < 1e-5f);
	assert_int_equal(*base_score == '[', e.base_is_vector);
	ensemble_free(&e);
}

static void a_good_model_is_read(void **state)
{
	struct ensemble e;
	bool used[FEATURE_COUNT];

	(void)state;
	assert_int_equal(0, changed_read("", "", &e));
	assert_string_equal("binary:logistic", e.objective);
	assert_int_equal(2, e.tree_count);
	assert_int_equal(2, e.tree[0].depth);
	assert_int_equal(0, e.tree[1].depth);
	assert_int_equal(FEATURE_ans, e.column_feature[0]);
	assert_int_equal(FEATURE_fpk, e.column_feature[1]);
	assert_int_equal(1, e.tree[0].node[2].feature);
	assert_true(e.tree[0].node[3].value == 2 && e.tree[1].node[0].value == 0.1f);
	ensemble_features_used(&e, used);
	for (int i = 0; i < FEATURE_COUNT; i++)
		assert_int_equal(i == FEATURE_ans || i == FEATURE_fpk, used[i]);
	ensemble_free(&e);
}

static void base_scores_of_all_versions_are_read(void **state)
{
	(void)state;
	assert_base("binary:logistic", "5E-1", 0);
	assert_base("binary:logistic", "[5E-1]", 0);
	assert_base("binary:logistic", "2E-2", -3.8918203f);
	assert_base("binary:logistic", "[2E-2]", -3.8918203f);
	assert_base("reg:logistic", "9.9E-1", 4.5951199f);
	assert_base("binary:logitraw", "-1.6E0", -1.6f);
	assert_base("binary:logitraw", "[2.5E0]", 2.5f);
	assert_base("binary:hinge", "2E0", 2);
	assert_base("binary:hinge", "[-1E0]", -1);
}

static void unusable_base_scores_are_refused(void **state)
{
	static const char *const bad[] = { "0E0", "1E0", "1.5E0", "-1E-1", "NaN", "[5E-1,5E-1]", "[5E-1", "5E-1]", "[]", "" };
	char to[64];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		snprintf(to, sizeof(to), "'base_score':'%s'", bad[i]);
		assert_refused("'base_score':'5E-1'", to, "base_score '");
	}
}

static void models_of_other_kinds_are_refused_by_name(void **state)
{
	(void)state;
	assert_refused("binary:logistic", "reg:squarederror", "objective 'reg:squarederror'; supported are binary:logistic");
	assert_refused("binary:logistic", "count:poisson", "objective 'count:poisson'");
	assert_refused("binary:logistic", "survival:cox", "objective 'survival:cox'");
	assert_refused("binary:logistic", "rank:pairwise", "objective 'rank:pairwise'");
	assert_refused("binary:logistic", "multi:softprob", "0 classes; 2 to 16 are possible");
	assert_refused("'num_class':'0'", "'num_class':'5'", "5 classes with binary:logistic, which tells two apart");
	assert_refused("'num_target':'1'", "'num_target':'2'", "2 targets");
	assert_refused("'name':'gbtree'", "'name':'forest'", "booster 'forest'; supported are gbtree, dart and gblinear");
	assert_refused("'tree_param':{'size_leaf_vector':'0'}", "'tree_param':{'size_leaf_vector':'3'}",
		       "tree 0: leaves hold 3 values (multi_strategy=multi_output_tree)");
	assert_refused("'learner'", "'x'", "not a model that XGBoost saved");
}

static void unknown_features_are_refused_by_name(void **state)
{
	(void)state;
	assert_refused("['ans','fpk']", "['ans','flow_duration']", "feature 'flow_duration' (column 1)");
	assert_refused("['ans','fpk']", "['ans','ans']", "'ans' stands in columns 0 and 1");
	assert_refused("['ans','fpk']", "['ans']", "1 feature names for 2 columns");
	assert_refused("['ans','fpk']", "[]", "no feature names, and 2 columns");
	assert_refused("['ans','fpk']", "['f0','f1']", "no feature names, and 2 columns");
	assert_refused("'num_feature':'2'", "'num_feature':'0'", "num_feature is 0");
}

static void columns_without_names_are_ours_if_as_many(void **state)
{
	char whole[4096], unnamed[4096], *names, *count;
	struct ensemble e;

	(void)state;
	memcpy(whole, good, sizeof(good));
	names = strstr(whole, "['ans','fpk']");
	count = strstr(whole, "'num_feature':'2'");
	snprintf(unnamed, sizeof(unnamed), "%.*s[]%.*s'num_feature':'%d'%s", (int)(names - whole), whole,
		 (int)(count - names) - 13, names + 13, FEATURE_COUNT, count + 17);
	assert_int_equal(0, changed_read(good, unnamed, &e));
	assert_false(e.columns_named);
	assert_int_equal(FEATURE_COUNT, e.column_count);
	for (int i = 0; i < FEATURE_COUNT; i++)
		assert_int_equal(i, e.column_feature[i]);
	ensemble_free(&e);
}

static void categorical_splits_are_refused_where_they_are(void **state)
{
	(void)state;
	assert_refused("'split_type':[0,0,0,0,0]", "'split_type':[0,0,1,0,0]", "tree 0 node 2: a categorical split");
}

/* Whatever the default direction is: nothing is missing here, so every value goes the one way. */
static void splits_that_tell_only_missing_values_go_one_way(void **state)
{
	static const struct {
		const char *from, *to;
		int node;
		double sum; /* of both trees, for ans = 1, fpk = 0 */
	} row[] = {
		{ "[5E-1,", "[0E0,", 0, 2.1 },	  { "[5E-1,", "[-1E-1,", 0, 2.1 },
		{ "1.25E1,", "1.6777216E7,", 2, 2.1 }, { "1.25E1,", "0E0,", 2, 0.35 },
	};
	struct model *m = calloc(1, sizeof(*m));

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		struct features x = { .value[FEATURE_ans] = 1 };
		int tree = -1, node = -1;
		struct quantiser q;
		struct ensemble e;

		if (changed_read(row[i].from, row[i].to, &e))
			fail_msg("%s", why.text);
		assert_int_equal(1, ensemble_one_way_splits(&e, &tree, &node));
		assert_int_equal(0, tree);
		assert_int_equal(row[i].node, node);
		assert_int_equal(0, quantiser_choose(&e, &q, &why));
		memset(m, 0, sizeof(*m));
		model_compile(&e, &q, m, NULL);
		assert_true(fabs(margin_from_score(model_score(m, &x), q.shift) - row[i].sum) < 1e-6);
		ensemble_free(&e);
	}
	free(m);
}

/* A model of three classes out of the good one: its two trees add to the classes given. */
static int classes_read(const char *tree_info, const char *base_score, struct ensemble *out)
{
	char to[4096], *at;

	snprintf(to, sizeof(to), "%s", good);
	at = strstr(to, "'tree_info':[0,0]") + strlen("'tree_info':[");
	memcpy(at, tree_info, 3);
	at = strstr(to, "'learner_model_param'");
	snprintf(at, sizeof(to) - (at - to),
		 "'learner_model_param':{'base_score':'%s','num_class':'3','num_feature':'2'},"
		 "'objective':{'name':'multi:softprob'}},'version':[3,2,0]}", base_score);
	return changed_read(good, to, out);
}

static void classes_have_trees_and_bases_of_their_own(void **state)
{
	struct ensemble e;

	(void)state;
	assert_int_equal(0, classes_read("2,1", "[5E-1,-1E0,2E0]", &e));
	assert_int_equal(3, e.class_count);
	assert_true(e.base_margin[0] == 0.5f && e.base_margin[1] == -1 && e.base_margin[2] == 2);
	assert_int_equal(2, e.tree[0].class);
	assert_int_equal(1, e.tree[1].class);
	ensemble_free(&e);
	assert_int_equal(0, classes_read("0,0", "5E-1", &e));
	assert_true(e.base_margin[0] == 0.5f && e.base_margin[1] == 0.5f && e.base_margin[2] == 0.5f);
	ensemble_free(&e);
	assert_int_equal(-EINVAL, classes_read("0,3", "5E-1", &e));
	assert_non_null(strstr(why.text, "tree 1: its entry in tree_info is none of the 3 classes"));
	assert_int_equal(-EINVAL, classes_read("0,1", "[5E-1,5E-1]", &e));
	assert_non_null(strstr(why.text, "base_score '[5E-1,5E-1]'; one number is needed, or one for each class"));
}

static void dart_weighs_its_trees(void **state)
{
	char to[4096], *at;
	struct ensemble e;

	(void)state;
	snprintf(to, sizeof(to), "%s", good);
	at = strstr(to, "'gradient_booster':{") + strlen("'gradient_booster':{");
	memmove(at + strlen("'gbtree':{"), at, strlen(at) + 1);
	memcpy(at, "'gbtree':{", strlen("'gbtree':{"));
	at = strstr(to, "'name':'gbtree'},");
	snprintf(at, sizeof(to) - (at - to), "'name':'gbtree'},'name':'dart','weight_drop':[1E0,2.5E-1]},%s",
		 strstr(good, "'learner_model_param'"));
	if (changed_read(good, to, &e))
		fail_msg("%s", why.text);
	assert_int_equal(BOOSTER_DART, e.booster);
	assert_true(e.tree[0].weight == 1 && e.tree[1].weight == 0.25);
	assert_true(tree_leaf_margin(&e.tree[1], &e.tree[1].node[0]) == 0.25 * 0.1f);
	ensemble_free(&e);
	memcpy(strstr(strstr(to, "weight_drop"), ",2.5E-1]"), "       ]", 8);
	assert_int_equal(-EINVAL, changed_read(good, to, &e));
	assert_non_null(strstr(why.text, "weight_drop has 1 entries for 2 trees"));
}

static int linear_read(const char *weights, struct ensemble *out)
{
	char to[1024];

	snprintf(to, sizeof(to),
		 "{'learner':{'attributes':{},'feature_names':['ans','fpk'],'gradient_booster':{'model':{'weights':[%s]},"
		 "'name':'gblinear'},'learner_model_param':{'base_score':'5E-1','num_class':'0','num_feature':'2'},"
		 "'objective':{'name':'binary:logistic'}},'version':[2,1,4]}", weights);
	return changed_read(good, to, out);
}

static void weights_of_a_linear_model_are_read(void **state)
{
	bool used[FEATURE_COUNT];
	struct ensemble e;

	(void)state;
	assert_int_equal(0, linear_read("0E0,2.5E-1,-1E0", &e));
	assert_int_equal(BOOSTER_GBLINEAR, e.booster);
	assert_true(e.weight[1] == 0.25f && e.weight[2] == -1);
	ensemble_features_used(&e, used);
	assert_false(used[FEATURE_ans]);
	assert_true(used[FEATURE_fpk]);
	ensemble_free(&e);
	assert_int_equal(-EINVAL, linear_read("1E0,1E0", &e));
	assert_non_null(strstr(why.text, "2 weights for 2 columns and 1 class; 3 are needed"));
	assert_int_equal(-EINVAL, linear_read("1E0,null,1E0", &e));
	assert_non_null(strstr(why.text, "weight 1 is no finite number"));
}

static void numbers_that_are_none_are_refused(void **state)
{
	(void)state;
	assert_refused("[5E-1,", "[null,", "tree 0 node 0: its threshold is no finite number");
	assert_refused("2E0,", "1E300,", "tree 0 node 3: its leaf is no finite number");
	assert_refused("[5E-1,", "['5E-1',", "no finite number");
}

static void covers_are_numbers_for_every_node(void **state)
{
	struct ensemble e;

	(void)state;
	assert_refused("[5,2,3,1,2]", "[5,2,3]", "has 5 nodes but 3 entries in 'sum_hessian'");
	assert_refused("[5,2,3,1,2]", "[5,2,3,-1,4]", "tree 0 node 3: its sum_hessian is no");
	assert_refused("[5,2,3,1,2]", "[5,'x',3,1,2]", "tree 0 node 1: its sum_hessian is no");
	assert_refused("'sum_hessian':[5]", "'sum_nothing':[5]", "tree 1 has no 'sum_hessian'");
	assert_int_equal(0, changed_read("", "", &e));
	assert_true(e.tree[0].node[4].cover == 2);
	ensemble_free(&e);
}

/* libxgboost follows them; the goldens have them in every tree. */
static void parents_are_the_nodes_whose_children_they_are(void **state)
{
	static const char from[] = "'right_children':[2,-1,4,-1,-1]";
	static const struct {
		const char *parents, *words; /* NULL: it passes */
	} row[] = {
		{ "[2147483647,0,0,2,2]", NULL },
		{ "[-1,0,0,2,2]", NULL },
		{ "[2147483647,0,0,2,-5]", "tree 0 node 4: its entry in 'parents' is none of its 5 nodes" },
		{ "[2147483647,0,0,2,4128770]", "tree 0 node 4: its entry in 'parents' is none of its 5 nodes" },
		{ "[2147483647,0,0,2,5]", "tree 0 node 4: its entry in 'parents' is none of its 5 nodes" },
		{ "[2147483647,2147483647,0,2,2]", "tree 0 node 1: its entry in 'parents' is none of its 5 nodes" },
		{ "[2147483647,0,0,'2',2]", "tree 0 node 3: its entry in 'parents' is none of its 5 nodes" },
		{ "[2147483647,0,0,0,2]", "tree 0 node 3: is a child of node 2, and of node 0 in 'parents'" },
		{ "[0,0,0,2,2]", "tree 0 node 0: is the root, and 'parents' names a parent of it" },
		{ "[2147483647,0,0,2]", "has 5 nodes but 4 entries in 'parents'" },
		{ "5", "tree 0 has no 'parents'" },
	};
	char to[256];

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		struct ensemble e;

		snprintf(to, sizeof(to), "%s,'parents':%s", from, row[i].parents);
		if (row[i].words) {
			assert_refused(from, to, row[i].words);
			continue;
		}
		if (changed_read(from, to, &e))
			fail_msg("%s", why.text);
		ensemble_free(&e);
	}
}

/* Two of one id leave a place empty, which libxgboost asks for all the same. */
static void ids_of_trees_are_their_places(void **state)
{
	static const char from[] = "{'left_children':[-1]";
	struct ensemble e;

	(void)state;
	if (changed_read(from, "{'id':1,'left_children':[-1]", &e))
		fail_msg("%s", why.text);
	ensemble_free(&e);
	assert_refused(from, "{'id':0,'left_children':[-1]", "tree 1: its id is not 1, its place");
	assert_refused(from, "{'id':'1','left_children':[-1]", "tree 1: its id is not 1, its place");
}

/* A node that pruning left behind is nobody's child and names one of old; libxgboost looks there, too. */
static void parents_of_nodes_left_behind_are_nodes(void **state)
{
	static const char from[] = "'left_children':[1,-1,3,-1,-1],'right_children':[2,-1,4,-1,-1]",
			  pruned[] = "'left_children':[1,-1,-1,-1,-1],'right_children':[2,-1,-1,-1,-1]";
	struct ensemble e;
	char to[256];

	(void)state;
	snprintf(to, sizeof(to), "%s,'parents':[2147483647,0,0,2,2]", pruned);
	if (changed_read(from, to, &e))
		fail_msg("%s", why.text);
	ensemble_free(&e);
	snprintf(to, sizeof(to), "%s,'parents':[2147483647,0,0,2,2147483647]", pruned);
	assert_refused(from, to, "tree 0 node 4: its entry in 'parents' is none of its 5 nodes");
}

static void what_is_no_tree_is_refused(void **state)
{
	(void)state;
	assert_refused("'left_children':[1,-1,3,-1,-1]", "'left_children':[1,-1,5,-1,-1]", "node 2: its children");
	assert_refused("'left_children':[1,-1,3,-1,-1]", "'left_children':[1,-1,-1,-1,-1]", "node 2: its children");
	assert_refused("'left_children':[1,-1,3,-1,-1]", "'left_children':[1,-1,0,-1,-1]", "another parent");
	assert_refused("'left_children':[1,-1,3,-1,-1]", "'left_children':[1,-1,1,-1,-1]", "another parent");
	assert_refused("'left_children':[1,-1,3,-1,-1]", "'left_children':[1,-1,3,-1]", "4 nodes but 5 entries in 'right_children'");
	assert_refused("'split_indices':[0,0,1,0,0]", "'split_indices':[0,0,2,0,0]", "splits by column 2 of 2");
	assert_refused("'left_children':[1,-1,3,-1,-1],", "", "tree 0 has no 'left_children'");
	assert_refused("'num_trees':'2'", "'num_trees':'3'", "num_trees is '3', but there are 2");
}

/* A chain of splits: each left child splits again. */
static struct tree chain(int depth)
{
	struct tree t = { .count = 2 * depth + 1, .depth = depth };

	t.node = calloc(t.count, sizeof(*t.node));
	for (int i = 0; i < t.count; i++)
		t.node[i] = i % 2 || i == t.count - 1
				    ? (struct tree_node){ .left = -1, .right = -1, .reached = true }
				    : (struct tree_node){ .left = i + 2, .right = i + 1, .reached = true, .value = 5 };
	return t;
}

static void too_deep_is_refused_with_the_limit(void **state)
{
	int feature[1] = { 0 };

	(void)state;
	for (int depth = FOREST_DEPTH_MAX; depth <= (int)FOREST_DEPTH_MAX + 1; depth++) {
		struct tree trees[2] = { chain(1), chain(depth) };
		struct ensemble e = { .column_count = 1, .column_feature = feature, .tree_count = 2, .tree = trees, .class_count = 1 };

		assert_int_equal(depth > (int)FOREST_DEPTH_MAX ? -EINVAL : 0, ensemble_check(&e, &why));
		free(trees[0].node);
		free(trees[1].node);
	}
	assert_non_null(strstr(why.text, "tree 1 has depth 65, at most 64 is possible"));
}

static void too_many_trees_are_refused_with_the_limit(void **state)
{
	struct tree *trees = calloc(FOREST_TREES_MAX + 1, sizeof(*trees));
	struct ensemble e = { .tree_count = FOREST_TREES_MAX, .tree = trees, .class_count = 1 };

	(void)state;
	assert_int_equal(0, ensemble_check(&e, &why));
	e.tree_count++;
	assert_int_equal(-EINVAL, ensemble_check(&e, &why));
	assert_non_null(strstr(why.text, "16385 trees, at most 16384 are possible"));
	free(trees);
}

static void trees_past_the_kernel_s_limits_are_a_forest(void **state)
{
	struct tree *trees = calloc(MODEL_TREES_MAX + 1, sizeof(*trees));
	struct ensemble e = { .tree_count = MODEL_TREES_MAX, .tree = trees, .class_count = 1 };

	(void)state;
	assert_false(ensemble_is_forest(&e));
	e.tree_count++;
	assert_true(ensemble_is_forest(&e));
	e.tree_count = MODEL_TREES_MAX;
	e.class_count = 2;
	for (int t = 0; t < 3; t++)
		trees[t].class = 1; /* fills up a group of its own: 520 */
	assert_true(ensemble_is_forest(&e));
	e.tree_count = 2;
	trees[1].depth = MODEL_DEPTH_MAX;
	assert_false(ensemble_is_forest(&e));
	trees[1].depth++;
	assert_true(ensemble_is_forest(&e));
	free(trees);
}

/* Pruning leaves nodes behind that no parent points to: whatever they hold, they are no part of the tree. */
static void unreached_nodes_do_not_count(void **state)
{
	struct ensemble e;
	bool used[FEATURE_COUNT];

	(void)state;
	assert_int_equal(0, changed_read("'left_children':[1,-1,3,-1,-1],'right_children':[2,-1,4,-1,-1]",
					 "'left_children':[-1,-1,3,-1,-1],'right_children':[-1,-1,4,-1,-1]", &e));
	assert_int_equal(0, e.tree[0].depth);
	ensemble_features_used(&e, used);
	assert_false(used[FEATURE_fpk]);
	ensemble_free(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_model_is_read),
		cmocka_unit_test(base_scores_of_all_versions_are_read),
		cmocka_unit_test(unusable_base_scores_are_refused),
		cmocka_unit_test(models_of_other_kinds_are_refused_by_name),
		cmocka_unit_test(unknown_features_are_refused_by_name),
		cmocka_unit_test(columns_without_names_are_ours_if_as_many),
		cmocka_unit_test(categorical_splits_are_refused_where_they_are),
		cmocka_unit_test(splits_that_tell_only_missing_values_go_one_way),
		cmocka_unit_test(classes_have_trees_and_bases_of_their_own),
		cmocka_unit_test(dart_weighs_its_trees),
		cmocka_unit_test(weights_of_a_linear_model_are_read),
		cmocka_unit_test(numbers_that_are_none_are_refused),
		cmocka_unit_test(covers_are_numbers_for_every_node),
		cmocka_unit_test(parents_are_the_nodes_whose_children_they_are),
		cmocka_unit_test(ids_of_trees_are_their_places),
		cmocka_unit_test(parents_of_nodes_left_behind_are_nodes),
		cmocka_unit_test(what_is_no_tree_is_refused),
		cmocka_unit_test(too_deep_is_refused_with_the_limit),
		cmocka_unit_test(too_many_trees_are_refused_with_the_limit),
		cmocka_unit_test(trees_past_the_kernel_s_limits_are_a_forest),
		cmocka_unit_test(unreached_nodes_do_not_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
