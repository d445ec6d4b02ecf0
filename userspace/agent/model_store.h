/* SPDX-License-Identifier: BSD-2-Clause */
/* The models in a datapath's slots: loading one beside that in force, switching, going back. */
#ifndef MODEL_STORE_H
#define MODEL_STORE_H

#include "datapath.h"

/*
 * Reads a model file, puts it into a slot that is not in force, reads it back and switches. Returns 0, also when this
 * very model is in force already, or a negative errno after one logged line; the model in force is then as it was.
 * *id may be NULL.
 */
int model_store_load(const struct datapath *dp, const char *path, __u32 *id);

/* Switches to the model in force before this one. Returns 0, or a negative errno after one logged line. */
int model_store_rollback(const struct datapath *dp, __u32 *id);

/* The model of a slot, for the caller to free; NULL with errno set. model->id is 0 in an empty slot. Logs nothing. */
struct model *model_store_read(const struct datapath *dp, __u32 slot);

#endif
