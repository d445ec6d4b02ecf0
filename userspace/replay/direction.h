/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which packets of a capture enter, through the XDP program, and which leave, past its companion. A capture does not say
 * on which side of it the program runs. By default that is the side of each flow's responder: what the initiator sends
 * enters, the answers leave.
 */
#ifndef DIRECTION_H
#define DIRECTION_H

#include "ip_prefix.h"
#include "native.h"

#define DIRECTION_PREFIXES_MAX 32

enum direction_rule {
	DIRECTION_REPLIES_LEAVE,
	DIRECTION_INSIDE_LEAVES, /* what the addresses inside send leaves, whoever began */
	DIRECTION_ALL_ENTER,	 /* as on a router with the program on all sides of it */
};

struct direction {
	enum direction_rule rule;
	struct ip_prefix inside[DIRECTION_PREFIXES_MAX];
	int inside_count;
	bool ingress_only; /* there is no companion, and nothing passes by that is not for the inside */
};

enum way { WAY_ENTERS, WAY_LEAVES, WAY_UNSEEN };

enum way direction_find(const struct direction *d, const struct native_look *look);

#endif
