/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys of tables: hashed, compared and copied; where the size is known when this is compiled, without a branch on it. */
#ifndef TABLE_KEY_H
#define TABLE_KEY_H

#include <stdbool.h>
#include <string.h>
#include <linux/types.h>

static inline __u64 word_at(const void *key, __u32 word)
{
	__u64 value;

	memcpy(&value, (const char *)key + word * sizeof(value), sizeof(value));
	return value;
}

/* Multiplies two words and folds the product. */
static inline __u64 words_mix(__u64 a, __u64 b)
{
	unsigned __int128 product = (unsigned __int128)(a ^ 0x9e3779b97f4a7c15ull) * (b ^ 0xbf58476d1ce4e5b9ull);

	return (__u64)product ^ (__u64)(product >> 64);
}

static inline __u64 bytes_hash(const void *key, __u32 size)
{
	const char *at = key;
	__u64 h = size, word = 0;

	for (; size >= 8; size -= 8, at += 8)
		h = words_mix(h, word_at(at, 0));
	memcpy(&word, at, size);
	return words_mix(h, word);
}

/* Flow and host keys without a loop; the products of one do not wait for each other. */
static inline __u32 key_hash(const void *key, __u32 size)
{
	__u64 h;

	if (size == 48)
		h = words_mix(word_at(key, 0), word_at(key, 1)) + 3 * words_mix(word_at(key, 2), word_at(key, 3)) +
		    5 * words_mix(word_at(key, 4), word_at(key, 5));
	else if (size == 16)
		h = words_mix(word_at(key, 0), word_at(key, 1));
	else
		h = bytes_hash(key, size);
	return h ^ h >> 32;
}

static inline bool words_are_same(const void *a, const void *b, __u32 words)
{
	__u64 differs = 0;

	for (__u32 i = 0; i < words; i++)
		differs |= word_at(a, i) ^ word_at(b, i);
	return !differs;
}

static inline bool key_is_same(const void *a, const void *b, __u32 size)
{
	return size == 48 ? words_are_same(a, b, 6) : size == 16 ? words_are_same(a, b, 2) : !memcmp(a, b, size);
}

static inline void key_copy(void *to, const void *from, __u32 size)
{
	if (size == 48)
		memcpy(to, from, 48);
	else if (size == 16)
		memcpy(to, from, 16);
	else
		memcpy(to, from, size);
}

#endif
