/* SPDX-License-Identifier: BSD-2-Clause */
/* Gradient boosted trees: every call to libxgboost is here. */
#ifndef BOOSTER_H
#define BOOSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "feature_choice.h"

struct booster_options {
	uint64_t seed;
	unsigned long trees, depth, threads;
	unsigned long patience; /* rounds without a better validation log loss before it stops; 0: all of them */
	double learning_rate;
	bool trust_handshakes; /* handshakes that were completed never raise a margin */
};

/* Rows of a value for each of `columns`, with class (0 or 1) and weight. */
struct booster_rows {
	const struct feature_choice *columns;
	size_t count;
	float *value, *label, *weight;
};

struct booster_round {
	unsigned long round, best;    /* from 1 */
	double logloss, best_logloss; /* of the validation rows, weighted */
};

/* Called after each round; true ends the training with -EINTR. */
typedef bool booster_watch(void *context, const struct booster_round *round);

struct booster;

/*
 * Trains, and keeps the trees up to the best round. *last is the round at which it stopped. Returns 0, -EINTR, or
 * another negative errno after one line in `why`.
 */
int booster_train(struct booster **out, const struct booster_rows *train, const struct booster_rows *validation,
		  const struct booster_options *options, booster_watch *watch, void *context,
		  struct booster_round *last, char *why, size_t why_size);
void booster_free(struct booster *b); /* accepts NULL */

/* margin[rows] of rows of a value for each of the columns that it was trained on. */
int booster_margins(const struct booster *b, const float *value, size_t rows, float *margin, char *why,
		    size_t why_size);

/* The model as XGBoost JSON with the features' names; *json is malloc'ed. */
int booster_save(const struct booster *b, char **json, size_t *size, char *why, size_t why_size);

struct booster_importance {
	double gain[FEATURE_COUNT];   /* all gain of the feature's splits, as a share of all features' */
	double splits[FEATURE_COUNT]; /* how often it is asked */
};

int booster_importance(const struct booster *b, struct booster_importance *out, char *why, size_t why_size);

/* "1.7.4": of the library in use, not of the headers. */
const char *booster_version(char *text, size_t size);

#endif
