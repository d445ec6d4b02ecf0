/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers for keys: equal keys of a fixed size get the same index, new ones the next. */
#ifndef INTERN_H
#define INTERN_H

#include <stddef.h>
#include <stdint.h>

struct intern {
	size_t key_size, count;
	unsigned char *keys; /* count * key_size bytes: key i at i * key_size */
	size_t keys_room, slot_count;
	uint32_t *slot; /* index + 1, 0: free */
};

/* Starts out as { .key_size = n }. Sets *index; returns 0, or -ENOMEM and nothing has changed. */
int intern_add(struct intern *in, const void *key, uint32_t *index);
void intern_free(struct intern *in);

#endif
