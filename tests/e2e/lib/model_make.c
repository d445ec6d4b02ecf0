// SPDX-License-Identifier: BSD-2-Clause
/*
 * Writes a model file out of plain rules, so that a test knows what will be condemned:
 *
 *     model_make FILE 'fpk>=4' 's_ports_short>=8' 'd_unans_short>=50:60'
 *
 * Each rule is a tree of one node that adds its weight, 100 unless given. From 50 on a flow is logged, from 100 dropped.
 *
 *     model_make FILE --classes 'kind>=0' 's_ports_short>=8' ...
 *
 * A class for each rule, named class1, class2, ..., beside the honest class0; the last one is only logged.
 *
 *     model_make FILE --source-flows 4 's_half_long>=4'
 *
 * Only what came of so many other flows of a source is evidence against it; without, everything is.
 *
 *     model_make FILE --forest 'fpk>=4'
 *
 * As a model that is past what the kernel walks has its trees.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "feature_names.h"
#include "forest_file.h"
#include "model_file.h"

static int rule_add(struct model *m, const char *text)
{
	char name[64];
	unsigned int cut, tree = m->tree_count++;
	int weight = 100, feature = -1;

	if (sscanf(text, "%63[a-z0-9_]>=%u:%d", name, &cut, &weight) >= 2)
		feature = feature_find(name);
	if (feature < 0)
		return -1;
	if (m->class_count > 1) { /* a group for each class */
		tree *= MODEL_LANES;
		m->group_class[tree / MODEL_LANES] = m->tree_count;
	}
	m->group_count = tree / MODEL_LANES + 1;
	m->node[model_cell(1, tree, 1)] = (struct model_node){ .cut = cut, .feature = feature };
	m->leaf[model_cell(1, tree, 0)] = weight; /* the children of 1 are 3 (below the cut) and 2 */
	return 0;
}

static void classes_add(struct model *m, int attacks)
{
	m->class_count = attacks + 1 < MODEL_CLASSES_MAX ? attacks + 1 : MODEL_CLASSES_MAX;
	for (__u32 c = 0; c < m->class_count; c++) {
		snprintf(m->class_name[c], MODEL_CLASS_NAME, "class%u", c);
		m->class_role[c] = !c ? CLASS_HONEST : c + 1 < m->class_count ? CLASS_ATTACK : CLASS_SUSPECT;
	}
}

/* Takes the rules out of the tables. */
static void forest_take(struct model *m)
{
	struct forest *f = forest_make(m->tree_count, 3 * m->tree_count);

	for (__u32 t = 0; t < m->tree_count; t++) {
		const struct model_node *n = &m->node[model_cell(1, t, 1)];

		f->root[t] = 3 * t;
		f->node[3 * t] = (struct forest_node){ .feature = n->feature, .cut = n->cut, .right = 3 * t + 2 };
		f->node[3 * t + 1] = (struct forest_node){ .feature = FOREST_LEAF, .cover = 9 };
		f->node[3 * t + 2] = (struct forest_node){ .feature = FOREST_LEAF, .cover = 1,
							   .leaf = m->leaf[model_cell(1, t, 0)] };
	}
	m->kind = MODEL_FOREST;
	m->forest = (unsigned long)f;
	m->group_count = 0;
}

int main(int argc, char **argv)
{
	struct model *m = calloc(1, sizeof(*m));
	int first = 2, is_forest = argc > 2 && !strcmp(argv[2], "--forest");

	first += is_forest;
	m->depth = m->class_count = 1;
	m->policy = (struct policy){ .log_at = 50, .drop_at = 100 };
	if (argc > first + 1 && !strcmp(argv[first], "--source-flows")) {
		m->policy.source_flows = atoi(argv[first + 1]);
		first += 2;
	}
	if (argc > first && !strcmp(argv[first], "--classes"))
		classes_add(m, argc - ++first);
	for (int i = first; i < argc; i++) {
		if (rule_add(m, argv[i])) {
			fprintf(stderr, "model_make: '%s' is no rule such as fpk>=4 or fpk>=4:60\n", argv[i]);
			return 2;
		}
	}
	if (is_forest)
		forest_take(m);
	for (unsigned int t = 0; t < m->group_count * MODEL_LANES; t++)
		if (!m->node[model_cell(1, t, 1)].cut && !m->leaf[model_cell(1, t, 0)])
			m->node[model_cell(1, t, 1)] = (struct model_node){ .cut = MODEL_CUT_NEVER };
	if (argc < 3 || model_file_write(argv[1], m, "{\"made\": \"by hand, for a test\"}")) {
		fprintf(stderr, "model_make: no model written\n");
		return 2;
	}
	printf("%08x\n", m->id);
	return 0;
}
