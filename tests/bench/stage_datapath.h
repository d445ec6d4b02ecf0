/* SPDX-License-Identifier: BSD-2-Clause */
/* The stage's tables as the agent holds those of a running program. */
#ifndef STAGE_DATAPATH_H
#define STAGE_DATAPATH_H

#include "datapath.h"
#include "stage.h"

/* The stage keeps what it lends: nothing is to be closed, and the next reset takes it away. */
void datapath_of_stage(struct datapath *dp, const struct stage *s);

#endif
