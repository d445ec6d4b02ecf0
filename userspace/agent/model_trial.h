/* SPDX-License-Identifier: BSD-2-Clause */
/* Tries a model in the kernel: its walk, or its code, over the vectors of the model file, before the model is in force. */
#ifndef MODEL_TRIAL_H
#define MODEL_TRIAL_H

#include <stdbool.h>
#include "model_file.h"
#include "trial.h"

/*
 * Runs the vectors, any number of them, through the model in `slot` of the map `models_fd`, or through *m in a map of its own where that is
 * negative. Returns 0 with *out filled, whatever the scores were, or a negative errno when the kernel did not run it.
 * Logs nothing.
 */
int model_trial_run(int models_fd, __u32 slot, const struct model *m, const struct model_extras *vectors,
		    struct trial *out);

/*
 * Runs the vectors (one at least) through a code form of *m like that which a slot gets, in tables of its own; `frags`: like
 * that of a program for frames of more than one buffer. Returns as above, also -E2BIG and -EOPNOTSUPP as of
 * model_code_load().
 */
int model_trial_run_code(const struct model *m, const struct model_extras *vectors, bool frags, struct trial *out);

#endif
