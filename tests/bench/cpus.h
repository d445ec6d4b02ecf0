/* SPDX-License-Identifier: BSD-2-Clause */
/* One CPU against two at once: on flows of their own, and both on one flow. */
#ifndef CPUS_H
#define CPUS_H

#include "stage.h"

/* Prints ns a packet of each. 0, or -errno: a count of what was sent is not exact, or nothing could be sent. */
int cpus_measure(struct stage *s, const char *only);

#endif
