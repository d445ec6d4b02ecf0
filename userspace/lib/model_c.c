// SPDX-License-Identifier: BSD-2-Clause
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include "feature_names.h"
#include "model_c.h"
#include "model_features.h"
#include "model_file.h"
#include "names.h"

static void indent(FILE *out, int level)
{
	for (int i = 0; i < level; i++)
		fputc('\t', out);
}

static void head_write(FILE *out, const struct model *m)
{
	fprintf(out, "/*\n * Model %08x for features %016" PRIx64 ", written by hedgerow-export --emit c, to be read.\n", m->id,
		feature_schema_of(model_features_bound(m)));
	if (m->kind == MODEL_LINEAR)
		fprintf(out, " * A weight for each feature");
	else
		fprintf(out, " * %u trees of depth %u", m->tree_count, m->depth);
	fprintf(out, "; scores are margins times 2^%u. Values are integers from 0 to %u.\n */\n#include <stdint.h>\n\n",
		m->scale_shift, FEATURE_MAX);
}

static void features_write(FILE *out)
{
	fprintf(out, "enum feature {\n");
	for (int i = 0; i < FEATURE_COUNT; i++)
		fprintf(out, "\tFEATURE_%s, /* %s; %s */\n", feature_name(i), feature_doc(i), feature_unit(i));
	fprintf(out, "\tFEATURE_COUNT\n};\n\n");
}

static void policy_write(FILE *out, const struct model *m)
{
	fprintf(out, "enum { LOG_AT = %d, DROP_AT = %d }; /* scores from which on a verdict is earned */\n\n", m->policy.log_at,
		m->policy.drop_at);
}

/* Each tree is called once, and left to itself a compiler makes a call of it: a tenth slower, or more. */
static void inline_write(FILE *out)
{
	fprintf(out, "#ifdef __GNUC__\n#define INLINE static inline __attribute__((always_inline))\n#else\n"
		     "#define INLINE static inline\n#endif\n\n");
}

static void leaf_write(FILE *out, const struct model *m, __u32 tree, __u32 leaf, int level)
{
	__s32 value = m->leaf[model_cell(m->depth, tree, leaf)];

	indent(out, level);
	fprintf(out, "return %d; /* %.6g */\n", value, ldexp(value, -(int)m->scale_shift));
}

/* What fills a tree up to the model's depth is left out. */
static __u32 question_find(const struct model *m, __u32 tree, __u32 at)
{
	while (at < 1u << m->depth && m->node[model_cell(m->depth, tree, at)].cut == MODEL_CUT_NEVER)
		at = 2 * at + 1;
	return at;
}

static void subtree_write(FILE *out, const struct model *m, __u32 tree, __u32 at, int level)
{
	const struct model_node *n;

	at = question_find(m, tree, at);
	if (at >= 1u << m->depth) {
		leaf_write(out, m, tree, at - (1u << m->depth), level);
		return;
	}
	n = &m->node[model_cell(m->depth, tree, at)];
	indent(out, level);
	fprintf(out, "if (x[FEATURE_%s] < %uu) {\n", feature_name(n->feature), n->cut);
	subtree_write(out, m, tree, 2 * at + 1, level + 1);
	indent(out, level);
	fprintf(out, "} else {\n");
	subtree_write(out, m, tree, 2 * at, level + 1);
	indent(out, level);
	fprintf(out, "}\n");
}

static void tree_write(FILE *out, const struct model *m, __u32 tree)
{
	fprintf(out, "INLINE int32_t tree_%u(const uint32_t *x)\n{\n", tree);
	if (question_find(m, tree, 1) >= 1u << m->depth)
		fprintf(out, "\t(void)x;\n");
	subtree_write(out, m, tree, 1, 1);
	fprintf(out, "}\n\n");
}

/* True for the trees that only fill a group. */
static int tree_is_empty(const struct model *m, __u32 tree)
{
	__u32 at = question_find(m, tree, 1);

	return at >= 1u << m->depth && !m->leaf[model_cell(m->depth, tree, at - (1u << m->depth))];
}

/* Names come from files of others, and must not end the comment that they stand in. */
static void class_name_write(FILE *out, const char *name)
{
	for (__u32 i = 0; i < MODEL_CLASS_NAME && name[i]; i++)
		fputc(strchr(MODEL_CLASS_NAME_LETTERS, name[i]) ? name[i] : '_', out);
}

