// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "guard.h"
#include "guard_find.h"
#include "list_file.h"
#include "lists.h"
#include "log.h"

#define PROTECTED "--protect"

/* What an earlier start found or was told: this one looks again. */
static bool reason_is_found(const char *reason)
{
	return !strcmp(reason, GUARD_GATEWAY) || !strcmp(reason, GUARD_SESSION) || !strcmp(reason, PROTECTED);
}

static int protect_add(const struct option_list *protect, struct list_items *items)
{
	struct list_defaults defaults = { .reason = PROTECTED, .all_would = "keep the model from dropping anything",
					  .or_else = "mode monitor does that" };
	int err = 0;

	for (int i = 0; i < protect->count && !err; i++)
		err = list_text_add(protect->value[i], &defaults, items);
	return err;
}

int guard_check(const struct option_list *protect)
{
	struct list_items items = { 0 };
	int err = protect_add(protect, &items);

	items_free(&items);
	return err;
}

static int own_entries_keep(const struct datapath *dp, struct list_items *items)
{
	struct list_items all = { 0 };
	int err = list_read(dp, LIST_GUARD, &all);

	for (size_t i = 0; i < all.count && !err; i++) {
		struct list_item *item;

		if (reason_is_found(all.item[i].entry.reason))
			continue;
		item = items_add(items);
		if (item)
			*item = all.item[i];
		else
			err = -ENOMEM;
	}
	items_free(&all);
	return err;
}

int guard_refresh(const struct datapath *dp, const struct option_list *protect)
{
	struct list_items items = { 0 };
	int err = protect_add(protect, &items);

	guard_find_gateways("/proc/net", &items);
	guard_find_utmp(NULL, &items);
	guard_find_logind("/run/systemd/sessions", &items);
	guard_find_connection(getenv("SSH_CONNECTION"), &items);
	err = err ?: own_entries_keep(dp, &items); /* last: of two entries for one address the operator's counts */
	if (!err)
		err = list_replace(dp, LIST_GUARD, &items);
	items_free(&items);
	return err;
}
