/* SPDX-License-Identifier: BSD-2-Clause */
/* Which captures are replayed, and how each is laid over the others: files, folders, and lists in text files. */
#ifndef CAPTURE_SET_H
#define CAPTURE_SET_H

#include <stddef.h>
#include "readdress.h"

#define OVERLAY_MAPS_MAX 8

struct overlay {
	long long shift_ns;   /* later by so much */
	double rate;	      /* that many times as fast */
	unsigned long repeat; /* so many times in all, one behind the other */
	struct address_map map[OVERLAY_MAPS_MAX];
	int map_count;
};

#define OVERLAY_NONE { .rate = 1, .repeat = 1 }

struct capture_plan {
	char *path;
	struct overlay overlay;
};

struct capture_set {
	struct capture_plan *plan;
	size_t count;
	size_t passed_over; /* files in folders that are no captures */
	size_t packed;	    /* and those that are compressed: they may hold some */
};

/* Returns 0, or -EINVAL and leaves *o as it was. */
int overlay_parse(struct overlay *o, const char *option, const char *value);

/*
 * Adds a capture; or all captures of a folder, by name, and of the folders in it; or those that a text file lists: a
 * path each line, relative to the list's folder, and behind it --shift, --rate, --repeat, --map-address of this capture
 * alone. Returns 0, or a negative errno after one line in `why`.
 */
int capture_set_add(struct capture_set *set, const char *operand, const struct overlay *overlay, char *why,
		    size_t why_size);
void capture_set_free(struct capture_set *set);

#endif
