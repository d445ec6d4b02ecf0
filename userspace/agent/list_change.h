/* SPDX-License-Identifier: BSD-2-Clause */
/* What a change of a list came to, for who made it: one line on standard output. */
#ifndef LIST_CHANGE_H
#define LIST_CHANGE_H

#include <stdbool.h>
#include "list_tables.h"

/* `deletes`: the items are off the list now, else on it. */
void list_change_print(enum list list, const struct list_items *items, bool deletes);

/* The same of one flow, which `what` names. */
void list_flow_change_print(const char *what, const struct list_entry *entry, bool deletes);

#endif
