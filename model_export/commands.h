/* SPDX-License-Identifier: BSD-2-Clause */
/* What hedgerow-export can do. Each takes its own argc and argv, logs its own errors, and returns 0 or a negative errno. */
#ifndef COMMANDS_H
#define COMMANDS_H

int cmd_export(int argc, char **argv);
int cmd_show(int argc, char **argv);

#endif
