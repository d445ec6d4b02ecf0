/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the flows of a capture are. A labels file is either of rules (docs/rows.md), or has a line for each capture:
 * capture,label,attack,malicious_hosts,other_flows.
 */
#ifndef CAPTURE_LABELS_H
#define CAPTURE_LABELS_H

#include "flow.h"
#include "labels.h"

struct capture_label {
	char *capture; /* a path's end */
	char *attack;
	enum label label;
	enum label other; /* of flows without one of the hosts, where there are any */
	struct ip_prefix *host;
	size_t host_count;
	unsigned int line; /* of the file */
};

struct capture_labels {
	struct labels rules; /* of the one form */
	struct capture_label *line; /* of the other */
	size_t count;
};

/* What one flow is; `attack` is "" where nothing names it. */
struct flow_label {
	enum label label;
	const char *attack;
};

/* Returns 0, or a negative errno with one line in `why`; *out is then as it was. */
int capture_labels_load(struct capture_labels *out, const char *path, char *why, size_t why_size);
void capture_labels_free(struct capture_labels *l);

/* The line of a capture, NULL without one. */
const struct capture_label *capture_labels_find(const struct capture_labels *l, const char *path);

/* Whether the line is of that path. */
bool capture_label_is_of(const struct capture_label *line, const char *path);

/* `line` may be NULL; `time_ns`: Unix, of the flow's first packet. */
struct flow_label flow_label_find(const struct capture_labels *l, const struct capture_label *line,
				  const struct flow_key *key, unsigned int initiator, __u64 time_ns);

#endif
