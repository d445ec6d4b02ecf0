/* SPDX-License-Identifier: BSD-2-Clause */
/* The code forms in a datapath's slots. docs/model-forms.md */
#ifndef MODEL_FORM_H
#define MODEL_FORM_H

#include "datapath.h"
#include "form_names.h"

/*
 * Puts the model's code into a slot that is not in force, or without `wanted` takes out what is there. Sets m->code to
 * what the slot then has. A model that the kernel will not take as code stays in tables; that is one logged line, no
 * error. Returns 0 or a negative errno.
 */
int model_code_put(const struct datapath *dp, __u32 slot, struct model *m, bool wanted);

/* True when the slot holds a code form, of whatever model. */
bool model_code_is_there(const struct datapath *dp, __u32 slot);

#endif
