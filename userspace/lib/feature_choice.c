// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "feature_choice.h"

struct feature_choice feature_choice_of(const bool wanted[FEATURE_COUNT])
{
	struct feature_choice choice = { 0 };

	for (int id = 0; id < FEATURE_COUNT; id++)
		if (wanted[id])
			choice.id[choice.count++] = id;
	return choice;
}

void feature_choice_mark(const struct feature_choice *choice, bool wanted[FEATURE_COUNT])
{
	memset(wanted, 0, FEATURE_COUNT * sizeof(*wanted));
	for (int i = 0; i < choice->count; i++)
		wanted[choice->id[i]] = true;
}

int feature_choice_bound(const struct feature_choice *choice)
{
	int least = FEATURES_FIRST_COUNT, last = choice->count ? (int)choice->id[choice->count - 1] + 1 : 0;

	return last > least ? last : least;
}

__u32 feature_choice_groups(const struct feature_choice *choice)
{
	__u32 groups = 0;

	for (int i = 0; i < (choice ? choice->count : FEATURES_FIRST_COUNT); i++)
		groups |= feature_group(choice ? choice->id[i] : (enum feature_id)i);
	return groups;
}

/* Several at once. */
static int set_add(const char *word, bool wanted[FEATURE_COUNT])
{
	__u32 group = 0;

	for (int g = 0; g < FEATURE_GROUP_COUNT; g++)
		if (!strcmp(word, feature_group_names[g]))
			group = 1u << g;
	if (!group && strcmp(word, "standard") && strcmp(word, "all"))
		return -ENOENT;
	for (int id = 0; id < FEATURE_COUNT; id++)
		wanted[id] |= group ? feature_group(id) == group : id < FEATURES_FIRST_COUNT || !strcmp(word, "all");
	return 0;
}

static int word_add(const char *word, bool wanted[FEATURE_COUNT])
{
	int id = feature_find(word);

	if (id < 0)
		return set_add(word, wanted);
	wanted[id] = true;
	return 0;
}

int feature_choice_parse(const char *text, struct feature_choice *out, char *why, size_t why_size)
{
	char *copy = strdup(text ? text : "standard"), *rest = copy, *word;
	bool wanted[FEATURE_COUNT] = { 0 };
	int err = copy ? 0 : -ENOMEM;

	if (err)
		snprintf(why, why_size, "out of memory");
	while (!err && (word = strsep(&rest, ","))) {
		err = word_add(word, wanted);
		if (err)
			snprintf(why, why_size,
				 "'%.60s' is no feature of this build; `hedgerow features` lists them, or name groups: "
				 "standard, source, destination, volume, pace, all",
				 word);
	}
	free(copy);
	if (err)
		return err == -ENOMEM ? err : -EINVAL;
	*out = feature_choice_of(wanted);
	return 0;
}
