// SPDX-License-Identifier: BSD-2-Clause
/* hedgerow: the agent and the operator's commands. */
#include <stdio.h>
#include <string.h>
#include "commands.h"
#include "datapath.h"
#include "log.h"
#include "version.h"

struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
};

static const struct command commands[] = {
	{ "run", cmd_run, "watch interfaces: log verdicts, export flows, score if asked; attaches what is missing" },
	{ "attach", cmd_attach, "put the program on interfaces and leave it there" },
	{ "detach", cmd_detach, "take it off" },
	{ "status", cmd_status, "what runs where, with which settings, and what it counted" },
	{ "doctor", cmd_doctor, "what stands in the way here and on an interface, and what would help" },
	{ "settings", cmd_settings, "show or change mode, engine, rates and time-outs while packets run" },
	{ "scope", cmd_scope, "parts of the traffic that have a mode of their own" },
	{ "flows", cmd_flows, "the flow table, or the vectors that were scored" },
	{ "explain", cmd_explain, "which features pushed a verdict, from a line of the log, a flow, or a row" },
	{ "features", cmd_features, "the reference page of what a model sees" },
	{ "model", cmd_model, "load a model, show it, go back to the one before" },
	{ "replay", cmd_replay, "captures through the same code: vectors, verdicts, or what a model would have done" },
	{ "block", cmd_block, "addresses that nothing passes from" },
	{ "allow", cmd_block, "addresses that are never judged and never dropped" },
	{ "guard", cmd_block, "addresses that the model may never drop: gateways, login sessions, what you name" },
	{ 0 },
};

static void help_print(FILE *out)
{
	fprintf(out, "Usage: hedgerow COMMAND [OPTIONS]\n\nCommands:\n");
	for (const struct command *c = commands; c->name; c++)
		fprintf(out, "  %-8s  %s\n", c->name, c->help);
	fprintf(out, "\nhedgerow COMMAND --help tells the options, hedgerow --version the version. The whole story: man hedgerow\n");
}

int main(int argc, char **argv)
{
	datapath_log_libbpf();
	if (version_asked("hedgerow", argc, argv))
		return 0;
	if (argc < 2) {
		help_print(stderr);
		return 2;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		help_print(stdout);
		return 0;
	}
	for (const struct command *c = commands; c->name; c++)
		if (!strcmp(argv[1], c->name))
			return c->run(argc - 1, argv + 1);
	log_error("%s: no such %s; `hedgerow --help` lists the commands", argv[1],
		  argv[1][0] == '-' ? "option" : "command");
	return 2;
}