static void sum_write(FILE *out, const struct model *m, __u32 class)
{
	if (m->class_count > 1) {
		fprintf(out, "/* ");
		class_name_write(out, m->class_name[class]);
		fprintf(out, ", whose flows %s */\n",
			m->class_role[class] == CLASS_HONEST  ? "pass" :
			m->class_role[class] == CLASS_SUSPECT ? "are logged" : "may be dropped");
	}
	fprintf(out, "static inline int64_t sum_%u(const uint32_t *x)\n{\n\tint64_t sum = INT64_C(%lld);\n\n", class,
		(long long)m->base[class]);
	for (__u32 tree = 0; tree < m->group_count * MODEL_LANES; tree++)
		if (m->group_class[tree / MODEL_LANES] == class && !tree_is_empty(m, tree))
			fprintf(out, "\tsum += tree_%u(x);\n", tree);
	for (int i = 0; m->kind == MODEL_LINEAR && i < FEATURE_COUNT; i++)
		if (m->weight[class * FEATURE_SLOTS + i])
			fprintf(out, "\tsum += INT64_C(%lld) * (int64_t)x[FEATURE_%s];\n",
				(long long)m->weight[class * FEATURE_SLOTS + i], feature_name(i));
	fprintf(out, "\t(void)x;\n\treturn sum;\n}\n\n");
}

/* Sums of linear models have more bits than scores, and end at the limits of 32 bits. */
static void cut_write(FILE *out, const struct model *m)
{
	fprintf(out, "static inline int64_t score_from_sum(int64_t sum)\n{\n\tint64_t score = sum >> %u;\n\n"
		     "\treturn score > %d ? %d : score < -%d ? -%d : score;\n}\n\n",
		m->extra_shift, MODEL_SCORE_MAX, MODEL_SCORE_MAX, MODEL_SCORE_MAX, MODEL_SCORE_MAX);
}

static void score_of_one_write(FILE *out, const struct model *m)
{
	if (m->kind == MODEL_LINEAR) {
		cut_write(out, m);
		fprintf(out, "int64_t score(const uint32_t *x)\n{\n\treturn score_from_sum(sum_0(x));\n}\n");
	} else {
		fprintf(out, "int64_t score(const uint32_t *x)\n{\n\treturn sum_0(x);\n}\n");
	}
}

/* Of equally strong classes the first counts. */
static void score_of_classes_write(FILE *out, const struct model *m)
{
	cut_write(out, m);
	fprintf(out, "/* The strongest class that may not pass, by how much it leads the strongest that may. */\n"
		     "static int64_t lead(const uint32_t *x, uint32_t *class)\n{\n"
		     "\tint64_t honest = INT64_MIN / 2, other = INT64_MIN / 2, sum;\n\n");
	for (__u32 c = 0; c < m->class_count; c++) {
		fprintf(out, "\tsum = sum_%u(x); /* ", c);
		class_name_write(out, m->class_name[c]);
		fprintf(out, " */\n");
		if (m->class_role[c] == CLASS_HONEST)
			fprintf(out, "\tif (sum > honest)\n\t\thonest = sum;\n");
		else
			fprintf(out, "\tif (sum > other) {\n\t\tother = sum;\n\t\t*class = %u;\n\t}\n", c);
	}
	fprintf(out, "\treturn score_from_sum(other - honest);\n}\n\n"
		     "int64_t score(const uint32_t *x)\n{\n\tuint32_t class = 0;\n\n\treturn lead(x, &class);\n}\n\n"
		     "uint32_t class_of_score(const uint32_t *x)\n{\n\tuint32_t class = 0;\n\n\tlead(x, &class);\n"
		     "\treturn class;\n}\n");
}

void model_c_write(FILE *out, const struct model *m)
{
	head_write(out, m);
	features_write(out);
	policy_write(out, m);
	inline_write(out);
	for (__u32 tree = 0; tree < m->group_count * MODEL_LANES; tree++)
		if (!tree_is_empty(m, tree))
			tree_write(out, m, tree);
	for (__u32 c = 0; c < m->class_count; c++)
		sum_write(out, m, c);
	if (m->class_count > 1)
		score_of_classes_write(out, m);
	else
		score_of_one_write(out, m);
}
