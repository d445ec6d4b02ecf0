// SPDX-License-Identifier: BSD-2-Clause
#include <bpf/bpf.h>
#include "stage_datapath.h"

void datapath_of_stage(struct datapath *dp, const struct stage *s)
{
	*dp = datapath_none();
	for (int i = 0; i < DATAPATH_MAP_COUNT; i++) {
		struct bpf_map_info info = { 0 };
		__u32 size = sizeof(info);

		dp->map[i] = stage_map_fd(s, datapath_map_name(i));
		if (dp->map[i] >= 0 && !bpf_obj_get_info_by_fd(dp->map[i], &info, &size))
			dp->max_entries[i] = info.max_entries;
	}
}
