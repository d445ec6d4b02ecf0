/* SPDX-License-Identifier: BSD-2-Clause */
/* Datasets for tests of the trainer, made row by row in memory. */
#ifndef MADE_DATASET_H
#define MADE_DATASET_H

#include <stdlib.h>
#include <string.h>
#include "dataset.h"

#define MADE_ROWS_MAX 20000
#define MADE_KINDS 8

/* Room for rows; names of attacks are "", "a1", "a2" ... */
static inline void made_dataset_open(struct dataset *d)
{
	static char *names[MADE_KINDS] = { "", "a1", "a2", "a3", "a4", "a5", "a6", "a7" };

	*d = (struct dataset){ .attack_name = names, .attack_count = MADE_KINDS };
	d->value = calloc(MADE_ROWS_MAX, FEATURE_COUNT * sizeof(*d->value));
	d->label = calloc(MADE_ROWS_MAX, sizeof(*d->label));
	d->attack = calloc(MADE_ROWS_MAX, sizeof(*d->attack));
	d->flow = calloc(MADE_ROWS_MAX, sizeof(*d->flow));
	d->source = calloc(MADE_ROWS_MAX, sizeof(*d->source));
	d->packets = calloc(MADE_ROWS_MAX, sizeof(*d->packets));
	d->file = calloc(MADE_ROWS_MAX, sizeof(*d->file));
}

static inline void made_dataset_close(struct dataset *d)
{
	free(d->value);
	free(d->label);
	free(d->attack);
	free(d->flow);
	free(d->source);
	free(d->packets);
	free(d->file);
}

static inline void made_row_add(struct dataset *d, uint32_t flow, uint32_t source, enum label label, uint32_t attack)
{
	d->flow[d->rows] = flow;
	d->source[d->rows] = source;
	d->label[d->rows] = label;
	d->attack[d->rows] = attack;
	d->packets[d->rows] = 1;
	d->flow_count = flow >= d->flow_count ? flow + 1 : d->flow_count;
	d->source_count = source >= d->source_count ? source + 1 : d->source_count;
	d->rows++;
}

/* `flows` new flows of one row each, dealt to `sources` sources in turn, the first of them `source`. */
static inline void made_flows_add(struct dataset *d, size_t flows, uint32_t source, uint32_t sources, enum label label,
				  uint32_t attack)
{
	for (size_t i = 0; i < flows; i++)
		made_row_add(d, d->flow_count, source + i % sources, label, attack);
}

#endif
