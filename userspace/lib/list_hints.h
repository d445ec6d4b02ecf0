/* SPDX-License-Identifier: BSD-2-Clause */
/* Setting the hints of a list. They are only ever added: one too many costs a look-up, one missing would lose an entry. */
#ifndef LIST_HINTS_H
#define LIST_HINTS_H

#include "list.h"

void list_hints_add(struct list_hints *hints, const struct list_key *key);

#endif
