// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <string.h>
#include <linux/if_ether.h>
#include "attach_steps.h"
#include "datapath_adopt.h"
#include "dispatcher.h"
#include "doctor.h"
#include "egress.h"
#include "guard.h"
#include "iface.h"
#include "log.h"
#include "model_code_pin.h"
#include "safety_state.h"

/* The datapath of that instance on any interface here. -ENOENT without a word when there is none. */
static int datapath_adopt_instance(struct datapath *dp, const char *instance)
{
	struct if_nameindex *list = if_nameindex();
	int err = -ENOENT;

	for (struct if_nameindex *i = list; i && i->if_index && err == -ENOENT; i++) {
		struct datapath there = datapath_none();
		struct xdp_found found;

		if (xdp_find(i->if_index, &found) || !found.ours)
			continue;
		err = datapath_adopt(&there, i->if_name);
		if (!err && !strcmp(there.instance, instance)) {
			*dp = there;
		} else if (!err) {
			datapath_close(&there);
			err = -ENOENT;
		}
	}
	if_freenameindex(list);
	return err;
}

/* True when a frame there may take more than one buffer: drivers refuse the plain program then, sooner or later. */
static bool ifaces_are_jumbo(const struct option_list *ifaces)
{
	for (int i = 0; i < ifaces->count; i++)
		if (iface_mtu(ifaces->value[i]) > ETH_DATA_LEN)
			return true;
	return false;
}

static int datapath_provide(struct datapath *dp, const struct attach_options *o, const struct attachment *carrier)
{
	const char *instance = o->instance ? o->instance : "";
	bool sized = o->sizes.flows || o->sizes.sources || o->sizes.dests;
	int err = carrier ? datapath_adopt(dp, carrier->iface) : datapath_adopt_instance(dp, instance);

	if (err == -ENOENT && !carrier)
		return datapath_load(dp, &o->sizes, instance, ifaces_are_jumbo(&o->ifaces));
	if (!err && o->instance && strcmp(dp->instance, instance)) {
		log_error("%s: carries the program of %s%s%s, not of '%s'; leave --instance %s%s, or take it off first: hedgerow "
			  "detach --iface %s", carrier->iface, *dp->instance ? "instance '" : "the default instance", dp->instance,
			  *dp->instance ? "'" : "", instance, *dp->instance ? "out or give it " : "out", dp->instance,
			  carrier->iface);
		datapath_close(dp);
		return -EEXIST;
	}
	if (!err && sized)
		log_warn("--max-flows, --max-sources, --max-dests: the tables exist already and keep their sizes, %u, %u and %u; to "
			 "have others: hedgerow detach, then attach again", dp->max_entries[DATAPATH_FLOWS],
			 dp->max_entries[DATAPATH_SOURCES], dp->max_entries[DATAPATH_DESTS]);
	return err;
}

/* A program that was made to stand under a dispatcher cannot stand alone. */
static int dispatcher_check(const struct datapath *dp, const struct attach_options *o, const struct attachment *a)
{
	if (!dp->extension || o->dispatcher)
		return 0;
	log_error("%s: the tables in use are those of a program under libxdp's dispatcher; give --dispatcher here too, or another "
		  "--instance", a->iface);
	return -EEXIST;
}

static int attachment_complete(const struct datapath *dp, const struct attach_options *o, enum xdp_mode mode,
			       struct attachment *a)
{
	int err = 0;

	a->dispatcher_wanted = o->dispatcher;
	if (!a->xdp_id) {
		err = dispatcher_check(dp, o, a);
		err = err ? err : attachment_xdp_on(dp, a, mode);
	} else if (!datapath_has_program(dp, a->xdp_id)) {
		log_error("%s: its program has tables of its own; give it an agent of its own", a->iface);
		err = -EEXIST;
	}
	a->egress_wanted = !o->no_egress;
	if (!err && !o->no_egress)
		err = egress_attach(dp, a->iface, a->ifindex, &a->egress_is_ours);
	if (!err)
		offloads_warn(dp, a->iface, a->mode == XDP_MODE_GENERIC);
	return err;
}

