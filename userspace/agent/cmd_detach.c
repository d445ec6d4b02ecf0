// SPDX-License-Identifier: BSD-2-Clause
/* hedgerow detach: takes the program off interfaces. Its tables go with the last of them. */
#include <stdio.h>
#include "attach.h"
#include "commands.h"
#include "egress.h"
#include "log.h"
#include "tables_forget.h"

/* `ip link set … xdp off` leaves the companion behind. */
static bool orphan_detach(const char *iface)
{
	unsigned int ifindex = if_nametoindex(iface);
	struct xdp_found found;

	if (!ifindex || xdp_find(ifindex, &found) || found.id || egress_detach_orphan(ifindex))
		return false;
	printf("%s: detached the companion, all that was there\n", iface);
	return true;
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

/* With the last interface go mode, model and lists, also where pins of `ip link` keep the tables. */
static void last_forget(const struct datapath *dp)
{
	struct attachment left;
	int err = attachments_find(dp, &left, 1) ? 0 : tables_forget(dp);

	if (err)
		log_warn("settings, model or lists may still be in pinned tables: %s", datapath_strerror(err));
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

static int all_detach(void)
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
	if (!ifaces.count && orphans_detach())
		return 0;
	if (!ifaces.count)
		return all_detach() ? 1 : 0;
	if (ifaces.count == 1 && orphan_detach(ifaces.value[0]))
		return 0;
	err = interfaces_check(&ifaces);
	for (int i = 0; i < ifaces.count && !err; i++)
		err = iface_detach(ifaces.value[i]);
	return err ? 1 : 0;
}
