/* SPDX-License-Identifier: BSD-2-Clause */
/* Interfaces: what is on them, and putting the XDP program and its egress companion on and off. */
#ifndef ATTACH_H
#define ATTACH_H

#include <net/if.h>
#include "datapath.h"
#include "options.h"
#include "xdp_find.h"

/* One interface of a datapath in use. */
struct attachment {
	char iface[IF_NAMESIZE];
	unsigned int ifindex;
	enum xdp_mode mode;
	__u32 xdp_id;	     /* of the program there: not always the datapath's own, `ip link` loads one for each */
	__u32 dispatcher;    /* id of the one that is above it, or that it is to join; 0: none */
	bool dispatcher_wanted; /* it is to stand under one */
	bool xdp_is_ours;    /* we attached it in this call: detach_all() takes it off again */
	bool egress_is_ours; /* the same for the companion */
	bool egress_wanted;  /* it is to be there as long as we watch */
	unsigned int egress_missed; /* polls at which it was not there, though wanted, since it was last */
};

struct attach_options {
	struct option_list ifaces;
	const char *xdp_mode;	 /* a name out of xdp_mode_names, NULL: auto */
	const char *instance;	 /* NULL: the default one */
	bool no_egress;
	bool dispatcher;	 /* beside other programs, under the dispatcher of libxdp */
	struct option_list protect; /* networks under guard, beside those that are found */
	struct datapath_sizes sizes;
};

/* The rows of an option table that fill a struct attach_options `o`. */
#define ATTACH_OPTION_ROWS(o)                                                                                          \
	{ "iface", 'i', OPTION_LIST, &(o).ifaces, "IF", "the interface; may be given again" },                         \
	{ "xdp-mode", 0, OPTION_STRING, &(o).xdp_mode, "MODE", "auto, native or generic" },                            \
	{ "dispatcher", 0, OPTION_FLAG, &(o).dispatcher, NULL, "stand beside other XDP programs, by libxdp's dispatcher" }, \
	{ "instance", 0, OPTION_STRING, &(o).instance, "NAME", "keep tables apart from those of other instances" },    \
	{ "no-egress", 0, OPTION_FLAG, &(o).no_egress, NULL, "do not count what leaves the interface" },               \
	{ "protect", 0, OPTION_LIST, &(o).protect, "CIDR", "what the model may never drop; may be given again" },      \
	{ "max-flows", 0, OPTION_POSITIVE, &(o).sizes.flows, "N", "size of the flow table" },                          \
	{ "max-sources", 0, OPTION_POSITIVE, &(o).sizes.sources, "N", "size of the table of sources" },                \
	{ "max-dests", 0, OPTION_POSITIVE, &(o).sizes.dests, "N", "size of the table of destinations" }

/* What can be said of the command line alone. Returns 0, or -EINVAL after one logged line. */
int attach_options_check(const struct attach_options *o);

/*
 * Whether the interfaces are there, free or ours, and we may touch them: as attach_all() will ask with `adopt`, but
 * nothing is made or changed. Returns 0 or a negative errno after one logged line.
 */
int attach_check(const struct attach_options *o);

/*
 * Puts one datapath on all interfaces: adopts the one that is on any of them, or else on any other interface of this
 * network namespace under the same instance name, or else loads one. `adopt`: an interface that carries it already is
 * welcome; otherwise that is -EEXIST. Fills out[0..ifaces.count-1]. Returns 0 or a negative errno after one logged
 * line; nothing is then left attached that was not before.
 */
int attach_all(struct datapath *dp, const struct attach_options *o, bool adopt, struct attachment *out);

/* Takes off what attach_all() put on. A program that took our place meanwhile is left alone. */
void detach_all(const struct datapath *dp, const struct attachment *list, int count);

/* Takes program and companion of this datapath off one interface. 0, or a negative errno after one logged line. */
int detach_one(const struct datapath *dp, const char *iface);

/*
 * The datapath that a command without --iface means: that of `iface`, or with NULL the only one in this network
 * namespace. Returns 0, or a negative errno after one logged line; -ENOENT: there is none.
 */
int datapath_choose(struct datapath *dp, const char *iface);

/*
 * Whether every interface that carries this datapath also counts what leaves: otherwise nobody looks answered, and
 * enforcing would drop honest flows. Returns 0, or -EPERM after one logged line.
 */
int attachments_see_replies(const struct datapath *dp);

/* Whether some interface has no companion: settings.one_way. Logs nothing. */
bool attachments_are_one_way(const struct datapath *dp);

/* The interfaces of this network namespace that carry this datapath: fills up to `max`, returns how many there are. */
int attachments_find(const struct datapath *dp, struct attachment *out, int max);

#endif
