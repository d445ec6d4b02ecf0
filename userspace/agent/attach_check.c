// SPDX-License-Identifier: BSD-2-Clause
/* What can be said against attaching before anything is made: of the options, the interfaces, the privileges. */
#include <errno.h>
#include <string.h>
#include "attach_steps.h"
#include "doctor.h"
#include "guard.h"
#include "log.h"

int attachments_prepare(const struct attach_options *o, bool adopt, struct attachment *out, int *carrier)
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

int attach_options_mode(const struct attach_options *o)
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
	if (o->instance && !*o->instance) {
		log_error("--instance: the name is empty; leave it out for the default instance");
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
