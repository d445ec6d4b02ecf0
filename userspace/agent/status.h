/* SPDX-License-Identifier: BSD-2-Clause */
/* What is to be said of a running datapath, collected once and shown in two ways. */
#ifndef STATUS_H
#define STATUS_H

#include <stdint.h>
#include <jansson.h>
#include "attach.h"
#include "counters_read.h"
#include "leftovers.h"
#include "lists.h"
#include "model_reach_tell.h"
#include "scope.h"
#include "settings_store.h"
#include "shadow_report.h"

struct status {
	struct attachment attachment[OPTION_LIST_MAX];
	bool egress[OPTION_LIST_MAX]; /* the companion is there */
	int attachment_count;
	uint64_t since_ns; /* Unix: when the program was loaded */
	struct settings settings;
	struct agent_state agent;
	struct safety safety;
	struct model *model; /* in force; its id is 0 where there is none */
	char drops_nothing[MODEL_REACH_SIZE]; /* that it drops nothing, and why; else "" */
	struct scopes scopes;
	size_t listed[LIST_COUNT];
	uint64_t flows_blocked, sources_blocked; /* by the model's policy */
	bool has_challenger;
	struct shadow_report shadow;
	struct counters counters;
	uint64_t flows_present, flows_max, flows_evicted;
	uint64_t newcomers; /* how many of those present */
	struct leftovers leftovers;
};

/* Returns 0, or a negative errno. Logs nothing. */
int status_collect(const struct datapath *dp, struct status *out);
void status_clear(struct status *s);

/* The sum of the outcome counters: every packet that entered. */
uint64_t status_packets(const struct status *s);

/* Whether verdicts are enforced on any traffic: everywhere, or in a scope. */
bool status_enforces(const struct status *s);

/* The name of the file that the model in force came from, "" where nobody knows. */
const char *status_model_file(const struct status *s);

void status_print(const struct status *s);
json_t *status_json(const struct status *s); /* a new object, NULL when memory is short */

#endif
