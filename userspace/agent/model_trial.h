/* SPDX-License-Identifier: BSD-2-Clause */
/* Tries a model in the kernel: its walk, or its code, over the vectors of the model file, before the model is in force. */
#ifndef MODEL_TRIAL_H
#define MODEL_TRIAL_H

#include <stdbool.h>
#include "model_file.h"
#include "trial.h"

/* A model that is ready to be tried, any number of times. */
struct model_trial;

/*
 * The model in `slot` of the map `models_fd`, or *m in a map of its own where that is negative. NULL with errno when the kernel
 * would not. Logs nothing.
 */
struct model_trial *model_trial_open(int models_fd, __u32 slot, const struct model *m);

/*
 * A code form of *m like that which a slot gets, in tables of its own; `frags`: like that of a program for frames of more than
 * one buffer. As above, errno also E2BIG and EOPNOTSUPP as of model_code_load().
 */
struct model_trial *model_trial_open_code(const struct model *m, bool frags);

/* Runs vectors, any number of them. Returns 0 with *out filled, whatever the scores were, or a negative errno. Logs nothing. */
int model_trial_vectors(struct model_trial *trial, const struct model_extras *vectors, struct trial *out);

void model_trial_close(struct model_trial *trial); /* accepts NULL */

/* All three for vectors that are tried once. */
int model_trial_run(int models_fd, __u32 slot, const struct model *m, const struct model_extras *vectors,
		    struct trial *out);
int model_trial_run_code(const struct model *m, const struct model_extras *vectors, bool frags, struct trial *out);

#endif
