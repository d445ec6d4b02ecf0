// SPDX-License-Identifier: BSD-2-Clause
/* hedgerow scope: parts of the traffic with a mode, thresholds and a policy of their own; the first that fits counts. */
#include <errno.h>
#include <math.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "attach.h"
#include "commands.h"
#include "doctor.h"
#include "ip_prefix.h"
#include "log.h"
#include "names.h"
#include "policies.h"
#include "scope_store.h"
#include "scope_text.h"
#include "settings_options.h"
#include "settings_store.h"
#include "suspended_tell.h"

struct scope_options {
	const char *dest, *port, *proto, *vlan, *on, *mode, *policy, *iface;
	double log_at, drop_at; /* NaN: not given */
	int verbose;
};

static int dest_put(const char *text, struct scope *c)
{
	char whole[IP_TEXT_SIZE];
	struct ip_prefix p;
	bool cut = false;

	if (!ip_prefix_parse(text, &p, &cut) && cut) {
		log_error("--dest: '%s' has bits behind its prefix; the network is %s, the address alone has no /", text,
			  ip_prefix_print(&p, whole));
		return -EINVAL;
	}
	if (ip_prefix_parse(text, &p, &cut)) {
		log_error("--dest: '%s' is no address or network, wanted e.g. 192.0.2.1, 192.0.2.0/24 or 2001:db8::/32", text);
		return -EINVAL;
	}
	memcpy(c->dest, p.address.byte, sizeof(c->dest));
	for (int bit = 0; bit < p.bits; bit++)
		((unsigned char *)c->mask)[bit / 8] |= 0x80 >> bit % 8;
	return 0;
}

/* Digits up to `max`, then `end`. Returns what follows, or NULL. */
static const char *number_take(const char *text, unsigned long max, unsigned long *out)
{
	size_t digits = strspn(text, "0123456789");

	*out = digits && digits < 10 ? strtoul(text, NULL, 10) : max + 1;
	return *out <= max ? text + digits : NULL;
}

static int port_put(const char *text, struct scope *c)
{
	unsigned long first, last;
	const char *rest = number_take(text, 65535, &first);

	last = first;
	if (rest && *rest == '-')
		rest = number_take(rest + 1, 65535, &last);
	if (!rest || *rest || !first || first > last) {
		log_error("--port: '%s' will not do, wanted 1 to 65535, e.g. 443 or 8000-8099; leave it out for any", text);
		return -EINVAL;
	}
	c->port_first = first;
	c->port_last = last;
	return 0;
}

static int proto_put(const char *text, struct scope *c)
{
	static const char *const names[] = { "tcp", "udp" };
	int which = option_parse_name("--proto", text, names, 2);

	if (which < 0)
		return which;
	c->l4_proto = which ? IPPROTO_UDP : IPPROTO_TCP;
	return 0;
}

static int vlan_put(const char *text, struct scope *c)
{
	unsigned long id;
	const char *rest = number_take(text, 4094, &id);

	if (!rest || *rest || !id) {
		log_error("--vlan: '%s' is none, wanted 1 to 4094", text);
		return -EINVAL;
	}
	c->vlan = id;
	return 0;
}

#define MARGIN_MOST 10000 /* far beyond what a model says, and its place in a scope holds it */

/* A margin for the scope's place `out`; `bit` of `has` says that it is there. */
static int margin_put(const char *option, double margin, struct scope *c, __s32 *out, enum scope_has bit)
{
	if (isnan(margin))
		return 0;
	if (!(fabs(margin) <= MARGIN_MOST)) {
		log_error("--%s: %g will not do, wanted a margin of %d at most, as `hedgerow model show` prints them", option,
			  margin, MARGIN_MOST);
		return -EINVAL;
	}
	*out = lround(margin * (1 << SCOPE_MARGIN_SHIFT));
	c->margins.has |= bit;
	return 0;
}

/* What is done with flows of the scope beyond its mode. */
static int judging_put(const struct scope_options *o, struct scope *c)
{
	if (margin_put("log-at", o->log_at, c, &c->margins.log_at, SCOPE_HAS_LOG_AT) ||
	    margin_put("drop-at", o->drop_at, c, &c->margins.drop_at, SCOPE_HAS_DROP_AT))
		return -EINVAL;
	if (o->log_at > o->drop_at) {
		log_error("--log-at: %g is above --drop-at, %g; it may be at most that", o->log_at, o->drop_at);
		return -EINVAL;
	}
	if (!o->policy || !response_parse(o->policy, &c->response))
		return 0;
	log_error("--policy: '%s' will not do, " RESPONSE_WANTED, o->policy);
	return -EINVAL;
}

