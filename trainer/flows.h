/* SPDX-License-Identifier: BSD-2-Clause */
/* The flows behind the rows: what is split, weighted and judged as one. */
#ifndef FLOWS_H
#define FLOWS_H

#include "dataset.h"

enum part { PART_TRAIN, PART_VALIDATION, PART_TEST, PART_COUNT };

extern const char *const part_names[PART_COUNT];

struct flow_entry {
	uint32_t source, kind, file;
	uint32_t rows;
	uint8_t label;	     /* malicious if any of its rows is */
	uint8_t labels_seen; /* a bit (1 << enum label) for each that its rows have */
	uint8_t part;	     /* enum part, set by flows_split() */
};

/* Flows of one class and name: "malicious scan", "benign dns", "benign". */
struct traffic_kind {
	uint8_t label;
	const char *attack; /* belongs to the dataset; "" without a name */
	size_t flows, sources;
	size_t part_flows[PART_COUNT], part_sources[PART_COUNT]; /* set by flows_split() */
};

struct flow_table {
	struct flow_entry *flow; /* by dataset.flow */
	size_t count;
	struct traffic_kind *kind;
	size_t kind_count;
	size_t mixed; /* flows with rows of both classes */
	size_t part_rows[PART_COUNT], part_flows[PART_COUNT], part_sources[PART_COUNT]; /* set by flows_split() */
};

/* Returns 0 or -ENOMEM. */
int flows_from_dataset(struct flow_table *out, const struct dataset *data);
void flows_free(struct flow_table *table);

/* "malicious scan" or "benign"; returns `text`. */
const char *traffic_kind_print(const struct traffic_kind *kind, char *text, size_t size);

/* Counts anew what the parts hold, in all and by kind. Returns 0 or -ENOMEM. */
int flow_parts_count(struct flow_table *table);

#endif
