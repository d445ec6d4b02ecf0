/* SPDX-License-Identifier: BSD-2-Clause */
/* The host's side of driver.bpf.c: aims it at a program and sends it packets by the plan. */
#ifndef DRIVER_H
#define DRIVER_H

#include <stdint.h>
#include "plan.h"

struct bpf_object;

struct driver {
	struct bpf_object *object;
	int prog_fd, return_fd; /* the driver, the bare return */
	int plan_fd, target_fd;
};

/* Returns 0, or a negative errno after a logged line. */
int driver_open(struct driver *d);
void driver_close(struct driver *d);

/* Sends the plan's next packets to `prog_fd`, moves the plan on, and sets *ns to the CPU time of one packet. */
int driver_send(const struct driver *d, int prog_fd, struct plan *plan, uint32_t packets, double *ns);

#endif
