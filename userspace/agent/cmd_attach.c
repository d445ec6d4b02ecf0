// SPDX-License-Identifier: BSD-2-Clause
/* hedgerow attach: puts the program on interfaces and leaves it there. */
#include <stdio.h>
#include "attach.h"
#include "commands.h"
#include "log.h"
#include "settings_options.h"
#include "suspended_tell.h"

int cmd_attach(int argc, char **argv)
{
	struct attachment list[OPTION_LIST_MAX] = { 0 };
	struct settings_options settings = settings_options_none();
	struct datapath dp = datapath_none();
	struct attach_options o = { 0 };
	struct settings trial = { 0 };
	struct model_given given = { 0 };
	const char *model = NULL;
	int verbose = 0, first, err;
	const struct option_row rows[] = {
		ATTACH_OPTION_ROWS(o),
		SETTINGS_OPTION_ROWS(settings),
		{ "model", 0, OPTION_STRING, &model, "FILE", "load this model" },
		VERBOSE_OPTION_ROW(verbose),
		{ 0 },
	};

	first = command_options(rows, &verbose, "Usage: hedgerow attach --iface IF... [OPTIONS]", argc, argv);
	if (first < 0)
		return command_status(first);
	if (command_operands_none(first, argc, argv) || attach_options_check(&o) || settings_options_put(&settings, &trial))
		return 2;
	if (model_given_read(&given, model))
		return 1;
	err = attach_all(&dp, &o, false, list);
	if (!err) {
		err = settings_options_apply(&dp, &settings, &given);
		if (err)
			detach_all(&dp, list, o.ifaces.count);
	}
	for (int i = 0; i < o.ifaces.count && !err; i++)
		printf("%s: attached (%s)\n", list[i].iface, xdp_mode_names[list[i].mode]);
	if (!err) {
		settings_tell_inherited(&dp, &settings);
		settings_tell_no_model(&dp, false);
		suspended_tell(&dp);
	}
	datapath_close(&dp);
	model_given_free(&given);
	return err ? 1 : 0;
}
