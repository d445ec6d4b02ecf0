// SPDX-License-Identifier: BSD-2-Clause
/* What interfaces carry. */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <linux/if_link.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "attach.h"
#include "dispatcher.h"
#include "egress.h"
#include "log.h"

const char *const xdp_mode_names[XDP_MODE_COUNT] = {
	[XDP_MODE_AUTO] = "auto",
	[XDP_MODE_NATIVE] = "native",
	[XDP_MODE_GENERIC] = "generic",
};

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

int attachments_find(const struct datapath *dp, struct attachment *out, int max)
{
	struct if_nameindex *list = if_nameindex();
	struct xdp_found found;
	int count = 0;

	for (struct if_nameindex *i = list; i && i->if_index; i++) {
		if (xdp_find(i->if_index, &found) || !found.ours || !datapath_has_program(dp, found.id))
			continue;
		if (count < max) {
			out[count] = (struct attachment){ .ifindex = i->if_index, .mode = found.mode,
							  .xdp_id = found.id, .dispatcher = found.dispatcher };
			strncpy(out[count].iface, i->if_name, IF_NAMESIZE - 1);
		}
		count++;
	}
	if_freenameindex(list);
	return count;
}

/* Adopts the first datapath here, and names all interfaces with another one in `others`. */
static int datapath_adopt_only(struct datapath *dp, char *others, size_t size)
{
	struct if_nameindex *list = if_nameindex();
	struct datapath first = datapath_none();
	const char *first_iface = "";
	struct xdp_found found;
	int err = -ENOENT;

	others[0] = 0;
	for (struct if_nameindex *i = list; i && i->if_index; i++) {
		size_t used = strlen(others);

		if (xdp_find(i->if_index, &found) || !found.id)
			continue;
		if (!found.readable) {
			err = -EPERM;
			break;
		}
		if (!found.ours || (!err && datapath_has_program(&first, found.id)))
			continue;
		if (err) {
			err = datapath_adopt(&first, i->if_name);
			first_iface = i->if_name;
			if (err)
				break;
			continue;
		}
		snprintf(others + used, size - used, "%s%s", used ? ", " : "", i->if_name);
	}
	if (!err && others[0]) {
		log_error("interfaces with tables of their own: %s, %s; say which with --iface", first_iface, others);
		err = -ENOTUNIQ;
	} else if (err == -ENOENT) {
		log_error("no program attached here; attach it first: hedgerow attach --iface IF");
	} else if (err == -EPERM) {
		log_error("what the interfaces carry: %s", datapath_strerror(err));
	}
	if (err)
		datapath_close(&first);
	else
		*dp = first;
	if_freenameindex(list);
	return err;
}

int datapath_choose(struct datapath *dp, const char *iface)
{
	char others[256];

	return iface ? datapath_adopt(dp, iface) : datapath_adopt_only(dp, others, sizeof(others));
}
