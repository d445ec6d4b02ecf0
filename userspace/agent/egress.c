// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "bpf/egress.skel.h"
#include "egress.h"
#include "load_errors.h"
#include "log.h"

#define EGRESS_HANDLE 1
#define EGRESS_PRIORITY 0x4852 /* "HR": a place that nobody else takes by chance */

static struct bpf_tc_hook hook_of(unsigned int ifindex)
{
	return (struct bpf_tc_hook){ .sz = sizeof(struct bpf_tc_hook), .ifindex = ifindex, .attach_point = BPF_TC_EGRESS };
}

static struct bpf_tc_opts place_of(void)
{
	return (struct bpf_tc_opts){ .sz = sizeof(struct bpf_tc_opts), .handle = EGRESS_HANDLE,
				     .priority = EGRESS_PRIORITY };
}

/*
 * A qdisc `ingress` takes a filter for egress without a word, and runs it on what enters: it has one chain, so what stands
 * at egress stands at ingress too.
 */
static bool place_is_ingress(unsigned int ifindex, __u32 prog_id)
{
	struct bpf_tc_hook hook = hook_of(ifindex);
	struct bpf_tc_opts place = place_of();

	hook.attach_point = BPF_TC_INGRESS;
	return !bpf_tc_query(&hook, &place) && place.prog_id == prog_id;
}

__u32 egress_find(const struct datapath *dp, unsigned int ifindex)
{
	struct bpf_tc_hook hook = hook_of(ifindex);
	struct bpf_tc_opts place = place_of();

	if (bpf_tc_query(&hook, &place))
		return 0;
	return datapath_has_program(dp, place.prog_id) && !place_is_ingress(ifindex, place.prog_id) ? place.prog_id : 0;
}

static int tables_share(struct egress_bpf *skel, const struct datapath *dp)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, skel->obj) {
		int err = datapath_map_reuse(dp, map);

		if (err)
			return err;
	}
	return 0;
}

static int program_attach(unsigned int ifindex, int prog_fd)
{
	struct bpf_tc_hook hook = hook_of(ifindex);
	struct bpf_tc_opts place = place_of();
	int err;

	err = bpf_tc_hook_create(&hook);
	if (err && err != -EEXIST)
		return err;
	place.prog_fd = prog_fd;
	place.flags = BPF_TC_F_REPLACE;
	err = bpf_tc_attach(&hook, &place);
	if (err || !place_is_ingress(ifindex, place.prog_id))
		return err;
	place = place_of();
	bpf_tc_detach(&hook, &place);
	return -EEXIST;
}

int egress_attach(const struct datapath *dp, const char *iface, unsigned int ifindex, bool *is_new)
{
	struct egress_bpf *skel;
	int err;

	if (egress_find(dp, ifindex)) {
		*is_new = false;
		return 0;
	}
	skel = egress_bpf__open();
	err = skel ? tables_share(skel, dp) : -errno;
	if (!err)
		err = egress_bpf__load(skel);
	if (!err)
		err = program_attach(ifindex, bpf_program__fd(skel->progs.hedgerow_egress));
	if (err == -EEXIST)
		log_error("%s: a qdisc `ingress` stands where the egress companion needs clsact: `tc qdisc del dev %s ingress` "
			  "makes room; --no-egress goes without", iface, iface);
	else if (err)
		log_error("%s: the egress companion: %s%s", iface, datapath_strerror(err), companion_error_remedy(err));
	else
		*is_new = true;
	egress_bpf__destroy(skel);
	return err;
}

int egress_detach(const struct datapath *dp, unsigned int ifindex)
{
	struct bpf_tc_hook hook = hook_of(ifindex);
	struct bpf_tc_opts place = place_of();

	if (!egress_find(dp, ifindex))
		return -ENOENT;
	return bpf_tc_detach(&hook, &place);
}

static bool program_is_companion(__u32 id)
{
	int fd = bpf_prog_get_fd_by_id(id);
	struct bpf_prog_info info = { 0 };
	__u32 size = sizeof(info);
	bool is_companion = fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &size) && !strcmp(info.name, "hedgerow_egress");

	if (fd >= 0)
		close(fd);
	return is_companion;
}

bool egress_is_there(unsigned int ifindex)
{
	struct bpf_tc_hook hook = hook_of(ifindex);
	struct bpf_tc_opts place = place_of();

	return !bpf_tc_query(&hook, &place) && program_is_companion(place.prog_id);
}

int egress_detach_orphan(unsigned int ifindex)
{
	struct bpf_tc_hook hook = hook_of(ifindex);
	struct bpf_tc_opts place = place_of();

	return egress_is_there(ifindex) ? bpf_tc_detach(&hook, &place) : -ENOENT;
}
