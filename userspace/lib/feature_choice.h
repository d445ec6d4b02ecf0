/* SPDX-License-Identifier: BSD-2-Clause */
/* Some of the features, as people name them: columns to write, or to learn from. */
#ifndef FEATURE_CHOICE_H
#define FEATURE_CHOICE_H

#include <stdbool.h>
#include <stddef.h>
#include "feature_names.h"

/* In the order of the list of features, each once. */
struct feature_choice {
	int count;
	enum feature_id id[FEATURE_COUNT];
};

struct feature_choice feature_choice_of(const bool wanted[FEATURE_COUNT]);

/*
 * "standard,volume,iat_us": names of features and of groups, `standard` and `all`, with commas between; NULL: standard,
 * which is the first list: rows hold it and models learn from it unless others are asked for.
 * Returns 0, or -EINVAL with one line in `why`, which does not name the option; *out is then as it was.
 */
int feature_choice_parse(const char *text, struct feature_choice *out, char *why, size_t why_size);

void feature_choice_mark(const struct feature_choice *choice, bool wanted[FEATURE_COUNT]);

/* How much of the list of features binds it: all up to the last one chosen, at least the first list. */
int feature_choice_bound(const struct feature_choice *choice);

/* The groups that have to be built for it. NULL: the standard ones. */
__u32 feature_choice_groups(const struct feature_choice *choice);

#endif
