/* SPDX-License-Identifier: BSD-2-Clause */
/* What hedgerow-export can do. Each takes its own argc and argv, logs its own errors, and returns the exit status. */
#ifndef COMMANDS_H
#define COMMANDS_H

int cmd_export(int argc, char **argv);
int cmd_show(int argc, char **argv);
int cmd_emit(int argc, char **argv); /* with --emit */

#endif
