/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Trees past the limits of the kernel's tables: as many as there are and as deep as they grew, node by node. Their walk
 * branches, so only user space has it; it stands here because a score is worked out in one place.
 */
#ifndef FOREST_H
#define FOREST_H

#ifndef __bpf__

#include "feature_vector.h"

#define FOREST_TREES_MAX 16384u
#define FOREST_DEPTH_MAX 64u
#define FOREST_NODES_MAX (1u << 20)

#define FOREST_LEAF 0xffffffffu /* in place of a feature: the node is a leaf */

/* In the order in which they are met from the root down, left before right: the left child is the next node. */
struct forest_node {
	__u32 feature;
	__u32 cut;   /* left when value < cut */
	__u32 right; /* the right child, as an index into all nodes */
	__s32 leaf;  /* what a leaf adds */
	float cover; /* of a leaf: the weight of the training rows that came to it */
};

struct forest {
	__u32 tree_count, node_count;
	__u32 *root;	 /* [tree_count], ascending; a tree ends where the next one begins */
	__u32 *class;	 /* [tree_count]: that the tree adds to */
	struct forest_node *node;
};

static inline const struct forest_node *forest_leaf(const struct forest *f, __u32 tree, const struct features *x)
{
	const struct forest_node *n = &f->node[f->root[tree]];

	while (n->feature != FOREST_LEAF)
		n = x->value[n->feature] < n->cut ? n + 1 : &f->node[n->right];
	return n;
}

/* Adds what each tree says to the sum of its class. */
static inline void forest_add(const struct forest *f, const struct features *x, __s64 *sum)
{
	for (__u32 t = 0; t < f->tree_count; t++)
		sum[f->class[t]] += forest_leaf(f, t, x)->leaf;
}

#endif
#endif
