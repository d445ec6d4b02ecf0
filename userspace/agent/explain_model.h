/* SPDX-License-Identifier: BSD-2-Clause */
/* The model that an explanation is about: a file, one that was loaded lately, or the one in force. */
#ifndef EXPLAIN_MODEL_H
#define EXPLAIN_MODEL_H

#include "contributions.h"
#include "model_file.h"

struct explain_model {
	struct model *model;
	struct model_extras extras;
	struct model_means means;
};

/*
 * Opens `path`; without one the model `id`, as it was when it was loaded; without either the one in force behind `iface`
 * (NULL: the only one). Keeps what is open already when it is that. Starts out zeroed, close accepts that. Returns 0, or a
 * negative errno after one logged line.
 */
int explain_model_open(struct explain_model *out, const char *path, __u32 id, const char *iface);
void explain_model_close(struct explain_model *m);

#endif
