/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory of tables that are looked into all over: in large pages where there are any, for each look else waits for two. */
#ifndef LARGE_MEMORY_H
#define LARGE_MEMORY_H

#include <stddef.h>

/* Zeroed memory, or NULL. */
void *large_alloc(size_t size);

/* `size` as it was asked for. NULL is fine. */
void large_free(void *at, size_t size);

#endif
