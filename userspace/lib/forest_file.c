// SPDX-License-Identifier: BSD-2-Clause
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "forest_file.h"

struct forest *forest_make(__u32 trees, __u32 nodes)
{
	struct forest *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->tree_count = trees;
	f->node_count = nodes;
	f->root = calloc(trees + 1, sizeof(*f->root));
	f->class = calloc(trees + 1, sizeof(*f->class));
	f->node = calloc(nodes + 1, sizeof(*f->node));
	if (f->root && f->class && f->node)
		return f;
	forest_free(f);
	return NULL;
}

void forest_free(struct forest *f)
{
	if (!f)
		return;
	free(f->root);
	free(f->class);
	free(f->node);
	free(f);
}

/* Children lie behind their parent and within the tree, so every step comes nearer to the tree's end. */
static bool node_is_sound(const struct forest *f, __u32 at, __u32 end)
{
	const struct forest_node *n = &f->node[at];

	if (n->feature == FOREST_LEAF)
		return isfinite(n->cover) && n->cover >= 0;
	return n->feature < FEATURE_COUNT && n->cut <= FEATURE_MAX + 1 && n->right > at + 1 && n->right < end;
}

bool forest_is_sound(const struct forest *f, __u32 classes, char *why, size_t size)
{
	for (__u32 t = 0; t < f->tree_count; t++) {
		__u32 end = forest_tree_end(f, t);

		if (f->class[t] >= classes || f->root[t] >= end || end > f->node_count || (!t && f->root[0])) {
			snprintf(why, size, "damaged: tree %u has nodes %u to %u of %u, and adds to class %u of %u", t, f->root[t],
				 end, f->node_count, f->class[t], classes);
			return false;
		}
		for (__u32 at = f->root[t]; at < end; at++)
			if (!node_is_sound(f, at, end)) {
				snprintf(why, size, "damaged: tree %u, node %u is none: feature %u, cut %u, right %u, cover %g", t, at,
					 f->node[at].feature, f->node[at].cut, f->node[at].right, (double)f->node[at].cover);
				return false;
			}
	}
	return true;
}
