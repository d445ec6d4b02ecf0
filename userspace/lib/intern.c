// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "intern.h"

static uint64_t key_hash(const unsigned char *key, size_t size)
{
	uint64_t hash = 0xcbf29ce484222325ull;

	for (size_t i = 0; i < size; i += 8) {
		uint64_t word = 0;

		memcpy(&word, key + i, size - i < 8 ? size - i : 8);
		hash = (hash ^ word) * 0x9e3779b97f4a7c15ull;
		hash ^= hash >> 32;
	}
	return hash;
}

/* Where the key stands, or the free slot where it would. */
static size_t slot_find(const struct intern *in, const void *key)
{
	size_t mask = in->slot_count - 1, at = key_hash(key, in->key_size) & mask;

	while (in->slot[at] && memcmp(in->keys + (in->slot[at] - 1) * in->key_size, key, in->key_size))
		at = (at + 1) & mask;
	return at;
}

static int slots_grow(struct intern *in)
{
	struct intern wider = *in;

	wider.slot_count = in->slot_count ? 2 * in->slot_count : 1024;
	wider.slot = calloc(wider.slot_count, sizeof(*wider.slot));
	if (!wider.slot)
		return -ENOMEM;
	for (size_t i = 0; i < in->count; i++)
		wider.slot[slot_find(&wider, in->keys + i * in->key_size)] = i + 1;
	free(in->slot);
	*in = wider;
	return 0;
}

static int keys_grow(struct intern *in)
{
	size_t room = in->keys_room ? 2 * in->keys_room : 512;
	unsigned char *keys = reallocarray(in->keys, room, in->key_size);

	if (!keys)
		return -ENOMEM;
	in->keys = keys;
	in->keys_room = room;
	return 0;
}

int intern_add(struct intern *in, const void *key, uint32_t *index)
{
	size_t at;

	if (2 * (in->count + 1) > in->slot_count && slots_grow(in))
		return -ENOMEM;
	if (in->count == in->keys_room && keys_grow(in))
		return -ENOMEM;
	at = slot_find(in, key);
	if (!in->slot[at]) {
		memcpy(in->keys + in->count * in->key_size, key, in->key_size);
		in->slot[at] = ++in->count;
	}
	*index = in->slot[at] - 1;
	return 0;
}

void intern_free(struct intern *in)
{
	free(in->keys);
	free(in->slot);
}
