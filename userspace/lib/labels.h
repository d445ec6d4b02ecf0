/* SPDX-License-Identifier: BSD-2-Clause */
/* The labels file: which rows are benign, which malicious, told by address, port and time. Format: docs/rows.md. */
#ifndef LABELS_H
#define LABELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "ip_prefix.h"
#include "line_list.h"

enum label {
	LABEL_SKIP, /* not to be learnt from */
	LABEL_BENIGN,
	LABEL_MALICIOUS,
	LABEL_COUNT
};

extern const char *const label_names[LABEL_COUNT];

/* One line: a row matches when all of it matches. */
struct label_rule {
	enum label label;
	char *attack; /* of what kind; "" where the line does not say */
	struct ip_prefix src, dest;
	int dest_port;	   /* -1: any */
	double start, end; /* Unix seconds, both included; -INFINITY and INFINITY: any */
	unsigned int line; /* where it stands */
	bool met;	   /* labels_match() found it */
};

struct labels {
	struct label_rule *rule;
	size_t count;
};

/* "benign", "malicious", "skip", "0", "1" or "" (skip). Returns 0 or -EINVAL. */
int label_parse(const char *text, enum label *out);

/*
 * Reads a labels file. Returns 0, or a negative errno with one line in `why` that names file, line and value;
 * *out is then as it was. labels_free() what was read; it accepts zeroed labels.
 */
int labels_load(struct labels *out, const char *path, char *why, size_t why_size);
void labels_free(struct labels *labels);

/* The first rule that matches, NULL if none does. */
const struct label_rule *labels_match(const struct labels *labels, const struct ip_address *src,
				      const struct ip_address *dest, unsigned int dest_port, double time);

/* The lines whose rules it never found: where nothing is as they say, or one before says it of all. */
struct line_list labels_unmet(const struct labels *labels);

#endif
