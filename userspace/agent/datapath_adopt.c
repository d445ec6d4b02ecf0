// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <net/if.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include "datapath_adopt.h"
#include "leftovers.h"
#include "log.h"
#include "xdp_find.h"

int datapath_adopt(struct datapath *dp, const char *iface)
{
	unsigned int ifindex = if_nametoindex(iface);
	struct xdp_found found;
	int err, fd;

	if (!ifindex) {
		log_error("%s: no such interface; `ip link` lists them", iface);
		return -ENODEV;
	}
	err = xdp_find(ifindex, &found);
	if (err) {
		log_error("%s: cannot tell what is attached: %s", iface, datapath_strerror(err));
		return err;
	}
	if (!found.id) {
		nothing_attached_tell(iface);
		return -ENOENT;
	}
	fd = bpf_prog_get_fd_by_id(found.id);
	if (fd < 0) {
		err = -errno;
		log_error("%s: program %u: %s", iface, found.id, datapath_strerror(err));
		return err;
	}
	if (!found.ours) {
		log_error("%s: carries another program, %s (id %u); take it off first: ip link set dev %s xdp off",
			  iface, found.name, found.id, iface);
		close(fd);
		return -EEXIST;
	}
	return datapath_take(dp, fd, iface);
}
