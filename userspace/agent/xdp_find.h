/* SPDX-License-Identifier: BSD-2-Clause */
/* What interfaces carry, and which programs are ours: by their names. */
#ifndef XDP_FIND_H
#define XDP_FIND_H

#include <stdbool.h>
#include <linux/types.h>
#include "program_name.h"

enum xdp_mode { XDP_MODE_AUTO, XDP_MODE_NATIVE, XDP_MODE_GENERIC, XDP_MODE_COUNT };
extern const char *const xdp_mode_names[XDP_MODE_COUNT];

#define PROGRAM_NAME_SIZE 16

/* What an interface carries. */
struct xdp_found {
	__u32 id;			/* 0: no program. Ours under a dispatcher counts, not the dispatcher */
	__u32 dispatcher;		/* id of the dispatcher there, 0 without one */
	enum xdp_mode mode;		/* native or generic */
	bool readable;			/* false: we may not ask what it is */
	bool ours;			/* by its name */
	char name[PROGRAM_NAME_SIZE];	/* "?" when unknown */
};

/* 0 or a negative errno. Logs nothing. */
int xdp_find(unsigned int ifindex, struct xdp_found *out);

#endif
