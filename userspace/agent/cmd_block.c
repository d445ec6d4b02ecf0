// SPDX-License-Identifier: BSD-2-Clause
/* hedgerow block, allow, guard: the operator's lists, by the name the command is called with. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include "attach.h"
#include "block_flow_table.h"
#include "block_flows.h"
#include "clock.h"
#include "commands.h"
#include "flow_text.h"
#include "list_change.h"
#include "list_file.h"
#include "lists.h"
#include "log.h"
#include "scope_store.h"
#include "settings_store.h"
#include "source_blocks.h"

#define FOR_EVER ULLONG_MAX

/* What a command asks for, read and checked before anything is touched. */
struct list_request {
	enum list list;
	const char *verb;
	struct list_items items;
	size_t expired;	      /* left out */
	struct flow_key flow; /* of add-flow and del-flow */
	struct list_entry flow_entry;

	unsigned long long for_ns; /* FOR_EVER: no end */
	const char *reason, *vlan, *path;
	bool force, replace;
};

static bool verb_is(const struct list_request *r, const char *verb)
{
	return !strcmp(r->verb, verb);
}

/* Options that go with some verbs only. */
static int options_check(const struct list_request *r)
{
	bool adds = verb_is(r, "add") || verb_is(r, "load") || verb_is(r, "add-flow");
	struct list_entry probe;

	if (r->for_ns != FOR_EVER && !adds)
		log_error("--for goes with add and load, not with %s", r->verb);
	else if (!r->for_ns)
		log_error("--for: 0 would end it at once; leave --for out for an entry without end");
	else if (r->replace && !verb_is(r, "load"))
		log_error("--replace goes with load, not with %s", r->verb);
	else if (r->vlan && !verb_is(r, "add-flow") && !verb_is(r, "del-flow"))
		log_error("--vlan goes with add-flow and del-flow, not with %s", r->verb);
	else if (!r->reason || !list_reason_put(r->reason, &probe))
		return 0;
	return -EINVAL;
}

static int file_read(struct list_request *r, const char *path, const struct list_defaults *defaults)
{
	bool is_stdin = !strcmp(path, "-");
	const char *name = is_stdin ? "standard input" : path;
	FILE *file = is_stdin ? stdin : fopen(path, "re");
	int err;

	if (!file) {
		log_error("%s: %s", path, strerror(errno));
		return -EIO;
	}
	r->path = name;
	err = list_file_read(file, name, defaults, &r->items, &r->expired);
	if (!is_stdin)
		fclose(file);
	if (!err && r->replace && !r->items.count && !r->force) { /* a download that failed leaves such a file */
		log_error("%s: no entry in it, so all on the %s list would go; --force does it", path, list_names[r->list]);
		return -EINVAL;
	}
	return err;
}

static const char *const all_would[LIST_COUNT] = {
	[LIST_ALLOW] = "pass it unjudged: nothing would be dropped any more",
	[LIST_BLOCK] = "block it, your own too",
	[LIST_GUARD] = "keep the model from dropping anything",
};

/* Returns the exit status: 0, 2 for a command line that is wrong, 1 for a file that is. */
static int request_read(struct list_request *r, char **operand, int count)
{
	struct list_defaults defaults = {
		.expires_ns = r->for_ns == FOR_EVER ? 0 : clock_monotonic_ns() + r->for_ns,
		.reason = r->reason,
		/* what is to go may be on the list, however it came there */
		.all_would = r->force || verb_is(r, "del") ? NULL : all_would[r->list],
	};
	int err = 0;

	if (options_check(r))
		return 2;
	if (verb_is(r, "load"))
		return file_read(r, operand[0], &defaults) ? 1 : 0;
	if (verb_is(r, "add-flow") || verb_is(r, "del-flow")) {
		r->flow_entry.expires_ns = defaults.expires_ns;
		err = r->reason ? list_reason_put(r->reason, &r->flow_entry) : 0;
		return err || block_flow_parse(operand[0], operand[1], operand[2], r->vlan, &r->flow) ? 2 : 0;
	}
	for (int i = 0; i < count && !err; i++)
		err = list_text_add(operand[i], &defaults, &r->items);
	return err ? 2 : 0;
}

static int items_load(const struct datapath *dp, const struct list_request *r)
{
	struct list_replaced replaced = { 0 };
	char sooner[LIST_SOONER_SIZE];
	int err = r->replace ? list_replace(dp, r->list, &r->items) : list_add(dp, r->list, &r->items, &replaced);

	if (!err)
		printf("%s list: %zu entries %s%s%s\n", list_names[r->list], r->items.count,
		       r->replace ? "now, all from " : "added from ", r->path, list_sooner_print(&replaced, sooner));
	if (!err && r->expired)
		printf("%zu left out, for their time has passed\n", r->expired);
	return err;
}