static int scope_from_options(const struct scope_options *o, const char *name, struct scope *out)
{
	struct scope c = { .port_last = 65535 };
	int mode;

	if (!*name || strlen(name) >= SCOPE_NAME_SIZE) {
		log_error("scope: the name '%s' will not do, wanted 1 to %d characters", name, SCOPE_NAME_SIZE - 1);
		return -EINVAL;
	}
	if (!o->mode) {
		log_error("scope: --mode is missing: monitor or enforce?");
		return -EINVAL;
	}
	mode = option_parse_name("--mode", o->mode, mode_names, MODE_COUNT);
	if (mode < 0 || (o->dest && dest_put(o->dest, &c)) || (o->port && port_put(o->port, &c)) ||
	    (o->proto && proto_put(o->proto, &c)) || (o->vlan && vlan_put(o->vlan, &c)) || judging_put(o, &c))
		return -EINVAL;
	if (o->on && !(c.ifindex = if_nametoindex(o->on))) {
		log_error("--on: %s: no such interface; `ip link` lists them", o->on);
		return -ENODEV;
	}
	c.mode = mode;
	strcpy(c.name, name);
	*out = c;
	return 0;
}

static void scope_print(const struct scope *c)
{
	char what[SCOPE_TEXT_SIZE];

	printf("%-16.16s %-8s%s\n", c->name, mode_name(c->mode), scope_what_print(c, what));
}

/* The scope that is new may be behind a wider one, or be it. */
static void scopes_tell_hidden(const struct scopes *all, int new)
{
	for (int behind = 0; behind < (int)all->count; behind++) {
		for (int before = 0; before < behind; before++) {
			if ((behind != new && before != new) || !scope_covers(&all->scope[before], &all->scope[behind]))
				continue;
			log_warn("scope '%.16s' has no effect: '%.16s' stands before it and all its flows fit that one too. To have "
				 "it count, take '%.16s' away and add it again, behind", all->scope[behind].name,
				 all->scope[before].name, all->scope[before].name);
			break;
		}
	}
}

/* Of two that share some flows the first decides about these, which the order alone tells. */
static void scopes_tell_overlap(const struct scopes *all, int new)
{
	for (int other = 0; other < (int)all->count; other++) {
		const char *winner = all->scope[other < new ? other : new].name, *loser = all->scope[other < new ? new : other].name;

		if (other != new && scopes_overlap(&all->scope[other], &all->scope[new]))
			log_info("scopes '%.16s' and '%.16s' overlap: flows that fit both are under '%.16s', which stands first", winner,
				 loser, winner);
	}
}

/* Puts the scope behind the others, or in the place of the one that has its name. */
static int scope_put(struct scopes *all, const struct scope *c)
{
	int at = scope_named(all, c->name);

	if (at < 0 && all->count == SCOPES_MAX) {
		log_error("scope: there are %d already, the most that a packet is held against", SCOPES_MAX);
		return -ENOSPC;
	}
	all->scope[at < 0 ? (int)all->count++ : at] = *c;
	return 0;
}

static int scope_take(struct scopes *all, const char *name)
{
	int at = scope_named(all, name);

	if (at < 0) {
		log_error("scope: there is none of the name '%s'; `hedgerow scope list` shows them", name);
		return at;
	}
	memmove(&all->scope[at], &all->scope[at + 1], (--all->count - at) * sizeof(*all->scope));
	return 0;
}

/* `wanted` NULL: the scope `name` goes. */
static int scopes_change(const struct datapath *dp, const struct scope *wanted, const char *name)
{
	struct scopes all;
	struct settings s;
	int lock = settings_change_begin(dp, &s), err = lock < 0 ? lock : scopes_read(dp, &s, &all);

	if (err) {
		log_error("scopes: %s", datapath_strerror(err));
	} else {
		err = wanted ? scope_put(&all, wanted) : scope_take(&all, name);
		if (!err && wanted && wanted->mode == MODE_ENFORCE)
			err = attachments_see_replies(dp);
		if (!err && (err = scopes_stage(dp, &all, &s)))
			log_error("scopes: %s", datapath_strerror(err));
	}
	if (lock >= 0 && err)
		settings_change_end(dp, lock, NULL);
	if (!err && (err = settings_change_announce(dp, lock, &s)))
		log_error("scopes: %s", datapath_strerror(err));
	if (!err && wanted) {
		scope_print(wanted);
		scopes_tell_hidden(&all, scope_named(&all, wanted->name));
		scopes_tell_overlap(&all, scope_named(&all, wanted->name));
	} else if (!err) {
		printf("%s: gone; scopes left: %u\n", name, all.count);
	}
	return err;
}

