/* SPDX-License-Identifier: BSD-2-Clause */
/* The scopes of a datapath: read and replaced as a whole, packets see the old ones or the new. */
#ifndef SCOPE_STORE_H
#define SCOPE_STORE_H

#include "datapath.h"

/* Both return 0 or a negative errno and log nothing. `s`: the settings that name the scopes in force. */
int scopes_read(const struct datapath *dp, const struct settings *s, struct scopes *out);

/* Between settings_change_begin() and _announce(): writes the table that is not in force, and *s then names it. */
int scopes_stage(const struct datapath *dp, const struct scopes *scopes, struct settings *s);

/* The first tag that a scope in force asks of packets on that interface; 0: none asks for any, or it cannot be told. */
__u16 scopes_vlan_wanted(const struct datapath *dp, unsigned int ifindex);

/* Whether verdicts are enforced on any traffic: everywhere, or in a scope. */
bool scopes_enforce(const struct settings *s, const struct scopes *scopes);

/* The same of what is in force; what cannot be read enforces nothing. */
bool datapath_enforces(const struct datapath *dp, const struct settings *s);

/* The index of a name, or -ENOENT. */
int scope_named(const struct scopes *scopes, const char *name);

#endif
