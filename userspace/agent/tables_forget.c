// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>
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

static void by_alert_forget(int map)
{
	struct alert_key key;

	while (!bpf_map_get_next_key(map, NULL, &key) && !bpf_map_delete_elem(map, &key))
		;
}

/* Whose tables they are stays as long as they do. */
static int state_forget(const struct datapath *dp)
{
	struct agent_state none = { 0 };

	memcpy(none.instance, dp->instance, sizeof(none.instance));
	return agent_state_write(dp, &none);
}

int tables_forget(const struct datapath *dp)
{
	int err = settings_forget(dp);

	for (__u32 i = 0; i < LIST_TABLES; i++)
		list_tables_remove(dp, i);
	by_flow_forget(dp->map[DATAPATH_BLOCK_FLOWS]);
	by_flow_forget(dp->map[DATAPATH_VERDICTS]);
	source_blocks_forget(dp);
	by_alert_forget(dp->map[DATAPATH_ALERTS]);
	by_alert_forget(dp->map[DATAPATH_ALERTS_LOGGED]);
	return err ?: models_forget(dp) ?: state_forget(dp);
}
