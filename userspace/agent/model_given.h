/* SPDX-License-Identifier: BSD-2-Clause */
/* A model on its way into the kernel: read from its file, and tried before any packet is judged by it. */
#ifndef MODEL_GIVEN_H
#define MODEL_GIVEN_H

#include "datapath.h"
#include "model_file.h"
#include "model_form.h"

/* A model on its way into the kernel, and the file that it came from. */
struct model_given {
	struct model *model; /* NULL: none was given */
	const char *path;
	struct model_extras extras; /* with the vectors to try it on */
	enum model_form form; /* as the file says, code or table; whoever reads it may choose otherwise */
};

/* Reads and checks a model file; `path` NULL: none is given. Returns 0, or a negative errno after one logged line. */
int model_given_read(struct model_given *out, const char *path);
void model_given_free(struct model_given *given);

/*
 * Has the kernel walk the vectors of the model file, in `slot` of this datapath or, where `dp` is NULL, in a table of its
 * own. Returns 0 when all scores are those of the file, -EBADMSG when not, another negative errno when the kernel would
 * not do it; after one logged line, but for 0.
 */
int model_given_try(const struct datapath *dp, __u32 slot, const struct model_given *given);

#define MODEL_TRY_WHY 256

/*
 * The same with a code form of the model, for a program of frames of several buffers where `frags`; also -E2BIG and -EOPNOTSUPP, as
 * of model_code_load(). Logs nothing: one sentence is in `why`, but for 0.
 */
int model_given_run_code(const struct model_given *given, bool frags, char why[MODEL_TRY_WHY]);

/*
 * The same, if it is given as one; true when it may come into force as code. Where a vector scores otherwise or the kernel would
 * not do it, that is one logged line. What has no code form is for model_code_put() to say.
 */
bool model_given_try_code(const struct model_given *given, bool frags);

#endif
