// SPDX-License-Identifier: BSD-2-Clause
/* hedgerow status: what runs where, with which settings, and what it counted. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include "commands.h"
#include "log.h"
#include "status.h"

static int show(const struct datapath *dp, bool as_json)
{
	struct status *s = calloc(1, sizeof(*s));
	json_t *object = NULL;
	int err = s ? status_collect(dp, s) : -ENOMEM;

	if (err) {
		log_error("status: %s", datapath_strerror(err));
	} else if (as_json) {
		object = status_json(s);
		err = object && !json_dumpf(object, stdout, JSON_INDENT(2)) ? 0 : -ENOMEM;
		putchar('\n');
	} else {
		status_print(s);
	}
	json_decref(object);
	if (s)
		status_clear(s);
	free(s);
	return err;
}

int cmd_status(int argc, char **argv)
{
	struct datapath dp = datapath_none();
	const char *iface = NULL;
	int verbose = 0, first, err;
	bool as_json = false;
	const struct option_row rows[] = {
		{ "iface", 'i', OPTION_STRING, &iface, "IF", "the interface, where more than one has tables" },
		{ "json", 0, OPTION_FLAG, &as_json, NULL, "for machines" },
		VERBOSE_OPTION_ROW(verbose),
		{ 0 },
	};

	first = command_options(rows, &verbose, "Usage: hedgerow status [--iface IF] [--json]", argc, argv);
	if (first < 0)
		return command_status(first);
	if (command_operands_none(first, argc, argv))
		return 2;
	if (datapath_choose(&dp, iface))
		return 1;
	err = show(&dp, as_json);
	datapath_close(&dp);
	return err ? 1 : 0;
}
