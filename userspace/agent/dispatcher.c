// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <xdp/libxdp.h>
#include "bpf/member.skel.h"
#include "dispatcher.h"
#include "log.h"
#include "program_name.h"

static int libxdp_print(enum libxdp_print_level level, const char *format, va_list args)
{
	char line[512];

	if (log_level < LOG_LEVEL_DEBUG || level == LIBXDP_DEBUG)
		return 0;
	vsnprintf(line, sizeof(line), format, args);
	line[strcspn(line, "\n")] = 0;
	log_debug("%s", line);
	return 0;
}

bool dispatcher_is_possible(void)
{
	return libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_EXT, NULL) == 1;
}

/* Everything that the object would make anew is there already. */
static int object_prepare(struct member_bpf *skel, const struct datapath *dp)
{
	struct bpf_program *program;
	struct bpf_map *map;

	bpf_object__for_each_program(program, skel->obj)
		bpf_program__set_autoload(program, !strcmp(bpf_program__name(program), dp->frags ? DATAPATH_FRAGS_NAME :
												   DATAPATH_PROGRAM_NAME));
	bpf_object__for_each_map(map, skel->obj) {
		int err = datapath_map_reuse(dp, map);

		if (err)
			return err;
	}
	return 0;
}

/* Ties the tables of the agent to the new program too: they live as long as any that uses the flow table. */
static int program_adopt(struct xdp_program *program, const char *iface)
{
	struct datapath dp = datapath_none();
	int fd = dup(xdp_program__fd(program));
	int err = fd < 0 ? -errno : datapath_take(&dp, fd, iface);

	datapath_close(&dp);
	return err;
}

int dispatcher_attach(const struct datapath *dp, const char *iface, unsigned int ifindex, bool is_generic)
{
	enum xdp_attach_mode mode = is_generic ? XDP_MODE_SKB : XDP_MODE_NATIVE;
	struct member_bpf *skel = member_bpf__open();
	struct xdp_program *program = NULL;
	int err = skel ? object_prepare(skel, dp) : -errno;

	libxdp_set_print(libxdp_print);
	if (err)
		goto out;
	program = xdp_program__from_bpf_obj(skel->obj, dp->frags ? "xdp.frags" : "xdp");
	err = libxdp_get_error(program);
	if (err) {
		program = NULL;
		goto out;
	}
	if (dp->frags) /* of which libxdp learns by nothing else: libbpf sets the flag while it loads */
		err = xdp_program__set_xdp_frags_support(program, true);
	err = err ? err : xdp_program__attach(program, ifindex, mode, 0);
	if (err)
		goto out;
	err = program_adopt(program, iface);
	if (err)
		xdp_program__detach(program, ifindex, mode, 0);
out:
	xdp_program__close(program);
	member_bpf__destroy(skel);
	return err;
}

int dispatcher_detach(__u32 program_id, unsigned int ifindex, bool is_generic)
{
	struct xdp_program *program;
	int err;

	libxdp_set_print(libxdp_print);
	program = xdp_program__from_id(program_id);
	err = libxdp_get_error(program);
	if (err)
		return err;
	err = xdp_program__detach(program, ifindex, is_generic ? XDP_MODE_SKB : XDP_MODE_NATIVE, 0);
	xdp_program__close(program);
	return err;
}
