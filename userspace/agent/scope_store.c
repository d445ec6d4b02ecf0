// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <string.h>
#include <bpf/bpf.h>
#include "scope_store.h"
#include "settings_store.h"

int scopes_read(const struct datapath *dp, const struct settings *s, struct scopes *out)
{
	__u32 index = s->scopes - 1;

	*out = (struct scopes){ 0 };
	if (s->scopes && bpf_map_lookup_elem(dp->map[DATAPATH_SCOPES], &index, out))
		return -errno;
	return out->count <= SCOPES_MAX ? 0 : -EPROTO;
}

int scopes_stage(const struct datapath *dp, const struct scopes *scopes, struct settings *s)
{
	__u32 index = s->scopes == 1 ? 1 : 0;

	if (bpf_map_update_elem(dp->map[DATAPATH_SCOPES], &index, scopes, BPF_ANY))
		return -errno;
	s->scopes = scopes->count ? index + 1 : 0;
	return 0;
}

__u16 scopes_vlan_wanted(const struct datapath *dp, unsigned int ifindex)
{
	struct settings settings;
	struct scopes all;

	if (settings_read(dp, &settings) || scopes_read(dp, &settings, &all))
		return 0;
	for (__u32 i = 0; i < all.count; i++)
		if (all.scope[i].vlan && (!all.scope[i].ifindex || all.scope[i].ifindex == ifindex))
			return all.scope[i].vlan;
	return 0;
}

bool scopes_enforce(const struct settings *s, const struct scopes *scopes)
{
	bool any = s->mode == MODE_ENFORCE;

	for (__u32 i = 0; i < scopes->count; i++)
		any |= scopes->scope[i].mode == MODE_ENFORCE;
	return any;
}

bool datapath_enforces(const struct datapath *dp, const struct settings *s)
{
	struct scopes all;

	return s->mode == MODE_ENFORCE || (!scopes_read(dp, s, &all) && scopes_enforce(s, &all));
}

int scope_named(const struct scopes *scopes, const char *name)
{
	for (__u32 i = 0; i < scopes->count; i++)
		if (!strncmp(scopes->scope[i].name, name, SCOPE_NAME_SIZE))
			return i;
	return -ENOENT;
}
