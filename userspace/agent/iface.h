/* SPDX-License-Identifier: BSD-2-Clause */
/* What a network interface says of itself. */
#ifndef IFACE_H
#define IFACE_H

/* Its MTU in bytes, or a negative errno. */
int iface_mtu(const char *iface);

#endif
