/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The wire: a pair of veth interfaces in namespaces of this process alone, which end with it. What is put on it at one
 * end, the other end's driver hands to its native XDP program, on the same CPU: so no ring is overrun, and the time from
 * packet to packet is that of a packet's whole way.
 */
#ifndef WIRE_H
#define WIRE_H

#include <stdint.h>
#include "driver.h"

struct wire {
	int near, far; /* ifindex */
};

/* What came of packets that were sent. */
struct wire_counts {
	uint64_t received; /* by the program at the far end */
	uint64_t refused;  /* before it: the ring was full */
	double ns;	   /* from one received to the next */
};

/* Leaves the namespaces that the process was in. Returns 0, or a negative errno after a logged line. */
int wire_open(struct wire *w, const struct driver *d);

/* Puts a program in place of the one at the far end. 0, or a negative errno after a logged line. */
int wire_put_program(const struct wire *w, int prog_fd);

/* Sends packets of the plan and waits until all of them came to something. 0 or -errno, logged. */
int wire_send(const struct wire *w, const struct driver *d, struct plan *plan, uint32_t packets,
	      struct wire_counts *out);

#endif
