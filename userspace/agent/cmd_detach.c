// SPDX-License-Identifier: BSD-2-Clause
/* hedgerow detach: takes the program off interfaces. Its tables go with the last of them, pinned or not. */
#include <errno.h>
#include <stdio.h>
#include "attach.h"
#include "commands.h"
#include "datapath_adopt.h"
#include "egress.h"
#include "leftovers.h"
#include "log.h"
#include "map_use.h"
#include "model_code_pin.h"
#include "pins.h"
#include "tables_forget.h"

/* `ip link set … xdp off` leaves the companion behind. */
static bool orphan_detach(const char *iface)
{
	if (!companion_is_orphan(iface) || egress_detach_orphan(if_nametoindex(iface)))
		return false;
	printf("%s: detached the companion, all that was there\n", iface);
	return true;
}

static void unpin(const struct pins *p)
{
	int removed = pins_remove(p);

	if (removed)
		printf("%s: %d pinned tables removed\n", p->folder, removed);
}

/* Tables that `ip` pinned and nobody works on. */
static bool pins_left_remove(void)
{
	struct leftovers l;

	leftovers_find(&l);
	for (int i = 0; i < l.pins_count; i++)
		unpin(&l.pins[i]);
	if (l.pins_count)
		model_code_pins_sweep();
	return l.pins_count > 0;
}

/* Before anything is touched: every interface must carry a program of ours. */
static int interfaces_check(const struct option_list *ifaces)
{
	for (int i = 0; i < ifaces->count; i++) {
		struct datapath dp = datapath_none();
		int err = datapath_adopt(&dp, ifaces->value[i]);

		if (err)
			return err;
		datapath_close(&dp);
	}
	return 0;
}

/* With the last interface go mode, model and lists, also where pins of `ip link` keep the tables; and the pins. */
static void last_forget(const struct datapath *dp)
{
	struct attachment left;
	struct pins found[PINS_MAX];
	int err, count;

	if (attachments_find(dp, &left, 1))
		return;
	if (map_is_in_use(dp->map_id[DATAPATH_FLOWS], dp->xdp_id)) {
		log_warn("another program works on the same tables, in another network namespace or held by an agent that still "
			 "runs: mode, model and lists stay. End that, then: hedgerow detach");
		return;
	}
	err = tables_forget(dp);
	if (err)
		log_warn("settings, model or lists may still be in pinned tables: %s", datapath_strerror(err));
	count = pins_find(found);
	for (int i = 0; i < count; i++)
		if (found[i].flows_id == dp->map_id[DATAPATH_FLOWS])
			unpin(&found[i]);
}

static int iface_detach(const char *iface)
{
	struct datapath dp = datapath_none();
	int err = datapath_adopt(&dp, iface);

	if (!err)
		err = detach_one(&dp, iface);
	if (!err) {
		printf("%s: detached\n", iface);
		last_forget(&dp);
	}
	datapath_close(&dp);
	return err;
}

/* Companions whose program somebody else took off, on every interface. */
static bool orphans_detach(void)
{
	struct if_nameindex *all = if_nameindex();
	bool found = false;

	for (struct if_nameindex *i = all; i && i->if_name; i++)
		found |= orphan_detach(i->if_name);
	if_freenameindex(all);
	return found;
}

static int attached_detach(void)
{
	struct attachment list[OPTION_LIST_MAX];
	struct datapath dp = datapath_none();
	int err = datapath_choose(&dp, NULL);
	int count = err ? 0 : attachments_find(&dp, list, OPTION_LIST_MAX);

	datapath_close(&dp);
	for (int i = 0; i < count && i < OPTION_LIST_MAX && !err; i++)
		err = iface_detach(list[i].iface);
	return err;
}

/* What is attached and what was left behind. */
static int all_detach(void)
{
	bool found = orphans_detach();

	if (program_is_attached()) {
		int err = attached_detach();

		if (!err)
			pins_left_remove();
		return err;
	}
	found |= pins_left_remove();
	return found ? 0 : attached_detach(); /* which says that there is nothing */
}

int cmd_detach(int argc, char **argv)
{
	struct option_list ifaces = { 0 };
	int verbose = 0, first, err;
	const struct option_row rows[] = {
		{ "iface", 'i', OPTION_LIST, &ifaces, "IF", "the interface; may be given again. Without: all" },
		VERBOSE_OPTION_ROW(verbose),
		{ 0 },
	};

	first = command_options(rows, &verbose, "Usage: hedgerow detach [--iface IF]...", argc, argv);
	if (first < 0)
		return command_status(first);
	if (command_operands_none(first, argc, argv))
		return 2;
	if (!ifaces.count)
		return all_detach() ? 1 : 0;
	if (ifaces.count == 1 && orphan_detach(ifaces.value[0])) {
		leftovers_tell();
		return 0;
	}
	err = interfaces_check(&ifaces);
	for (int i = 0; i < ifaces.count && !err; i++)
		err = iface_detach(ifaces.value[i]);
	return err ? 1 : 0;
}
