/* SPDX-License-Identifier: BSD-2-Clause */
/* The host's side of driver.bpf.c: aims it at a program and sends it packets by the plan. */
#ifndef DRIVER_H
#define DRIVER_H

#include <stdint.h>
#include "plan.h"

struct bpf_object;

struct driver {
	struct bpf_object *object;
	int prog_fd[2][TARGET_COUNT]; /* by plan.leaving */
	int return_fd; /* the bare return, which is TARGET_BARE's program */
	int plan_fd, target_fd[2];
};

/* Returns 0, or a negative errno after a logged line. */
int driver_open(struct driver *d);
void driver_close(struct driver *d);

/* Makes a program the target. Takes a while: the kernel patches the jump and waits for all CPUs. */
int driver_aim(const struct driver *d, int leaving, enum plan_target target, int prog_fd);

/* Sends the plan's next packets to the target, moves the plan on, and sets *ns to the CPU time of one packet. */
int driver_send(const struct driver *d, enum plan_target target, struct plan *plan, uint32_t packets, double *ns);

/* The CPU time of one round of the kernel's loop around the bare return, without the driver. */
int driver_loop(const struct driver *d, uint32_t rounds, double *ns);

#endif
