/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The records of a classic capture file in the ordinary form, read in large pieces and handed out where they lie. Whatever
 * is out of the ordinary is left to libpcap, which knows all that there is, and how to say what is wrong.
 */
#ifndef CAPTURE_WALK_H
#define CAPTURE_WALK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <pcap/pcap.h>

struct capture_walk {
	int fd;
	unsigned char *buffer; /* NULL: nothing is walked */
	off_t at;	       /* where in the file the buffer begins */
	uint32_t next, filled; /* in it */
	uint32_t record_max;   /* bytes captured of one packet */
	uint32_t fraction_ns, fraction_max;
	bool swapped;
};

/*
 * Looks whether the file can be walked; where it is read at present is not changed. `record_max`: as pcap_snapshot().
 * Returns false when not.
 */
bool capture_walk_open(struct capture_walk *w, int fd, uint32_t record_max);
void capture_walk_close(struct capture_walk *w);

/* The next record, good until the one after; nanoseconds stand in ts.tv_usec. False: not here, see capture_walk_place(). */
bool capture_walk_next(struct capture_walk *w, struct pcap_pkthdr *h, const unsigned char **data);

/* Where in the file the next record begins, or the file ends. */
off_t capture_walk_place(const struct capture_walk *w);

#endif
