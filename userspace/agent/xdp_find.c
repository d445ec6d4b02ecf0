// SPDX-License-Identifier: BSD-2-Clause
/* What interfaces carry. */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <linux/if_link.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "xdp_find.h"

#define DISPATCHER_PROGRAM_NAME "xdp_dispatcher" /* libxdp's */

const char *const xdp_mode_names[XDP_MODE_COUNT] = {
	[XDP_MODE_AUTO] = "auto",
	[XDP_MODE_NATIVE] = "native",
	[XDP_MODE_GENERIC] = "generic",
};

bool datapath_is_program_name(const char *name)
{
	return !strcmp(name, DATAPATH_PROGRAM_NAME) || !strcmp(name, DATAPATH_FRAGS_NAME);
}

/* The name's buffer is as large as the kernel's. False when we may not ask. */
static bool program_name(__u32 id, char *name)
{
	int fd = bpf_prog_get_fd_by_id(id);
	struct bpf_prog_info info = { 0 };
	__u32 size = sizeof(info);

	strcpy(name, "?");
	if (fd < 0)
		return errno != EPERM;
	if (!bpf_obj_get_info_by_fd(fd, &info, &size))
		memcpy(name, info.name, PROGRAM_NAME_SIZE);
	close(fd);
	return true;
}

/*
 * The id of our program under this dispatcher, 0 for none, and its name. By the kernel's list of links, not by libxdp's
 * pins: those are missing where another mount namespace attached, or nobody mounted a BPF file system.
 */
static __u32 dispatcher_member(__u32 dispatcher_id, char *name)
{
	__u32 id = 0;

	while (!bpf_link_get_next_id(id, &id)) {
		struct bpf_link_info info = { 0 };
		char member[PROGRAM_NAME_SIZE];
		__u32 size = sizeof(info);
		int fd = bpf_link_get_fd_by_id(id);
		bool under;

		if (fd < 0)
			continue;
		under = !bpf_obj_get_info_by_fd(fd, &info, &size) && info.type == BPF_LINK_TYPE_TRACING &&
			info.tracing.target_obj_id == dispatcher_id;
		close(fd);
		if (!under || !program_name(info.prog_id, member) || !datapath_is_program_name(member))
			continue;
		memcpy(name, member, sizeof(member));
		return info.prog_id;
	}
	return 0;
}

/* What is under a dispatcher counts, if it is ours. */
static void dispatcher_look(struct xdp_found *found)
{
	__u32 member;

	if (strcmp(found->name, DISPATCHER_PROGRAM_NAME))
		return;
	found->dispatcher = found->id;
	member = dispatcher_member(found->id, found->name);
	if (!member)
		return;
	found->id = member;
	found->ours = true;
}

int xdp_find(unsigned int ifindex, struct xdp_found *out)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);
	struct xdp_found found = { .mode = XDP_MODE_NATIVE };
	int err = bpf_xdp_query(ifindex, 0, &query);

	if (err)
		return err;
	found.id = query.drv_prog_id ? query.drv_prog_id : query.hw_prog_id;
	if (!found.id && query.skb_prog_id) {
		found.id = query.skb_prog_id;
		found.mode = XDP_MODE_GENERIC;
	}
	if (found.id) {
		found.readable = program_name(found.id, found.name);
		found.ours = datapath_is_program_name(found.name);
		dispatcher_look(&found);
	}
	*out = found;
	return 0;
}
