/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The model file (*.hgm): a struct model, the vectors that it is tried on where it is loaded, and its card, the JSON
 * text that says where it came from. docs/model-file.md
 */
#ifndef MODEL_FILE_H
#define MODEL_FILE_H

#include <stddef.h>
#include <linux/types.h>
#include "model.h"

#define MODEL_FILE_FORMAT 3u /* of forests; all else is written as format 2, as before there were any */
#define MODEL_FILE_CARD_MAX (1u << 20) /* bytes */
#define MODEL_TESTS_MAX 1024u

/* Of class names: they stand in logs, JSON, tables and the comments of --emit c as they are. */
#define MODEL_CLASS_NAME_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"

#define MODEL_FILE_WHY 256 /* a buffer of this size holds every reason below */

/* What a model file holds beside the model. All zero: nothing. */
struct model_extras {
	char *card; /* NULL or text */
	struct model_test *test;
	__u32 test_count;
	float *leaf_cover; /* of each leaf, as in model->leaf: the weight of the training rows it had. NULL: not known */
	struct forest *forest; /* of a model whose trees are no tables, else NULL: the model points to it */
};

void model_extras_free(struct model_extras *extras);

/*
 * Reads and checks a whole model file. On success *out is the model with its id, and *extras, when `extras` is not NULL,
 * what belongs to it, for model_extras_free(). Without *extras a forest is checked and forgotten. Returns 0, or a negative errno after writing one sentence that says what
 * is wrong (without the path) to `why`; *out and *extras are then as they were. Logs nothing.
 */
int model_file_read_extras(const char *path, struct model *out, struct model_extras *extras, char *why, size_t why_size);

/* The same with *card, which the caller frees, alone. `card` may be NULL. */
int model_file_read(const char *path, struct model *out, char **card, char *why, size_t why_size);

/*
 * Writes the model beside `path` and renames it there when it is whole and on disk: a file that was there stays as it
 * was on any failure. Sets m->id, and the model must be sound (as model_file_read would have it). Logs nothing.
 */
int model_file_write_extras(const char *path, struct model *m, const struct model_extras *extras);

/* The same without self-test vectors. */
int model_file_write(const char *path, struct model *m, const char *card);

#endif
