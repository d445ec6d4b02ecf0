/* SPDX-License-Identifier: BSD-2-Clause */
/* The models in a datapath's slots: loading one beside that in force, switching, going back. */
#ifndef MODEL_STORE_H
#define MODEL_STORE_H

#include "datapath.h"
#include "model_given.h"

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
 * Makes the code forms anew that were lost with the agent before, where no pin held them. Their tables were walked
 * meanwhile. Logs what fails.
 */
void model_store_restore(const struct datapath *dp);

/* Switches to the model in force before this one. Returns 0, or a negative errno after one logged line. */
int model_store_rollback(const struct datapath *dp, __u32 *id);

#endif
