// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include "datapath.h"
#include "model.h"
#include "model_held.h"

_Static_assert(!offsetof(struct model, id), "the id is found in tables of other versions, too");

static bool table_holds(int fd, const struct bpf_map_info *info, __u32 id)
{
	__u32 *slot = malloc(info->value_size);
	bool holds = !slot;

	for (__u32 i = 0; !holds && i < info->max_entries; i++)
		holds = bpf_map_lookup_elem(fd, &i, slot) || *slot == id;
	free(slot);
	return holds;
}

/* True when the map is a table of models and the id is in it, or when that cannot be told. */
static bool map_holds(__u32 map_id, __u32 id)
{
	struct bpf_map_info info = { 0 };
	__u32 size = sizeof(info);
	int fd = bpf_map_get_fd_by_id(map_id);
	bool holds = false;

	if (fd < 0)
		return errno != ENOENT; /* gone meanwhile */
	if (bpf_obj_get_info_by_fd(fd, &info, &size))
		holds = true;
	else if (info.type == BPF_MAP_TYPE_ARRAY && info.value_size >= sizeof(__u32) &&
		 !strcmp(info.name, datapath_map_name(DATAPATH_MODELS)))
		holds = table_holds(fd, &info, id);
	close(fd);
	return holds;
}

bool model_is_held(__u32 id)
{
	__u32 map_id = 0;

	while (!bpf_map_get_next_id(map_id, &map_id))
		if (map_holds(map_id, id))
			return true;
	return errno != ENOENT; /* the end of the list, or it cannot be read */
}
