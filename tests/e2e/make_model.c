// SPDX-License-Identifier: BSD-2-Clause
/*
 * make_model FILE FEATURE CUT: writes a model of one stump for the tests. Flows whose FEATURE is CUT or more are to be
 * dropped, the others pass. With `kind` and 0 that is every flow.
 */
#include <stdio.h>
#include <stdlib.h>
#include "feature_names.h"
#include "model_file.h"

#define ONE (1 << 16)

int main(int argc, char **argv)
{
	struct model *m = calloc(1, sizeof(*m));
	int feature = argc == 4 ? feature_find(argv[2]) : -1;

	if (!m || feature < 0) {
		fprintf(stderr, "usage: make_model FILE FEATURE CUT\n");
		return 2;
	}
	m->depth = m->tree_count = m->group_count = m->class_count = 1;
	m->scale_shift = 16;
	m->policy = (struct policy){ .log_at = 0, .drop_at = ONE / 2 };
	for (__u32 lane = 0; lane < MODEL_LANES; lane++)
		m->node[model_cell(1, lane, 1)].cut = MODEL_CUT_NEVER;
	m->node[model_cell(1, 0, 1)] = (struct model_node){ .cut = strtoul(argv[3], NULL, 10), .feature = feature };
	m->leaf[0] = ONE;	       /* at the cut or above it */
	m->leaf[MODEL_LANES] = -ONE; /* below */
	if (model_file_write(argv[1], m, "{\"made_by\":\"make_model\"}")) {
		perror(argv[1]);
		return 1;
	}
	printf("%08x\n", m->id);
	free(m);
	return 0;
}
