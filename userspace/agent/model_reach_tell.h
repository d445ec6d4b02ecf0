/* SPDX-License-Identifier: BSD-2-Clause */
/* For who puts a model in force, and who looks at the one that is: that it drops nothing, where that is so. */
#ifndef MODEL_REACH_TELL_H
#define MODEL_REACH_TELL_H

#include "datapath.h"
#include "model_reach.h"

/* As model_reach_print(), of a model out of a slot: what the slot does not hold is read from where loaded files are kept. */
const char *slot_reach_print(const struct model *m, char text[MODEL_REACH_SIZE]);

/* Warns in a line of a model that drops nothing. The second: of the one in the slot in force. */
void model_reach_tell(const struct model *m, const char *card);
void model_in_force_reach_tell(const struct datapath *dp);

#endif
