// SPDX-License-Identifier: BSD-2-Clause
/* hedgerow settings: shows them, or changes what is given, while packets run. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "attach.h"
#include "commands.h"
#include "log.h"
#include "model_slots.h"
#include "policies.h"
#include "safety_state.h"
#include "settings_options.h"
#include "suspended_tell.h"

/* `m`: the model in force, or NULL. `suspended`: why verdicts are not enforced though they were to be, or "". */
static void settings_print(const struct settings *s, const struct model *m, const char *suspended)
{
	char text[CHECKPOINTS_TEXT_SIZE];

	printf("%-20s %s\n", "mode", mode_name(s->mode));
	if (*suspended)
		printf("%-20s %s\n", "suspended", suspended);
	printf("%-20s %s\n", "engine", engine_name(s->engine));
	printf("%-20s %s\n", "checkpoints", checkpoints_print(s->checkpoints, text, sizeof(text)));
	printf("%-20s %s\n", "tunnels", tunnels_name(s->tunnels));
	printf("%-20s %s\n", "end-host", no_yes_names[!!s->end_host]);
	printf("%-20s %g s\n", "warm-up", s->warm_up_ns / 1e9);
	printf("%-20s %s, after %g s\n", "dead-agent", dead_agent_names[s->dead_agent == DEAD_AGENT_MONITOR],
	       s->dead_after_ns / 1e9);
	printf("%-20s %g%%, at least %u flows\n", "breaker-share", s->breaker_permille / 10.0, s->breaker_least);
	printf("%-20s %g s\n", "condemn-for", s->condemn_for_ns / 1e9);
	policies_print(s, m);
	printf("%-20s %g s\n", "unblock-when-quiet", s->unblock_quiet_ns / 1e9);
	printf("%-20s %d\n", "ipv6-prefix", settings_ipv6_prefix(s));
	printf("%-20s %u\n", "event-rate", s->event_rate);
	printf("%-20s %u\n", "suspicious-rate", s->suspicious_rate);
	printf("%-20s %.3g%%\n", "snapshot-share", s->snapshot_share / 655.36);
	printf("%-20s %u\n", "snapshot-rate", s->snapshot_rate);
	for (int i = 0; i < TIMEOUTS; i++) {
		snprintf(text, sizeof(text), "timeout-%s", timeout_names[i]);
		printf("%-20s %g s\n", text, s->timeout_ns[i] / 1e9);
	}
}

int cmd_settings(int argc, char **argv)
{
	struct settings_options wanted = settings_options_none();
	struct datapath dp = datapath_none();
	struct settings s = { 0 };
	const char *iface = NULL;
	int verbose = 0, first, err;
	const struct option_row rows[] = {
		{ "iface", 'i', OPTION_STRING, &iface, "IF", "the interface, where more than one has tables" },
		SETTINGS_OPTION_ROWS(wanted),
		VERBOSE_OPTION_ROW(verbose),
		{ 0 },
	};

	first = command_options(rows, &verbose, "Usage: hedgerow settings [OPTIONS]", argc, argv);
	if (first < 0)
		return command_status(first);
	if (command_operands_none(first, argc, argv) || settings_options_put(&wanted, &s))
		return 2;
	if (datapath_choose(&dp, iface))
		return 1;
	err = settings_options_apply(&dp, &wanted, NULL);
	if (!err && wanted.mode)
		safety_rearm(&dp);
	if (!err) {
		err = settings_read(&dp, &s);
		if (err)
			log_error("settings: %s", datapath_strerror(err));
	}
	if (!err) {
		struct model *m = slot_read(&dp, s.model_slot);
		char suspended[SAFETY_TEXT_SIZE];

		settings_print(&s, m && m->id ? m : NULL, suspended_find(&dp, suspended));
		free(m);
		if (wanted.mode)
			settings_tell_no_model(&dp, false);
	}
	datapath_close(&dp);
	return err ? 1 : 0;
}
