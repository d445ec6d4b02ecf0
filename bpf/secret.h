/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A secret for hashes of flow keys, drawn when the programs see their first new flow: who does not know it cannot choose
 * flows that meet in one place of a table.
 */
#ifndef SECRET_H
#define SECRET_H

#include "flow.h"
#include "model.h"

#define SECRET_WORDS 14

struct secret {
	__u32 state; /* enum secret_state */
	__u32 pad;
	__u32 word[SECRET_WORDS];
};

enum secret_state { SECRET_NONE, SECRET_BEING_DRAWN, SECRET_DRAWN };

_Static_assert(sizeof(struct secret) == 64, "a secret has hidden padding");
_Static_assert(sizeof(struct flow_key) == (SECRET_WORDS - 2) * sizeof(__u32), "secret_hash() takes the whole key");

static __always_inline __u64 flow_key_word(const struct flow_key *key, int i)
{
	const char *words = __builtin_assume_aligned(key, _Alignof(struct flow_key)); /* else BPF loads each byte by itself */
	__u32 word;

	__builtin_memcpy(&word, words + i * sizeof(word), sizeof(word));
	return word;
}

/* Spreads the sum over all bits. */
static __always_inline __u64 secret_mix(__u64 h)
{
	h = (h ^ h >> 33) * 0xff51afd7ed558ccdull;
	return h ^ h >> 29;
}

/* NH, the universal hash of UMAC (RFC 4418), of the key and one word more; then half the finaliser of MurmurHash3. */
static __always_inline __u64 secret_hash(const struct secret *secret, const struct flow_key *key, __u32 more)
{
	const __u32 *word = secret->word;
	__u64 h = (__u64)(__u32)(more + word[SECRET_WORDS - 2]) * word[SECRET_WORDS - 1];

	for (int i = 0; i < SECRET_WORDS - 2; i += 2) {
		h += (__u64)(__u32)(flow_key_word(key, i) + word[i]) * (__u32)(flow_key_word(key, i + 1) + word[i + 1]);
		MODEL_OPAQUE(h); /* else all words are loaded first, onto the stack */
	}
	return secret_mix(h);
}

/* The same of an address alone. */
static __always_inline __u64 secret_hash_address(const struct secret *secret, const __be32 *addr)
{
	const __u32 *word = secret->word;
	__u64 h = (__u64)word[SECRET_WORDS - 2] * word[SECRET_WORDS - 1];

	h += (__u64)(__u32)(addr[0] + word[0]) * (__u32)(addr[1] + word[1]);
	h += (__u64)(__u32)(addr[2] + word[2]) * (__u32)(addr[3] + word[3]);
	return secret_mix(h);
}

#endif
