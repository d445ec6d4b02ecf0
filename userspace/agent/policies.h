/* SPDX-License-Identifier: BSD-2-Clause */
/* Responses to what the model condemns, as text: "[CLASS=]log", "drop", "block:5/10s:1h", "rate-limit:100/s". */
#ifndef POLICIES_H
#define POLICIES_H

#include "options.h"
#include "settings.h"

#define RESPONSE_TEXT_SIZE 80

/* The part behind CLASS=. Returns 0, or -EINVAL and leaves *out as it was; logs nothing. */
int response_parse(const char *text, struct response *out);

/* The same as text, of RESPONSE_TEXT_SIZE bytes; returns `text`. */
const char *response_print(const struct response *r, char *text);

/* What an error says would do. */
#define RESPONSE_WANTED "wanted log, drop, block:FLOWS/TIME:TIME as in block:5/10s:1h, or rate-limit:PACKETS/s"

/* Whether policies are well written, whatever their classes are. Returns 0, or -EINVAL after one logged line. */
int policies_check(const struct option_list *policies);

/*
 * Puts them into `s`. Classes are those of `m`, NULL: no model is in force; without a class, every class is meant. Returns
 * 0, or -EINVAL after one logged line; *s is then as it was.
 */
int policies_put(const struct option_list *policies, const struct model *m, struct settings *s);

/*
 * The model changes: policies go with the names of classes; a class that has none of its own is dropped. What is the
 * policy of a model of one class is that of every class after it.
 */
void policies_carry(struct settings *s, const struct model *from, const struct model *to);

/* The classes of a challenger take the champion's policies by the same rules. */
void policies_lend(struct settings *s, const struct model *champion, const struct model *challenger);

/* Calls `each` with a class's name, "" for all of them, and what becomes of those flows. `m` as above. */
void policies_walk(const struct settings *s, const struct model *m,
		   void (*each)(void *context, const char *class, const char *response), void *context);

/* Rows for `hedgerow settings`. */
void policies_print(const struct settings *s, const struct model *m);

#endif
