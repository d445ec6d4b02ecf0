/* SPDX-License-Identifier: BSD-2-Clause */
/* The models in a datapath's slots: loading one beside that in force, switching, going back. */
#ifndef MODEL_STORE_H
#define MODEL_STORE_H

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
 * Whether packets can be judged by the model under these settings: one past the kernel's limits by engine user alone. Returns 0, or
 * -EINVAL after one logged line that begins with `what`.
 */
int model_store_check_engine(const char *what, const struct model *m, const struct settings *s);

/*
 * Between settings_change_begin() and _end(): puts the model into a slot that is not in force, reads it back, has the
 * kernel walk the file's self-test vectors there, and has *s name that slot; what is in force becomes the model to go back
 * to. A model that is in force already is said to be, and only changes its form if it can. Returns 0, or a negative errno after one logged
 * line.
 */
int model_store_stage(const struct datapath *dp, const struct model_given *given, struct settings *s);

/*
 * Has the kernel walk the vectors of the model file, in `slot` of this datapath or, where `dp` is NULL, in a table of its
 * own. Returns 0 when all scores are those of the file, -EBADMSG when not, another negative errno when the kernel would
 * not do it; after one logged line, but for 0.
 */
int model_store_try(const struct datapath *dp, __u32 slot, const struct model_given *given);

#define MODEL_TRY_WHY 256

/*
 * The same with a code form of the model, for a program of frames of several buffers where `frags`; also -E2BIG and -EOPNOTSUPP, as
 * of model_code_load(). Logs nothing: one sentence is in `why`, but for 0.
 */
int model_store_run_code(const struct model_given *given, bool frags, char why[MODEL_TRY_WHY]);

/*
 * The same, if it is given as one; true when it may come into force as code. Where a vector scores otherwise or the kernel would
 * not do it, that is one logged line. What has no code form is for model_code_put() to say.
 */
bool model_store_try_code(const struct model_given *given, bool frags);

/*
 * Makes the code forms anew that were lost with the agent before, where no pin held them. Their tables were walked
 * meanwhile. Logs what fails.
 */
void model_store_restore(const struct datapath *dp);

/* Switches to the model in force before this one. Returns 0, or a negative errno after one logged line. */
int model_store_rollback(const struct datapath *dp, __u32 *id);

/* The model of a slot, for the caller to free; NULL with errno set. model->id is 0 in an empty slot. Logs nothing. */
struct model *model_store_read(const struct datapath *dp, __u32 slot);

#endif
