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
	int drop_fd, transmit_fd;
	int plan_fd, target_fd[2];
	int ifindex; /* packets seem to come in here: an interface that carries a program; 0: the loopback */
};

/* Returns 0, or a negative errno after a logged line. */
int driver_open(struct driver *d);
void driver_close(struct driver *d);

/* Makes a program the target. Takes a while: the kernel patches the jump and waits for all CPUs. */
int driver_aim(const struct driver *d, int leaving, enum plan_target target, int prog_fd);

/* Sends the plan's next packets to the target, moves the plan on, and sets *ns to the CPU time of one packet. */
int driver_send(const struct driver *d, enum plan_target target, struct plan *plan, uint32_t packets, double *ns);

/* Sends the plan's next packet to what is measured: what does it do with it? */
int driver_ask(const struct driver *d, struct plan *plan, uint32_t *action);

#define DRIVER_LIVE_BYTES 74 /* of a live frame: headers as long as the driver wants to see them */

/*
 * Puts the plan's next packets, some thousands at least, on the wire of an interface, which carries a program itself,
 * and moves the plan on. They are real frames: what becomes of them is the other end's affair. *ns: from one to the next.
 */
int driver_transmit(const struct driver *d, int ifindex, struct plan *plan, uint32_t packets, double *ns);

/* The CPU time of one round of the kernel's loop around the bare return, without the driver. */
int driver_loop(const struct driver *d, uint32_t rounds, double *ns);

#endif
