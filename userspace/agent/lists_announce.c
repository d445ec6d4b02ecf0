// SPDX-License-Identifier: BSD-2-Clause
#include "block_flow_table.h"
#include "list_tables.h"
#include "lists_announce.h"
#include "settings_store.h"

/* Whether the list has entries: its bits of settings.lists_in_use, but for which tables are in force. */
static __u32 list_bits(const struct datapath *dp, enum list list, __u32 in_use)
{
	struct list_tables t = list_tables_none();
	__u32 bits = 0;

	if (list_tables_open(dp, list_tables_index(list, in_use), &t))
		return 0;
	if (list_tables_have_hosts(&t))
		bits |= 1u << list | (list == LIST_BLOCK ? LISTS_BLOCK_ADDRESSES : 0);
	if (list_tables_have_nets(&t))
		bits |= 1u << list;
	list_tables_close(&t);
	return bits;
}

int lists_announce(const struct datapath *dp, int lock, const struct settings *s)
{
	struct settings now = *s;

	now.lists_in_use &= LISTS_SECOND(LIST_ALLOW) | LISTS_SECOND(LIST_BLOCK) | LISTS_SECOND(LIST_GUARD);
	for (int list = 0; list < LIST_COUNT; list++)
		now.lists_in_use |= list_bits(dp, list, s->lists_in_use);
	if (block_flows_exist(dp))
		now.lists_in_use |= LISTS_BLOCK_FLOWS;
	return settings_change_announce(dp, lock, &now);
}

__u64 expiry_sooner(__u64 a, __u64 b)
{
	return !a || (b && b < a) ? b : a;
}

int lists_note_expiry(const struct datapath *dp, __u64 expires_ns)
{
	struct agent_state state;
	int err;

	if (!expires_ns)
		return 0;
	err = agent_state_read(dp, &state);
	if (err)
		return err;
	state.list_expiry_ns = expiry_sooner(state.list_expiry_ns, expires_ns);
	return agent_state_write(dp, &state);
}
