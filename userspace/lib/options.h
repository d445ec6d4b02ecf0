/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Command-line options as a table that fills a struct and prints its own help.
 *
 *     static struct run_options o = { .mode = "monitor" };
 *     const struct option_row rows[] = {
 *             { "mode", 'm', OPTION_STRING, &o.mode, "MODE", "monitor or enforce" },
 *             { "keep", 0, OPTION_FLAG, &o.keep, NULL, "leave the program in place on exit" },
 *             { 0 }
 *     };
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

enum option_kind {
	OPTION_FLAG,	 /* bool: set to true */
	OPTION_STRING,	 /* const char *: points into argv */
	OPTION_LIST,	 /* struct option_list: one more string each time */
	OPTION_UNSIGNED, /* unsigned long */
	OPTION_POSITIVE, /* the same, but 0 will not do */
	OPTION_REAL,	 /* double */
	OPTION_SHARE,	 /* double from 0 to 1; "10%", "0.1" */
	OPTION_SECONDS,	 /* unsigned long long ns; "5", "250ms", "10m", "1h", "1d" */
	OPTION_BYTES,	 /* unsigned long long; "64k", "10M", "1G", powers of 1024 */
	OPTION_COUNT,	 /* int: how often it was given (-v, -vv) */
};

#define OPTION_LIST_MAX 32

struct option_list {
	int count;
	const char *value[OPTION_LIST_MAX];
};

struct option_row {
	const char *name;
	char letter; /* 0: long form only */
	enum option_kind kind;
	void *target;
	const char *argument; /* what the help calls the value; NULL without one */
	const char *help;
};

/*
 * Parses argv[1..] and fills the targets; long names must be written out, behind two dashes. --help is understood by itself: it prints `usage` (a line or more) and the
 * table to stdout. Returns the index of the first operand; operands and options may mix, argv is permuted.
 * Returns -EINVAL after one logged line that names the bad option or value, -ECANCELED after --help.
 */
int options_parse(const struct option_row *rows, const char *usage, int argc, char **argv);

/* These return 0, or -EINVAL and leave what they point to as it was. */
int option_parse_seconds(const char *text, unsigned long long *ns);
int option_parse_bytes(const char *text, unsigned long long *bytes);
int option_parse_share(const char *text, double *share);

/* What an error says would do as a share. */
#define SHARE_WANTED "a share from 0% to 100%, such as 10% or 0.1"

/*
 * The index of `text` among `count` names. Returns -EINVAL after one logged line that lists them; `what` names the
 * option in it.
 */
int option_parse_name(const char *what, const char *text, const char *const *names, int count);

#endif
