/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whose sockets there were, as far as a capture tells: who answers other than by a reset has a connection, who sends datagrams
 * from a port has bound it. A first look at the capture notes that, and the replay answers from it: --end-host.
 */
#ifndef SOCKETS_H
#define SOCKETS_H

#include "native.h"
#include "tables.h"

struct sockets {
	struct table table; /* by flow or, of UDP, by end: which ends sent such a packet, a bit each */
};

/* Room for so many flows and ends; beyond them those met longest ago are forgotten. 0, -ENOMEM or -EINVAL; then close. */
int sockets_open(struct sockets *s, unsigned long entries);
void sockets_close(struct sockets *s);
void sockets_forget(struct sockets *s);

/* Notes what a frame says of its sender. */
void sockets_learn(struct sockets *s, const unsigned char *data, __u32 captured, __u32 len);

/* What a frame is for, as native_frame.socket has it. */
__u32 sockets_state(struct sockets *s, const struct native_look *look);

#endif
