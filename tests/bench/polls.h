/* SPDX-License-Identifier: BSD-2-Clause */
/* What the agent's poll of a full flow table costs, beside a bare read of it and bpftool; and what packets notice. */
#ifndef POLLS_H
#define POLLS_H

#include "stage.h"

/* Prints the tables, unless `only` names other rows. Returns 0 or a negative errno, logged. */
int polls_measure(struct stage *s, const char *only);

#endif
