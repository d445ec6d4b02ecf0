/* SPDX-License-Identifier: BSD-2-Clause */
/* The features of a flow that the agent read from the table, with its two hosts as they stand now. */
#ifndef FLOW_FEATURES_H
#define FLOW_FEATURES_H

#include "event.h"

/* `sources_map`, `dests_map`: descriptors of hr_sources and hr_dests. now_ns: CLOCK_MONOTONIC. */
void flow_features(struct features *out, const struct flow_record *record, int sources_map, int dests_map, __u64 now_ns);

#endif
