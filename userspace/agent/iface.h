/* SPDX-License-Identifier: BSD-2-Clause */
/* What a network interface says of itself. Nothing here changes it. */
#ifndef IFACE_H
#define IFACE_H

#include <net/if.h>
#include <stdbool.h>

#define IFACE_DRIVER_SIZE 32

struct iface_queues {
	unsigned int receive, receive_max;
	unsigned int combined_max; /* 0: the driver has queues for receiving and for sending, and none for both */
};

/* All of these return a negative errno where the interface or its driver does not tell. */

/* Its MTU in bytes. */
int iface_mtu(const char *iface);

/* 1 when it is up, else 0. */
int iface_is_up(const char *iface);

/* Whether an offload is on, 1 or 0, by its name in `ethtool -k`'s list of strings, such as rx-vlan-hw-parse. */
int iface_offload(const char *iface, const char *name);

/* Whether an offload cannot be switched, 1 or 0. */
int iface_offload_is_fixed(const char *iface, const char *name);

/* 0 with *out filled. */
int iface_queues(const char *iface, struct iface_queues *out);

/* 0 with the driver's name in `out`, of IFACE_DRIVER_SIZE bytes. */
int iface_driver(const char *iface, char *out);

/* 1 when a VLAN device sits on it, else 0. */
int iface_has_vlans(const char *iface);

/* 1 when another device does, such as the bridge or bond that it is a port of, or a macvlan; else 0. Its name in `out`. */
int iface_upper(const char *iface, char out[IF_NAMESIZE]);

/* Whether packets of this IP version, 4 or 6, that enter by it are forwarded, 1 or 0. */
int iface_forwards(const char *iface, int version);

enum iface_xdp_feature { IFACE_XDP_BASIC = 1 << 0, IFACE_XDP_BUFFERS = 1 << 5 /* frames of more than one */ };

/* What its driver can do for XDP, enum iface_xdp_feature or-ed. -EOPNOTSUPP: kernels before 6.3 do not tell. */
int iface_xdp_features(unsigned int ifindex);

#endif