/* What is said of an entry: what it stopped, how long it stays, and why it is there. */
static void entry_print(const char *what, __u64 packets, __u64 expires_ns, const char *reason, __u64 now)
{
	printf("%-43s  %12llu packets  ", what, (unsigned long long)packets);
	if (!expires_ns)
		printf("for good");
	else if (expires_ns > now)
		printf("%llu s left", (unsigned long long)((expires_ns - now) / SECOND_NS));
	else
		printf("expired");
	printf("%s%s\n", *reason ? "  " : "", reason);
}

static void list_entry_print(const char *what, const struct list_entry *entry, __u64 now)
{
	char reason[LIST_REASON_SIZE + 1] = "";

	memcpy(reason, entry->reason, LIST_REASON_SIZE);
	entry_print(what, entry->packets, entry->expires_ns, reason, now);
}

#define FLOW_NAME_SIZE (2 * FLOW_END_SIZE + 48)

/* Writes "UDP 192.0.2.1:53 …" and returns `name`, which has FLOW_NAME_SIZE bytes. */
static const char *flow_name_print(const struct flow_key *key, char *name)
{
	char from[FLOW_END_SIZE], to[FLOW_END_SIZE];
	struct flow_text text;

	flow_text_fill(&text, key, 0);
	flow_ends_print(&text, from, to);
	snprintf(name, FLOW_NAME_SIZE, "%s %s %s%s%s", text.proto, from, to, key->vlan[0] ? " vlan " : "",
		 key->vlan[0] ? text.vlan : "");
	return name;
}

static void flow_print(void *context, const struct flow_key *key, const struct list_entry *entry)
{
	char name[FLOW_NAME_SIZE];

	list_entry_print(flow_name_print(key, name), entry, *(const __u64 *)context);
}

/* A source that the model's policy blocks, among what the operator does. */
static void source_print_blocked(void *context, const struct list_key *source, const struct source_block *b)
{
	char text[IP_TEXT_SIZE], reason[96];

	snprintf(reason, sizeof(reason), "model: %u flows%s", b->flows,
		 b->proven ? ", with handshakes" : ", without a handshake (anybody may have sent them: a minute at most)");
	entry_print(list_key_print(source, text), b->packets, b->until_ns, reason, *(const __u64 *)context);
}

static int entries_list(const struct datapath *dp, enum list list)
{
	struct list_items items = { 0 };
	__u64 now = clock_of_packets_ns(); /* so that what is listed as over is over for the next packet */
	int err = list_read(dp, list, &items);

	for (size_t i = 0; i < items.count && !err; i++) {
		char text[IP_TEXT_SIZE];

		list_entry_print(list_key_print(&items.item[i].key, text), &items.item[i].entry, now);
	}
	items_free(&items);
	if (!err && list == LIST_BLOCK)
		err = block_flows_walk(dp, flow_print, &now);
	if (!err && list == LIST_BLOCK)
		err = source_blocks_walk(dp, now, source_print_blocked, &now);
	if (err)
		log_error("%s list: %s", list_names[list], datapath_strerror(err));
	return err;
}

/* What is blocked by the model alone ends here; the rest is for the list. */
static int blocks_delete(const struct datapath *dp, const struct list_items *items)
{
	struct list_items on_list = { 0 }, rest = { 0 };
	int err = list_read(dp, LIST_BLOCK, &on_list);

	for (size_t i = 0; i < items->count && !err; i++) {
		const struct list_key *key = &items->item[i].key;
		bool listed = !source_block_is_there(dp, key);
		struct list_item *item;

		for (size_t k = 0; k < on_list.count && !listed; k++)
			listed = !memcmp(&on_list.item[k].key, key, sizeof(*key));
		item = listed ? items_add(&rest) : NULL;
		if (item)
			*item = items->item[i];
		else if (listed)
			err = -ENOMEM;
	}
	if (err)
		log_error("block list: %s", datapath_strerror(err));
	else if (rest.count)
		err = list_delete(dp, LIST_BLOCK, &rest);
	for (size_t i = 0; i < items->count && !err; i++)
		source_block_end(dp, &items->item[i].key);
	items_free(&on_list);
	items_free(&rest);
	return err;
}

static int request_do(const struct datapath *dp, const struct list_request *r)
{
	bool deletes = verb_is(r, "del") || verb_is(r, "del-flow");
	struct list_replaced replaced;
	char name[FLOW_NAME_SIZE];
	int err;

	if (verb_is(r, "list"))
		return entries_list(dp, r->list);
	if (verb_is(r, "load"))
		return items_load(dp, r);
	if (verb_is(r, "add") || verb_is(r, "del")) {
		if (!deletes)
			err = list_add(dp, r->list, &r->items, &replaced);
		else
			err = r->list == LIST_BLOCK ? blocks_delete(dp, &r->items) : list_delete(dp, r->list, &r->items);
		if (!err)
			list_change_print(r->list, &r->items, deletes ? NULL : &replaced);
		return err;
	}
	err = deletes ? block_flow_delete(dp, &r->flow) : block_flow_add(dp, &r->flow, &r->flow_entry, &replaced);
	if (!err)
		list_flow_change_print(flow_name_print(&r->flow, name), &r->flow_entry, deletes ? NULL : &replaced);
	return err;
}

