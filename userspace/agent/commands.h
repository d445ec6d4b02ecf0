/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands of `hedgerow`: each is cmd_NAME.c and takes its own argv. They return the exit status. */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "feature_choice.h"

int cmd_run(int argc, char **argv);
int cmd_attach(int argc, char **argv);
int cmd_detach(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_settings(int argc, char **argv);
int cmd_flows(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_features(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_model(int argc, char **argv);
int cmd_scope(int argc, char **argv);
int cmd_replay(int argc, char **argv);
int cmd_block(int argc, char **argv); /* also `allow` and `guard`: by argv[0] */

/* Where `run --snapshots` writes and `flows --snapshots` reads without a path. */
#define SNAPSHOTS_PATH FOLDER_OURS "snapshots.csv"

/* In every command's option table. */
#define VERBOSE_OPTION_ROW(count) { "verbose", 'v', OPTION_COUNT, &(count), NULL, "say more: what libbpf and the kernel said, too" }

/* Of commands that write rows; command_features() reads its value, NULL: not given. 0, or -EINVAL after one logged line. */
#define FEATURES_OPTION_ROW(text) { "features", 0, OPTION_STRING, &(text), "LIST", "columns of the rows: features or groups of them (standard)" }
int command_features(const char *text, struct feature_choice *out);

/* options_parse() and the effect of -v. Returns the first operand's index, or a negative errno; see command_status(). */
struct option_row;
int command_options(const struct option_row *rows, const int *verbose, const char *usage, int argc, char **argv);

/* 0, or -EINVAL after one logged line when there are operands where none belong. */
int command_operands_none(int first, int argc, char **argv);

/* What to exit with after command_options() failed: 0 after --help, 2 otherwise. */
int command_status(int err);

#endif
