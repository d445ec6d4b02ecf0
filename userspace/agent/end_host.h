/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether the sockets of this network namespace are all that an interface's packets can be for: what --end-host says. */
#ifndef END_HOST_H
#define END_HOST_H

#include "datapath.h"

#define END_HOST_TEXT_SIZE 128

/* What speaks against it, as far as it can be seen, "" for nothing; returns `out`. */
const char *end_host_doubt(const char *iface, char out[END_HOST_TEXT_SIZE]);

/* Whether the setting is on. */
bool end_host_is_set(const struct datapath *dp);

/* Says in one line for each interface of the datapath what speaks against the setting there. */
void end_host_warn(const struct datapath *dp);

#endif
