// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <string.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <bpf/libbpf.h>
#include "attach.h"
#include "dispatcher.h"
#include "doctor.h"
#include "egress.h"
#include "guard.h"
#include "iface.h"
#include "log.h"
#include "model_code_pin.h"
#include "safety_state.h"

static const __u32 mode_flags[XDP_MODE_COUNT] = {
	[XDP_MODE_NATIVE] = XDP_FLAGS_DRV_MODE,
	[XDP_MODE_GENERIC] = XDP_FLAGS_SKB_MODE,
};

static int xdp_attach_as(const struct datapath *dp, const struct attachment *a, enum xdp_mode mode)
{
	if (a->dispatcher_wanted)
		return dispatcher_attach(dp, a->iface, a->ifindex, mode == XDP_MODE_GENERIC);
	return bpf_xdp_attach(a->ifindex, dp->xdp_prog, mode_flags[mode] | XDP_FLAGS_UPDATE_IF_NOEXIST, NULL);
}

static int xdp_detach(const struct attachment *a, int prog_fd)
{
	LIBBPF_OPTS(bpf_xdp_attach_opts, opts, .old_prog_fd = prog_fd);

	if (a->dispatcher)
		return dispatcher_detach(a->xdp_id, a->ifindex, a->mode == XDP_MODE_GENERIC);
	return bpf_xdp_detach(a->ifindex, mode_flags[a->mode], &opts);
}

/* Which program it is that stands there now. One that stands alone where a dispatcher was wanted is taken off. */
static int xdp_attached(const struct datapath *dp, struct attachment *a, enum xdp_mode mode)
{
	struct xdp_found found;
	int err = a->dispatcher_wanted ? xdp_find(a->ifindex, &found) : 0;

	a->xdp_id = dp->xdp_id;
	if (err || !a->dispatcher_wanted)
		return err;
	if (!found.ours)
		return -ESTALE;
	a->xdp_id = found.id;
	a->dispatcher = found.dispatcher;
	if (found.dispatcher)
		return 0;
	bpf_xdp_detach(a->ifindex, mode_flags[mode], NULL); /* libxdp's way out, also where LIBXDP_SKIP_DISPATCHER asks for it */
	return -EOPNOTSUPP;
}

/* Native first, generic where the driver will not have it. A dispatcher that is there says which it is. */
static int xdp_attach(const struct datapath *dp, struct attachment *a, enum xdp_mode wanted)
{
	enum xdp_mode mode = wanted != XDP_MODE_AUTO ? wanted : a->dispatcher ? a->mode : XDP_MODE_NATIVE;
	int err = xdp_attach_as(dp, a, mode), refused = err;
	char why[320];

	if (err && err != -EPERM && err != -EBUSY && err != -EEXIST && wanted == XDP_MODE_AUTO && !a->dispatcher) {
		mode = XDP_MODE_GENERIC;
		err = xdp_attach_as(dp, a, mode);
	}
	if (!err)
		err = xdp_attached(dp, a, mode);
	if (err) {
		log_error("%s: attaching in %s mode: %s", a->iface, xdp_mode_names[mode],
			  mode == XDP_MODE_NATIVE && err != -EPERM ?
				  native_refusal_explain(a->iface, err, why, sizeof(why)) :
				  datapath_strerror(err));
		return err;
	}
	if (mode == XDP_MODE_GENERIC && wanted == XDP_MODE_AUTO && refused)
		log_warn("%s: attached in generic mode, which is slower: the driver refused native mode (%s)",
			 a->iface, native_refusal_explain(a->iface, refused, why, sizeof(why)));
	offloads_warn(a->iface, mode == XDP_MODE_GENERIC);
	a->mode = mode;
	a->xdp_is_ours = true;
	return 0;
}

