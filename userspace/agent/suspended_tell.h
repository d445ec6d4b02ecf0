/* SPDX-License-Identifier: BSD-2-Clause */
/* For commands that make the model's verdicts count: that they do not yet, and why. */
#ifndef SUSPENDED_TELL_H
#define SUSPENDED_TELL_H

#include "datapath.h"

/* Returns the reason in `text` (SAFETY_TEXT_SIZE), "" where verdicts are enforced nowhere anyway, or nothing suspends them. */
const char *suspended_find(const struct datapath *dp, char *text);

/* Logs the same in a line, if there is one. */
void suspended_tell(const struct datapath *dp);

#endif
