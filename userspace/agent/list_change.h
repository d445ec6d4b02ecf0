/* SPDX-License-Identifier: BSD-2-Clause */
/* What a change of a list came to, for who made it: one line on standard output. */
#ifndef LIST_CHANGE_H
#define LIST_CHANGE_H

#include <stdbool.h>
#include "lists.h"

/* `replaced`: what stood in their places; NULL: the items are off the list now. */
void list_change_print(enum list list, const struct list_items *items, const struct list_replaced *replaced);

/* The same of one flow, which `what` names. */
void list_flow_change_print(const char *what, const struct list_entry *entry, const struct list_replaced *replaced);

#define LIST_SOONER_SIZE 64

/* "; 3 of them would have stayed longer" for the end of a line, or "". Returns `text`. */
const char *list_sooner_print(const struct list_replaced *replaced, char text[LIST_SOONER_SIZE]);

#endif
