/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The dispatcher of libxdp: an XDP program that calls others one after the other, each put in place of one of its functions
 * (an "extension program"). Ours there is bpf/member.bpf.c, loaded anew for each interface, on the same tables.
 */
#ifndef DISPATCHER_H
#define DISPATCHER_H

#include <stdbool.h>
#include "datapath.h"

/* True when this kernel lets extension programs load. */
bool dispatcher_is_possible(void);

/*
 * Puts a program on the tables of `dp` under the interface's dispatcher, in native or generic mode. The dispatcher is
 * made when there is none. Returns 0 or a negative errno, nothing then being attached that was not; logs nothing.
 */
int dispatcher_attach(const struct datapath *dp, const char *iface, unsigned int ifindex, bool is_generic);

/* Takes the program with this id out; the dispatcher goes with the last. 0 or a negative errno; logs nothing. */
int dispatcher_detach(__u32 program_id, unsigned int ifindex, bool is_generic);

#endif
