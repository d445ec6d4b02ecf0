// SPDX-License-Identifier: BSD-2-Clause
/* The XDP program of one interface: on, in the mode that its driver takes, and off. */
#include <errno.h>
#include <linux/if_link.h>
#include <bpf/libbpf.h>
#include "attach_steps.h"
#include "dispatcher.h"
#include "doctor.h"
#include "log.h"

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

int attachment_xdp_off(const struct attachment *a, int prog_fd)
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

/* A dispatcher that is there says which mode it is. */
int attachment_xdp_on(const struct datapath *dp, struct attachment *a, enum xdp_mode wanted)
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
	a->mode = mode;
	a->xdp_is_ours = true;
	return 0;
}
