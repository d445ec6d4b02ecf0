// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <bpf/bpf.h>
#include "list_tables.h"
#include "settings_store.h"
#include "source_blocks.h"
#include "tables_forget.h"

static int settings_forget(const struct datapath *dp)
{
	struct settings s;
	int lock = settings_change_begin(dp, &s);

	if (lock < 0)
		return lock;
	settings_defaults(&s);
	return settings_change_announce(dp, lock, &s);
}

static int models_forget(const struct datapath *dp)
{
	struct model *none = calloc(1, sizeof(*none));
	int err = none ? 0 : -ENOMEM;

	for (__u32 slot = 0; slot < MODEL_SLOTS && !err; slot++)
		if (bpf_map_update_elem(dp->map[DATAPATH_MODELS], &slot, none, BPF_ANY))
			err = -errno;
	free(none);
	return err;
}

static void by_flow_forget(int map)
{
	struct flow_key key;

	while (!bpf_map_get_next_key(map, NULL, &key) && !bpf_map_delete_elem(map, &key))
		;
}

/* Aggregates of before: the next agent would tell them anew. */
static void alerts_forget(const struct datapath *dp)
{
	struct alert_key key;

	while (!bpf_map_get_next_key(dp->map[DATAPATH_ALERTS], NULL, &key) &&
	       !bpf_map_delete_elem(dp->map[DATAPATH_ALERTS], &key))
		;
}

int tables_forget(const struct datapath *dp)
{
	int err = settings_forget(dp);

	for (__u32 i = 0; i < LIST_TABLES; i++)
		list_tables_remove(dp, i);
	by_flow_forget(dp->map[DATAPATH_BLOCK_FLOWS]);
	by_flow_forget(dp->map[DATAPATH_VERDICTS]);
	source_blocks_forget(dp);
	alerts_forget(dp);
	return err ? err : models_forget(dp);
}
