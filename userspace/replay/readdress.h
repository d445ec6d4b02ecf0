/* SPDX-License-Identifier: BSD-2-Clause */
/* Other addresses in a frame, so that one capture can be laid over another: `--map-address A=B`. */
#ifndef READDRESS_H
#define READDRESS_H

#include <stdint.h>
#include "ip_prefix.h"

struct address_map {
	struct ip_address from, to;
};

/* "A=B", both of one family. Returns 0 or -EINVAL. */
int address_map_parse(const char *text, struct address_map *out);

/*
 * Writes `to` wherever source or destination of the frame's IP header, or of the packet that an ICMP error quotes, is
 * `from`. Checksums stay as they were: nothing here looks at them.
 */
void frame_readdress(unsigned char *frame, uint32_t captured, const struct address_map *map, int count);

#endif