/* Where the card takes tags off, a scope that asks for one is not what it looks like. */
static void vlan_warn(const struct datapath *dp, const struct scope *c)
{
	struct attachment there[OPTION_LIST_MAX];
	int count = attachments_find(dp, there, OPTION_LIST_MAX);

	for (int i = 0; i < count && i < OPTION_LIST_MAX; i++)
		if (!c->ifindex || c->ifindex == there[i].ifindex)
			offloads_warn(dp, there[i].iface, there[i].mode == XDP_MODE_GENERIC);
}

static int scopes_list(const struct datapath *dp)
{
	struct scopes all;
	struct settings s;
	int err = settings_read(dp, &s) ?: scopes_read(dp, &s, &all);

	if (err) {
		log_error("scopes: %s", datapath_strerror(err));
		return err;
	}
	for (__u32 i = 0; i < all.count; i++)
		scope_print(&all.scope[i]);
	printf("%-16s %s\n", "everything else", mode_name(s.mode));
	return 0;
}

/* Says what is missing or too much behind the verb. */
static void operands_refuse(char **operand, int count)
{
	const char *verb = count ? operand[0] : "";

	if (count == 1 && (!strcmp(verb, "add") || !strcmp(verb, "del")))
		log_error("scope %s: which name? For example: hedgerow scope %s web%s", verb, verb,
			  strcmp(verb, "add") ? "" : " --mode monitor --port 443");
	else
		log_error("scope: wanted `add NAME --mode MODE ...`, `del NAME` or `list`%s%s%s", count ? ", given '" : "",
			  count ? operand[count - 1] : "", count ? "'" : "");
}

int cmd_scope(int argc, char **argv)
{
	struct datapath dp = datapath_none();
	struct scope_options o = { .log_at = NAN, .drop_at = NAN };
	struct scope wanted;
	bool adds, lists;
	int first, err;
	const struct option_row rows[] = {
		{ "mode", 'm', OPTION_STRING, &o.mode, "MODE", "monitor or enforce" },
		{ "dest", 0, OPTION_STRING, &o.dest, "CIDR", "flows to this address or network" },
		{ "port", 0, OPTION_STRING, &o.port, "N[-M]", "to this port, or these" },
		{ "proto", 0, OPTION_STRING, &o.proto, "PROTO", "tcp or udp" },
		{ "vlan", 0, OPTION_STRING, &o.vlan, "ID", "with this outermost tag" },
		{ "on", 0, OPTION_STRING, &o.on, "IF", "that enter this interface" },
		{ "log-at", 0, OPTION_REAL, &o.log_at, "MARGIN", "log from this margin on, whatever the model's threshold is" },
		{ "drop-at", 0, OPTION_REAL, &o.drop_at, "MARGIN", "condemn from this margin on" },
		{ "policy", 0, OPTION_STRING, &o.policy, "WHAT", "what becomes of condemned flows of any class; as in settings" },
		{ "iface", 'i', OPTION_STRING, &o.iface, "IF", "the interface, where more than one has tables" },
		VERBOSE_OPTION_ROW(o.verbose),
		{ 0 },
	};

	first = command_options(rows, &o.verbose,
				"Usage: hedgerow scope add NAME --mode MODE [--dest CIDR] [--port N] ... | del NAME | list",
				argc, argv);
	if (first < 0)
		return command_status(first);
	adds = argc - first == 2 && !strcmp(argv[first], "add");
	lists = argc - first == 1 && !strcmp(argv[first], "list");
	if (!adds && !lists && !(argc - first == 2 && !strcmp(argv[first], "del"))) {
		operands_refuse(argv + first, argc - first);
		return 2;
	}
	err = adds ? scope_from_options(&o, argv[first + 1], &wanted) : 0;
	if (err)
		return err == -ENODEV ? 1 : 2;
	if (datapath_choose(&dp, o.iface))
		return 1;
	err = lists ? scopes_list(&dp) : scopes_change(&dp, adds ? &wanted : NULL, argv[first + 1]);
	if (!err && adds && wanted.mode == MODE_ENFORCE) {
		settings_tell_no_model(&dp, true);
		suspended_tell(&dp);
	}
	if (!err && adds && wanted.vlan)
		vlan_warn(&dp, &wanted);
	datapath_close(&dp);
	return err ? 1 : 0;
}
