/* SPDX-License-Identifier: BSD-2-Clause */
/* A forest in memory: made, checked, freed. Its part of a model file is model_format.c's. */
#ifndef FOREST_FILE_H
#define FOREST_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include "forest.h"
#include "model.h"

/* With room for so many trees and nodes, all zero; NULL: no memory. */
struct forest *forest_make(__u32 trees, __u32 nodes);
void forest_free(struct forest *f); /* accepts NULL */

/* The forest that a model's trees are in, which must still be there; NULL: they are in its tables. */
static inline const struct forest *model_forest(const struct model *m)
{
	return (const struct forest *)(unsigned long)m->forest;
}

/* Where a tree ends. */
static inline __u32 forest_tree_end(const struct forest *f, __u32 tree)
{
	return tree + 1 < f->tree_count ? f->root[tree + 1] : f->node_count;
}

/*
 * True when its trees are trees, none deeper than `depth`, and ask for features that there are: every walk, and every visit
 * of all nodes, then ends. Else one sentence in `why`.
 */
bool forest_is_sound(const struct forest *f, __u32 classes, __u32 depth, char *why, size_t why_size);

#endif
