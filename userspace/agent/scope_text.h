/* SPDX-License-Identifier: BSD-2-Clause */
/* Scopes as people read them, and how one stands to another. */
#ifndef SCOPE_TEXT_H
#define SCOPE_TEXT_H

#include <stdbool.h>
#include "scope.h"

#define SCOPE_TEXT_SIZE 320

/* " dest 192.0.2.0/24 tcp port 443 drop at 4.5 policy log": what it fits and does beside its mode. Returns `text`. */
const char *scope_what_print(const struct scope *c, char text[SCOPE_TEXT_SIZE]);

/* True when every flow that fits `b` fits `a`. */
bool scope_covers(const struct scope *a, const struct scope *b);

/* True when some flow fits both, but each has flows of its own. */
bool scopes_overlap(const struct scope *a, const struct scope *b);

#endif