/* Says what is missing or too much behind the verb. */
static void operands_refuse(enum list list, char **operand, int count)
{
	const char *name = list_names[list], *verb = count ? operand[0] : "";

	if (count == 1 && (!strcmp(verb, "add") || !strcmp(verb, "del")))
		log_error("%s %s: which address or network? For example: hedgerow %s %s 192.0.2.7 198.51.100.0/24", name, verb,
			  name, verb);
	else if (count == 1 && !strcmp(verb, "load"))
		log_error("%s load: which file? For example: hedgerow %s load feed.txt (- is standard input)", name, name);
	else if (list == LIST_BLOCK && (!strcmp(verb, "add-flow") || !strcmp(verb, "del-flow")))
		log_error("%s %s: wanted protocol and both ends, for example: hedgerow %s %s tcp 192.0.2.1:1234 198.51.100.7:80",
			  name, verb, name, verb);
	else
		log_error("%s: wanted `add CIDR...`, `del CIDR...`, `list`%s or `load FILE`%s%s%s", name,
			  list == LIST_BLOCK ? ", `add-flow PROTO END END`, `del-flow PROTO END END`" : "",
			  count ? ", given '" : "", verb, count ? "'" : "");
}

static bool operands_fit(enum list list, char **operand, int count)
{
	if (count < 1)
		return false;
	if (!strcmp(operand[0], "add") || !strcmp(operand[0], "del"))
		return count > 1;
	if (!strcmp(operand[0], "add-flow") || !strcmp(operand[0], "del-flow"))
		return list == LIST_BLOCK && count == 4;
	return !strcmp(operand[0], "load") ? count == 2 : !strcmp(operand[0], "list") && count == 1;
}

static enum list list_of_name(const char *name)
{
	for (int list = 0; list < LIST_COUNT; list++)
		if (!strcmp(name, list_names[list]))
			return list;
	return LIST_BLOCK;
}

/* Who blocks somebody in monitor mode is told that nothing is dropped. */
static void mode_tell(const struct datapath *dp, const struct list_request *r)
{
	struct settings s;

	if (r->list != LIST_BLOCK || verb_is(r, "list") || verb_is(r, "del") || verb_is(r, "del-flow") || settings_read(dp, &s))
		return;
	if (!datapath_enforces(dp, &s))
		log_info("mode monitor: what is on the block list is counted and passes; to have it dropped: hedgerow settings "
			 "--mode enforce");
}

int cmd_block(int argc, char **argv)
{
	struct list_request r = {
		.list = list_of_name(argv[0]),
		.for_ns = FOR_EVER,
	};
	struct datapath dp = datapath_none();
	const char *iface = NULL;
	int verbose = 0, first, status;
	char usage[256];
	const struct option_row vlan = { "vlan", 0, OPTION_STRING, &r.vlan, "ID",
					 "add-flow, del-flow: the flow's tag, or tags as in 12.34" };
	const struct option_row rows[] = {
		{ "for", 0, OPTION_SECONDS, &r.for_ns, "TIME", "entries added now expire after it; without: never" },
		{ "reason", 0, OPTION_STRING, &r.reason, "TEXT", "why, up to 23 characters; `list` shows it" },
		{ "force", 0, OPTION_FLAG, &r.force, NULL, "add even what covers every IPv4 address, such as 0.0.0.0/0 or ::/0" },
		{ "replace", 0, OPTION_FLAG, &r.replace, NULL, "load: what the file does not hold leaves the list" },
		{ "iface", 'i', OPTION_STRING, &iface, "IF", "the interface, where more than one has tables" },
		VERBOSE_OPTION_ROW(verbose),
		r.list == LIST_BLOCK ? vlan : (struct option_row){ 0 },
		{ 0 },
	};

	snprintf(usage, sizeof(usage), "Usage: hedgerow %s add CIDR... [--for TIME] | del CIDR... | list | load FILE|-%s",
		 list_names[r.list], r.list == LIST_BLOCK ? " | add-flow PROTO END END | del-flow PROTO END END" : "");
	first = command_options(rows, &verbose, usage, argc, argv);
	if (first < 0)
		return command_status(first);
	if (!operands_fit(r.list, argv + first, argc - first)) {
		operands_refuse(r.list, argv + first, argc - first);
		return 2;
	}
	r.verb = argv[first];
	status = request_read(&r, argv + first + 1, argc - first - 1);
	if (!status)
		status = datapath_choose(&dp, iface) || request_do(&dp, &r) ? 1 : 0;
	if (!status)
		mode_tell(&dp, &r);
	datapath_close(&dp);
	items_free(&r.items);
	return status;
}
