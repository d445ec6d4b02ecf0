/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes small captures: classic pcap, microseconds, of any link type. */
#ifndef CAPTURE_FILE_H
#define CAPTURE_FILE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CAPTURE_START 1600000000u /* Unix seconds of its first packet */

enum capture_file_link { LINK_NULL = 0, LINK_ETHERNET = 1, LINK_PPP = 9, LINK_RAW = 101, LINK_LOOP = 108, LINK_SLL = 113,
			 LINK_SLL2 = 276, LINK_IPV4 = 228, LINK_IPV6 = 229 };

/* Fills `path`, which ends in XXXXXX. */
static inline FILE *capture_file_begin(char *path, uint32_t link)
{
	uint32_t header[6] = { 0xa1b2c3d4, 2 | 4 << 16, 0, 0, 65535, link };
	FILE *file = fdopen(mkstemp(path), "w");

	fwrite(header, sizeof(header), 1, file);
	return file;
}

/* A packet so many microseconds after the start; `captured` bytes of `len`. */
static inline void capture_file_add(FILE *file, uint64_t us, const void *data, uint32_t captured, uint32_t len)
{
	uint32_t header[4] = { CAPTURE_START + us / 1000000, us % 1000000, captured, len };

	fwrite(header, sizeof(header), 1, file);
	fwrite(data, captured, 1, file);
}

#endif
