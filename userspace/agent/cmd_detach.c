// SPDX-License-Identifier: BSD-2-Clause
/* hedgerow detach: takes the program off interfaces. Its tables go with the last of them. */
#include <stdio.h>
#include "attach.h"
#include "commands.h"
#include "egress.h"

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

static int iface_detach(const char *iface)
{
	struct datapath dp = datapath_none();
	int err = datapath_adopt(&dp, iface);

	if (!err)
		err = detach_one(&dp, iface);
	if (!err)
		printf("%s: detached\n", iface);
	datapath_close(&dp);
	return err;
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
	if (!ifaces.count)
		return all_detach() ? 1 : 0;
	if (ifaces.count == 1 && orphan_detach(ifaces.value[0]))
		return 0;
	err = interfaces_check(&ifaces);
	for (int i = 0; i < ifaces.count && !err; i++)
		err = iface_detach(ifaces.value[i]);
	return err ? 1 : 0;
}
