/* SPDX-License-Identifier: BSD-2-Clause */
/* The egress companion on an interface, by TC. It works on the tables of the datapath it is attached for. */
#ifndef EGRESS_H
#define EGRESS_H

#include "datapath.h"

/*
 * Attaches the companion; sets *is_new to whether it was not there yet for these tables. One that is there for other
 * tables is replaced. Returns 0, or a negative errno after one logged line.
 */
int egress_attach(const struct datapath *dp, const char *iface, unsigned int ifindex, bool *is_new);

/* Detaches the companion of these tables. -ENOENT: it is not there. Logs nothing. */
int egress_detach(const struct datapath *dp, unsigned int ifindex);

/* Detaches a companion whose XDP program was taken off behind our back. -ENOENT: there is none. Logs nothing. */
int egress_detach_orphan(unsigned int ifindex);

/* Whether there is a companion, for whatever tables. */
bool egress_is_there(unsigned int ifindex);

/* The id of the companion's program for these tables, 0 where there is none. */
__u32 egress_find(const struct datapath *dp, unsigned int ifindex);

#endif
