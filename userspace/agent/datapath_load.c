// SPDX-License-Identifier: BSD-2-Clause
/* Loading program and tables out of the skeleton that is built into the agent. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <bpf/libbpf.h>
#include "bpf/hedgerow.skel.h"
#include "datapath.h"
#include "load_errors.h"
#include "log.h"

static int libbpf_print(enum libbpf_print_level level, const char *format, va_list args)
{
	char line[512];
	size_t length;

	if (log_level < LOG_LEVEL_DEBUG || level == LIBBPF_DEBUG)
		return 0;
	vsnprintf(line, sizeof(line), format, args);
	length = strcspn(line, "\n");
	line[length] = 0;
	log_debug("%s", line);
	return 0;
}

void datapath_log_libbpf(void)
{
	libbpf_set_print(libbpf_print);
}

static int table_resize(struct bpf_map *map, unsigned long entries)
{
	return entries ? bpf_map__set_max_entries(map, entries) : 0;
}

static int tables_prepare(struct hedgerow_bpf *skel, const struct datapath_sizes *sizes)
{
	struct bpf_map *map;
	int err;

	bpf_object__for_each_map(map, skel->obj)
		bpf_map__set_pin_path(map, NULL); /* the program keeps its tables, the interface its program */
	err = table_resize(skel->maps.hr_flows, sizes->flows);
	if (!err)
		err = table_resize(skel->maps.hr_sources, sizes->sources);
	if (!err)
		err = table_resize(skel->maps.hr_dests, sizes->dests);
	return err;
}

int datapath_map_reuse(const struct datapath *dp, struct bpf_map *map)
{
	bpf_map__set_pin_path(map, NULL);
	for (int i = 0; i < DATAPATH_MAP_COUNT; i++)
		if (!strcmp(bpf_map__name(map), datapath_map_name(i)))
			return bpf_map__reuse_fd(map, dp->map[i]);
	return 0;
}

int datapath_load(struct datapath *out, const struct datapath_sizes *sizes, const char *instance, bool frags)
{
	struct datapath dp = datapath_none();
	struct agent_state state = { 0 };
	struct hedgerow_bpf *skel;
	int err, fd;

	skel = hedgerow_bpf__open();
	if (!skel) {
		err = -errno;
		log_error("the built-in BPF object: %s", strerror(-err));
		return err;
	}
	err = tables_prepare(skel, sizes);
	if (err) {
		log_error("the sizes of the tables: %s", strerror(-err));
		goto out;
	}
	bpf_program__set_autoload(skel->progs.hedgerow_xdp, !frags);
	bpf_program__set_autoload(skel->progs.hedgerow_frags, frags);
	skel->bss->program_watches = 1; /* who attaches it notes since when, and has not to wait for a packet */
	err = hedgerow_bpf__load(skel);
	if (err) {
		log_error("loading the program: %s%s", datapath_strerror(err), load_error_remedy(err));
		goto out;
	}
	fd = dup(bpf_program__fd(frags ? skel->progs.hedgerow_frags : skel->progs.hedgerow_xdp));
	err = fd < 0 ? -errno : datapath_take(&dp, fd, "the program just loaded");
	if (err)
		goto out;
	memcpy(state.instance, instance, strnlen(instance, sizeof(state.instance) - 1));
	memcpy(dp.instance, state.instance, sizeof(dp.instance));
	err = agent_state_write(&dp, &state);
	if (err) {
		log_error("%s: %s", datapath_map_name(DATAPATH_AGENT), strerror(-err));
		goto out;
	}
	*out = dp;
	dp = datapath_none();
out:
	datapath_close(&dp);
	hedgerow_bpf__destroy(skel);
	return err;
}
