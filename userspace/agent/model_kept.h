/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copies of the model files that were loaded lately, by id: the tables in the kernel say nothing of covers, and a
 * verdict of yesterday's model is to be explained by that one.
 */
#ifndef MODEL_KEPT_H
#define MODEL_KEPT_H

#include "model_file.h"

#define MODEL_KEPT_FOLDER "/var/lib/hedgerow/models/"
#define MODEL_KEPT_MAX 16 /* the oldest of more go, unless a slot of any datapath holds their model */

/* Keeps the file from which the model came. What fails is said at debug level: only explanations miss it. */
void model_kept_add(const struct model *m, const char *path);

/* Reads the model of that id. Returns 0 or a negative errno; logs nothing. *out and *extras as of model_file_read_extras(). */
int model_kept_read(__u32 id, struct model *out, struct model_extras *extras);

#endif
