// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include "datapath.h"
#include "map_use.h"
#include "xdp_find.h"

/* True when a datapath program with this id works on the map, or when that cannot be told. */
static bool program_uses(__u32 program_id, __u32 map_id)
{
	__u32 ids[DATAPATH_PROGRAM_MAPS_MAX], size = sizeof(struct bpf_prog_info);
	struct bpf_prog_info info = { .nr_map_ids = DATAPATH_PROGRAM_MAPS_MAX, .map_ids = (uintptr_t)ids };
	int fd = bpf_prog_get_fd_by_id(program_id);
	bool uses = false;

	if (fd < 0)
		return errno != ENOENT; /* gone meanwhile; without room for a descriptor its map may well be in use */
	if (bpf_obj_get_info_by_fd(fd, &info, &size))
		uses = true;
	else if (!strcmp(info.name, DATAPATH_PROGRAM_NAME) || !strcmp(info.name, DATAPATH_FRAGS_NAME))
		for (__u32 i = 0; i < info.nr_map_ids && i < DATAPATH_PROGRAM_MAPS_MAX; i++)
			uses |= ids[i] == map_id;
	close(fd);
	return uses;
}

bool map_is_in_use(__u32 map_id, __u32 but)
{
	__u32 id = 0;

	while (!bpf_prog_get_next_id(id, &id))
		if (id != but && program_uses(id, map_id))
			return true;
	return errno != ENOENT; /* the end of the list, or it cannot be read */
}
