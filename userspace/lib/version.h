/* SPDX-License-Identifier: BSD-2-Clause */
/* The version of all programs: its one home. What must fit together is told apart by the schema, which models carry. */
#ifndef VERSION_H
#define VERSION_H

#include <stdbool.h>

#define HEDGEROW_VERSION "0.1.0"

/* The answer to a first argument of --version; true when that was it. */
bool version_asked(const char *program, int argc, char **argv);

#endif
