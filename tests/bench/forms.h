/* SPDX-License-Identifier: BSD-2-Clause */
/* The forms of one model side by side: the second table of the bench. */
#ifndef FORMS_H
#define FORMS_H

#include "stage.h"

/*
 * Measures and prints the rows whose name holds `only`, all with NULL. Returns 0, or -errno after a
 * logged line: a sum of scores that is not the host's is such an error.
 */
int forms_measure(struct stage *s, const char *only);

#endif
