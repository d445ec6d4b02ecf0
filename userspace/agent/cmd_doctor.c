// SPDX-License-Identifier: BSD-2-Clause
/* hedgerow doctor: what stands in the way of the program, here and on interfaces, and what would help. */
#include <net/if.h>
#include <stdio.h>
#include "commands.h"
#include "doctor.h"
#include "options.h"

static const char *const level_words[FINDING_LEVELS] = {
	[FINDING_GOOD] = "good",    [FINDING_NOTE] = "note", [FINDING_WARN] = "warn",
	[FINDING_NATIVE] = "slow",  [FINDING_STOP] = "stop",
};

static enum finding_level findings_print(const char *subject, const struct findings *found)
{
	for (int i = 0; i < found->count; i++)
		printf("%-4s  %s: %s\n", level_words[found->list[i].level], subject, found->list[i].text);
	return findings_worst(found);
}

static enum finding_level iface_report(const char *iface)
{
	struct findings found = { 0 };

	iface_examine(iface, &found);
	return findings_print(iface, &found);
}

/* Every interface of this network namespace. */
static enum finding_level all_report(void)
{
	struct if_nameindex *list = if_nameindex();
	enum finding_level worst = FINDING_GOOD;

	for (struct if_nameindex *i = list; i && i->if_index; i++) {
		enum finding_level level = iface_report(i->if_name);

		if (level > worst)
			worst = level;
	}
	if_freenameindex(list);
	return worst;
}

int cmd_doctor(int argc, char **argv)
{
	struct findings machine = { 0 };
	enum finding_level worst, level;
	int verbose = 0, first;
	const struct option_row rows[] = {
		VERBOSE_OPTION_ROW(verbose),
		{ 0 },
	};

	first = command_options(rows, &verbose, "Usage: hedgerow doctor [IFACE...]", argc, argv);
	if (first < 0)
		return command_status(first);
	machine_examine(&machine);
	worst = findings_print("machine", &machine);
	if (first == argc) {
		level = all_report();
		worst = level > worst ? level : worst;
	}
	for (; first < argc; first++) {
		level = iface_report(argv[first]);
		worst = level > worst ? level : worst;
	}
	return worst == FINDING_STOP ? 1 : 0;
}
