// SPDX-License-Identifier: BSD-2-Clause
/*
 * Writes a model file out of plain rules, so that a test knows what will be condemned:
 *
 *     model_make FILE 'fpk>=4' 's_ports_short>=8' 'd_unans_short>=50:60'
 *
 * Each rule is a tree of one node that adds its weight, 100 unless given. From 50 on a flow is logged, from 100 dropped.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "feature_names.h"
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
	m->group_count = tree / MODEL_LANES + 1;
	m->node[model_cell(1, tree, 1)] = (struct model_node){ .cut = cut, .feature = feature };
	m->leaf[model_cell(1, tree, 0)] = weight; /* the children of 1 are 3 (below the cut) and 2 */
	return 0;
}

int main(int argc, char **argv)
{
	struct model *m = calloc(1, sizeof(*m));

	m->depth = m->class_count = 1;
	m->policy = (struct policy){ .log_at = 50, .drop_at = 100 };
	for (int i = 2; i < argc; i++) {
		if (rule_add(m, argv[i])) {
			fprintf(stderr, "model_make: '%s' is no rule such as fpk>=4 or fpk>=4:60\n", argv[i]);
			return 2;
		}
	}
	for (unsigned int t = m->tree_count; t < m->group_count * MODEL_LANES; t++)
		m->node[model_cell(1, t, 1)] = (struct model_node){ .cut = MODEL_CUT_NEVER };
	if (argc < 3 || model_file_write(argv[1], m, "{\"made\": \"by hand, for a test\"}")) {
		fprintf(stderr, "model_make: no model written\n");
		return 2;
	}
	printf("%08x\n", m->id);
	return 0;
}