/* From the program that the tables were made with, or another's, to the one on that interface, on the same tables. */
static int datapath_turn_to(struct datapath *dp, const char *iface)
{
	struct datapath there = datapath_none();
	int err = datapath_adopt(&there, iface);

	if (err)
		return err;
	datapath_close(dp);
	*dp = there;
	return 0;
}

int attach_all(struct datapath *out, const struct attach_options *o, bool adopt, struct attachment *list)
{
	struct datapath dp = datapath_none();
	int carrier, mode = attach_options_mode(o);
	bool missed = false; /* what passed before on an interface that is new to the tables */
	int err = mode < 0 ? mode : 0;

	if (!err && o->dispatcher && !dispatcher_is_possible()) {
		log_error("--dispatcher: this kernel refuses the programs of type ext that it works with; attach without it");
		err = -EOPNOTSUPP;
	}
	err = err ? err : attachments_prepare(o, adopt, list, &carrier);
	if (!err)
		err = datapath_provide(&dp, o, carrier < 0 ? NULL : &list[carrier]);
	if (err)
		return err;
	err = guard_refresh(&dp, &o->protect);
	for (int i = 0; i < o->ifaces.count && !err; i++) {
		err = attachment_complete(&dp, o, mode, &list[i]);
		missed |= list[i].xdp_is_ours;
	}
	if (!err && list[0].dispatcher)
		err = datapath_turn_to(&dp, list[0].iface);
	if (!err && missed)
		err = safety_begin_watching(&dp);
	if (err) {
		detach_all(&dp, list, o->ifaces.count);
		datapath_close(&dp);
		return err;
	}
	model_code_pin(&dp); /* before this program ends: what it leaves without a pin the kernel empties some time later */
	*out = dp;
	return 0;
}

static void codes_release(const struct datapath *dp)
{
	if (!attachments_find(dp, NULL, 0))
		model_code_unpin(dp);
}

void detach_all(const struct datapath *dp, const struct attachment *list, int count)
{
	for (int i = 0; i < count; i++) {
		int err = 0;

		/* The companion goes last and only with the program: alone, the program would see nobody answered. */
		if (list[i].xdp_is_ours)
			err = attachment_xdp_off(&list[i], dp->xdp_prog);
		if (list[i].xdp_is_ours && list[i].egress_is_ours && !err)
			egress_detach(dp, list[i].ifindex);
		if (err && err != -ENODEV)
			log_warn("%s: not detached: %s", list[i].iface, strerror(-err));
	}
	codes_release(dp);
}

int detach_one(const struct datapath *dp, const char *iface)
{
	struct attachment a = { .ifindex = if_nametoindex(iface) };
	struct xdp_found found;
	int err;

	if (!a.ifindex) {
		log_error("%s: no such interface; `ip link` lists them", iface);
		return -ENODEV;
	}
	err = xdp_find(a.ifindex, &found);
	if (!err && found.id != dp->xdp_id)
		err = -ESTALE;
	a.mode = found.mode;
	a.xdp_id = found.id;
	a.dispatcher = found.dispatcher;
	if (!err)
		err = attachment_xdp_off(&a, dp->xdp_prog);
	if (err) {
		log_error("%s: detaching: %s", iface, datapath_strerror(err));
		return err;
	}
	egress_detach(dp, a.ifindex);
	codes_release(dp);
	return 0;
}

/* The first interface whose answers are not seen. False when there is none. */
static bool attachment_is_one_way(const struct datapath *dp, struct attachment *out)
{
	struct attachment list[OPTION_LIST_MAX];
	int count = attachments_find(dp, list, OPTION_LIST_MAX);

	for (int i = 0; i < count && i < OPTION_LIST_MAX; i++) {
		if (egress_find(dp, list[i].ifindex))
			continue;
		*out = list[i];
		return true;
	}
	return false;
}

bool attachments_are_one_way(const struct datapath *dp)
{
	struct attachment unused;

	return attachment_is_one_way(dp, &unused);
}

int attachments_see_replies(const struct datapath *dp)
{
	struct attachment without;

	if (!attachment_is_one_way(dp, &without))
		return 0;
	log_error("%s: enforcing needs to see the answers that leave, or all flows look unanswered; `hedgerow run "
		  "--iface %s` adds the egress companion (without --no-egress)", without.iface, without.iface);
	return -EPERM;
}
