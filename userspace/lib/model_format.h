/* SPDX-License-Identifier: BSD-2-Clause */
/* The bytes of a model file: where everything lies, and what of it is believed. docs/model-file.md */
#ifndef MODEL_FORMAT_H
#define MODEL_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include "model_file.h"

struct bytes {
	unsigned char *data;
	size_t size;
};

/* Offsets of the parts behind the header, each padded with zeros to 8 bytes, and of the end. */
struct model_layout {
	size_t card, base, group_class, node, leaf, class, weight, test, cover, tree, forest_node, end;
	__u32 card_bytes, cells, weights, tests;
	__u32 trees, nodes; /* of a forest, else 0 */
	__u32 covers; /* cells or 0 */
	__u32 format;
	__u32 features; /* of the list of features that the file is bound to */
};

/* True for what XGBoost saved: both of its formats begin with a brace, JSON perhaps behind white space. */
bool model_is_xgboost(const struct bytes *file);

/* No file is longer. */
size_t model_bytes_max(void);

/* Checks size, header and checksum. Returns 0, or -EINVAL with one sentence in `why`. */
int model_layout_read(const struct bytes *file, struct model_layout *out, char *why, size_t why_size);

/* The layout of what is to be written. */
struct model_layout model_layout_of(const struct model *m, const struct model_extras *extras);

/*
 * Out of a file whose layout was read, into a zeroed model, with room for the tests and covers of the layout in *extras;
 * and into a zeroed file of l->end bytes.
 */
void model_decode(const struct bytes *file, const struct model_layout *l, struct model *m, const struct model_extras *extras);
void model_encode(const struct model *m, const struct model_extras *extras, const struct model_layout *l,
		  struct bytes *file);

/* The id that the checksum in the header makes. */
__u32 model_id_of(const struct bytes *file);

/* Everything that the walk relies on and a checksum of our own cannot promise. 0, or -EINVAL with a sentence. */
int model_content_check(const struct model *m, const struct model_extras *extras, char *why, size_t why_size);

#endif
