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

/* A right child that is still to come: where its parent looks for it, and how deep it is. */
struct awaited {
	__u32 at, depth;
};

/*
 * The sound nodes at..end are one tree of at most that depth, each of them met once and in the order of forest.h: so whoever
 * descends into both children comes to an end, and needs no more room than the depth says.
 */
static bool nodes_are_tree(const struct forest *f, __u32 at, __u32 end, __u32 depth_max)
{
	struct awaited awaited[FOREST_DEPTH_MAX];
	__u32 count = 0, depth = 0;

	for (; at < end; at++) {
		if (f->node[at].feature != FOREST_LEAF) {
			if (depth >= depth_max || count == FOREST_DEPTH_MAX)
				return false;
			awaited[count++] = (struct awaited){ .at = f->node[at].right, .depth = ++depth };
			continue;
		}
		if (!count)
			return at + 1 == end;
		if (awaited[--count].at != at + 1)
			return false;
		depth = awaited[count].depth;
	}
	return false;
}

bool forest_is_sound(const struct forest *f, __u32 classes, __u32 depth, char *why, size_t size)
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
		if (!nodes_are_tree(f, f->root[t], end, depth)) {
			snprintf(why, size, "damaged: nodes %u to %u, of tree %u, are not one tree of depth %u or less", f->root[t],
				 end, t, depth);
			return false;
		}
	}
	return true;
}
