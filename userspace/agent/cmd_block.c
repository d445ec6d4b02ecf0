// SPDX-License-Identifier: BSD-2-Clause
/* hedgerow block, hedgerow allow: the operator's lists, by the name the command is called with. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "attach.h"
#include "clock.h"
#include "commands.h"
#include "list_entries.h"
#include "log.h"

static void entry_print(void *context, const char *cidr, const struct list_entry *entry)
{
	__u64 now = *(const __u64 *)context;

	printf("%-43s  %12llu packets  ", cidr, (unsigned long long)entry->packets);
	if (!entry->expires_ns)
		printf("for good\n");
	else if (entry->expires_ns > now)
		printf("for %llu s more\n", (unsigned long long)((entry->expires_ns - now) / SECOND_NS));
	else
		printf("expired\n");
}

/* What a command asks for, read and checked before anything is touched. */
struct list_request {
	enum list list;
	const char *verb;
	struct list_entries entries;
	unsigned long long for_ns; /* FOR_EVER: no end */
	bool force;
};

#define FOR_EVER ULLONG_MAX

/* Returns the exit status: 0, 2 for a command line that is wrong, 1 for a file that is. */
static int request_read(struct list_request *r, char **operand, int count)
{
	bool adds = !strcmp(r->verb, "add") || !strcmp(r->verb, "load");

	if (r->for_ns != FOR_EVER && !adds) {
		log_error("--for goes with add and load, not with %s", r->verb);
		return 2;
	}
	if (!r->for_ns) {
		log_error("--for: 0 would end it at once; leave --for out for an entry without end");
		return 2;
	}
	if (!strcmp(r->verb, "load"))
		return list_entries_from_file(&r->entries, r->list, r->force, operand[0]) ? 1 : 0;
	/* what is to go may be on the list, however it came there */
	return list_entries_from_texts(&r->entries, r->list, r->force || !adds, operand, count) ? 2 : 0;
}

static int request_do(const struct datapath *dp, const struct list_request *r)
{
	__u64 now = clock_monotonic_ns(), expires_ns = r->for_ns == FOR_EVER ? 0 : now + r->for_ns;
	int err;

	if (!strcmp(r->verb, "list"))
		return list_walk(dp, r->list, entry_print, &now);
	if (!strcmp(r->verb, "del"))
		return list_delete(dp, r->list, r->entries.prefix, r->entries.count);
	err = list_add(dp, r->list, r->entries.prefix, r->entries.count, expires_ns);
	if (!err && !strcmp(r->verb, "load"))
		printf("%d entries\n", r->entries.count);
	return err;
}

static bool operands_fit(char **operand, int count)
{
	if (count < 1)
		return false;
	if (!strcmp(operand[0], "add") || !strcmp(operand[0], "del"))
		return count > 1;
	return !strcmp(operand[0], "load") ? count == 2 : !strcmp(operand[0], "list") && count == 1;
}

int cmd_block(int argc, char **argv)
{
	struct list_request r = {
		.list = strcmp(argv[0], list_names[LIST_ALLOW]) ? LIST_BLOCK : LIST_ALLOW,
		.for_ns = FOR_EVER,
	};
	struct datapath dp = datapath_none();
	const char *iface = NULL;
	int verbose = 0, first, status;
	char usage[160];
	const struct option_row rows[] = {
		{ "for", 0, OPTION_SECONDS, &r.for_ns, "TIME", "entries added now expire after it; without: never" },
		{ "force", 0, OPTION_FLAG, &r.force, NULL, "block even what covers every IPv4 address" },
		{ "iface", 'i', OPTION_STRING, &iface, "IF", "the interface, where more than one has tables" },
		VERBOSE_OPTION_ROW(verbose),
		{ 0 },
	};

	snprintf(usage, sizeof(usage), "Usage: hedgerow %s add CIDR... [--for TIME] | del CIDR... | list | load FILE|-",
		 list_names[r.list]);
	first = command_options(rows, &verbose, usage, argc, argv);
	if (first < 0)
		return command_status(first);
	if (!operands_fit(argv + first, argc - first)) {
		log_error("%s: wanted `add CIDR...`, `del CIDR...`, `list` or `load FILE`%s%s%s", argv[0],
			  first < argc ? ", given '" : "", first < argc ? argv[first] : "", first < argc ? "'" : "");
		return 2;
	}
	r.verb = argv[first];
	status = request_read(&r, argv + first + 1, argc - first - 1);
	if (!status)
		status = datapath_choose(&dp, iface) || request_do(&dp, &r) ? 1 : 0;
	datapath_close(&dp);
	free(r.entries.prefix);
	return status;
}
