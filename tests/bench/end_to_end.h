/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * End to end: what a receiving core takes off a veth pair, with our program, xdp-filter's, and programs that only drop
 * or pass, all from one generator.
 */
#ifndef END_TO_END_H
#define END_TO_END_H

#include "stage.h"

/* Prints the table, unless `only` names other rows. Returns 0 or a negative errno, logged. The process is in other namespaces after it. */
int end_to_end_measure(struct stage *s, const char *only);

#endif