/* What is on each interface before we touch anything. Returns the index of one to adopt from, -1 for none. */
static int attachments_prepare(const struct attach_options *o, bool adopt, struct attachment *out, int *carrier)
{
	struct xdp_found found;
	int err;

	*carrier = -1;
	for (int i = 0; i < o->ifaces.count; i++) {
		const char *iface = o->ifaces.value[i];

		out[i] = (struct attachment){ .ifindex = if_nametoindex(iface) };
		if (!out[i].ifindex || strlen(iface) >= IF_NAMESIZE) {
			log_error("%s: no such interface; `ip link` lists them", iface);
			return -ENODEV;
		}
		strcpy(out[i].iface, iface);
		for (int j = 0; j < i; j++) {
			if (out[j].ifindex == out[i].ifindex) {
				log_error("--iface: %s is given twice", iface);
				return -EINVAL;
			}
		}
		err = xdp_find(out[i].ifindex, &found);
		if (err) {
			log_error("%s: cannot tell what is attached: %s", iface, datapath_strerror(err));
			return err;
		}
		if (!found.id)
			continue;
		if (!found.readable) {
			log_error("%s: what it carries: %s", iface, datapath_strerror(EPERM));
			return -EPERM;
		}
		if (found.ours && !adopt) {
			log_error("%s: the program is attached already (id %u, %s); `hedgerow status` shows it", iface,
				  found.id, xdp_mode_names[found.mode]);
			return -EEXIST;
		}
		out[i].mode = found.mode;
		out[i].dispatcher = found.dispatcher;
		if (!found.ours && found.dispatcher && o->dispatcher)
			continue;
		if (!found.ours && found.dispatcher) {
			log_error("%s: carries the dispatcher of libxdp (id %u) with other programs; --dispatcher puts this one "
				  "beside them", iface, found.id);
			return -EEXIST;
		}
		if (!found.ours) {
			log_error("%s: carries another program, %s (id %u); take it off first: ip link set dev %s xdp off",
				  iface, found.name, found.id, iface);
			return -EEXIST;
		}
		out[i].xdp_id = found.id;
		if (*carrier < 0)
			*carrier = i;
	}
	return 0;
}

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
		log_error("%s: belongs to instance '%s', not '%s'", carrier->iface, dp->instance, instance);
		datapath_close(dp);
		return -EEXIST;
	}
	if (!err && sized)
		log_warn("the tables exist already, their sizes stay as they are");
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
		err = err ? err : xdp_attach(dp, a, mode);
	} else if (!datapath_has_program(dp, a->xdp_id)) {
		log_error("%s: its program has tables of its own; give it an agent of its own", a->iface);
		err = -EEXIST;
	}
	a->egress_wanted = !o->no_egress;
	if (!err && !o->no_egress)
		err = egress_attach(dp, a->iface, a->ifindex, &a->egress_is_ours);
	return err;
}

/* An enum xdp_mode, or -EINVAL after one logged line. */
static int attach_options_mode(const struct attach_options *o)
{
	if (!o->xdp_mode)
		return XDP_MODE_AUTO;
	return option_parse_name("--xdp-mode", o->xdp_mode, xdp_mode_names, XDP_MODE_COUNT);
}

static int size_check(const char *option, unsigned long entries)
{
	if (entries <= DATAPATH_ENTRIES_MAX)
		return 0;
	log_error("--%s: %lu will not do, wanted 1 to %u", option, entries, DATAPATH_ENTRIES_MAX);
	return -EINVAL;
}

int attach_options_check(const struct attach_options *o)
{
	if (!o->ifaces.count) {
		log_error("--iface is missing: which interface? `ip link` lists them");
		return -EINVAL;
	}
	if (o->instance && strlen(o->instance) >= INSTANCE_NAME_SIZE) {
		log_error("--instance: '%s' is too long, wanted at most %d bytes", o->instance, INSTANCE_NAME_SIZE - 1);
		return -EINVAL;
	}
	return attach_options_mode(o) < 0 || guard_check(&o->protect) || size_check("max-flows", o->sizes.flows) ||
			       size_check("max-sources", o->sizes.sources) || size_check("max-dests", o->sizes.dests) ?
		       -EINVAL :
		       0;
}

int attach_check(const struct attach_options *o)
{
	struct attachment list[OPTION_LIST_MAX];
	char missing[CAPABILITIES_TEXT_SIZE];
	int carrier, err = attachments_prepare(o, true, list, &carrier);

	if (!err && capabilities_missing(missing)[0]) {
		log_error("%s: %s", o->ifaces.value[0], datapath_strerror(EPERM));
		err = -EPERM;
	}
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
			err = xdp_detach(&list[i], dp->xdp_prog);
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
		err = xdp_detach(&a, dp->xdp_prog);
	if (err) {
		log_error("%s: detaching: %s", iface, datapath_strerror(err));
		return err;
	}
	egress_detach(dp, a.ifindex);
	codes_release(dp);
	return 0;
}

int attachments_see_replies(const struct datapath *dp)
{
	struct attachment list[OPTION_LIST_MAX];
	int count = attachments_find(dp, list, OPTION_LIST_MAX);

	for (int i = 0; i < count && i < OPTION_LIST_MAX; i++) {
		if (egress_find(dp, list[i].ifindex))
			continue;
		log_error("%s: enforcing needs to see the answers that leave, or all flows look unanswered; `hedgerow run "
			  "--iface %s` adds the egress companion (without --no-egress)", list[i].iface, list[i].iface);
		return -EPERM;
	}
	return 0;
}
