/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Champion and challenger: a second model that scores the same flows as the one in force, without effect or for a share of
 * them in earnest, until it is promoted or sent away. All of these are whole changes of a running datapath: they return 0,
 * or a negative errno after one logged line, and the kernel then goes on as it did.
 */
#ifndef MODEL_SHADOW_H
#define MODEL_SHADOW_H

#include "model_given.h"

#define SPLIT_SAME (~0u) /* as it is; for a new challenger: none of the flows */

/* Makes the model the challenger, in place of the one that may be there. `split`: of SPLIT_WHOLE. */
int model_shadow_begin(const struct datapath *dp, const struct model_given *given, __u32 split);

int model_shadow_split(const struct datapath *dp, __u32 split);
int model_shadow_end(const struct datapath *dp);

/* Has the challenger take the champion's place; that one becomes the model to go back to. Sets *id to the new champion's. */
int model_shadow_promote(const struct datapath *dp, __u32 *id);

/* The share in "10%" or "0.1", of SPLIT_WHOLE: 0 only for nothing. Returns 0, or -EINVAL after one logged line. */
int split_parse(const char *text, __u32 *split);

#endif
