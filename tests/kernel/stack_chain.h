/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stack that the deepest chain of calls takes, as kernels before 6.8 count it: each function's bytes rounded up to 32,
 * where later ones round up to 16. So any kernel tells what 6.1 will refuse.
 */
#ifndef STACK_CHAIN_H
#define STACK_CHAIN_H

#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>

#define FUNCTIONS_MAX 256
#define FRAME_MIN 32
#define LOOP_BYTES 24 /* that the verifier adds, after it has counted, to a function in which it writes a bpf_loop() out */

struct functions {
	const struct bpf_insn *insns;
	unsigned int insn_count, count;
	unsigned int start[FUNCTIONS_MAX + 1]; /* ascending; where the last ends behind them */
	unsigned int depth[FUNCTIONS_MAX];     /* bytes of its own */
	unsigned int chain[FUNCTIONS_MAX];     /* with what it calls; 0: not known yet */
};

/* Where the function begins that this instruction calls or hands over to be called, or 0: main is never called. */
static inline unsigned int call_target(const struct functions *f, unsigned int at)
{
	const struct bpf_insn *i = &f->insns[at];
	int calls = i->code == (BPF_JMP | BPF_CALL) && i->src_reg == BPF_PSEUDO_CALL;
	int names = i->code == (BPF_LD | BPF_IMM | BPF_DW) && i->src_reg == BPF_PSEUDO_FUNC;

	return calls || names ? at + 1 + i->imm : 0;
}

static inline int start_compare(const void *a, const void *b)
{
	const unsigned int *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* In the verifier's order. Returns false when there are more than FUNCTIONS_MAX. */
static inline int functions_find(struct functions *f, const struct bpf_insn *insns, unsigned int insn_count)
{
	unsigned char *begins = calloc(insn_count + 1, 1);

	f->insns = insns;
	f->insn_count = insn_count;
	f->count = 0;
	begins[0] = 1;
	for (unsigned int at = 0; at < insn_count; at++) {
		unsigned int target = call_target(f, at);

		if (target && target < insn_count)
			begins[target] = 1;
	}
	for (unsigned int at = 0; at < insn_count && f->count < FUNCTIONS_MAX; at++)
		if (begins[at])
			f->start[f->count++] = at;
	free(begins);
	f->start[f->count] = insn_count;
	return f->count < FUNCTIONS_MAX;
}

static inline int function_loops(const struct functions *f, unsigned int function)
{
	for (unsigned int at = f->start[function]; at < f->start[function + 1]; at++)
		if (f->insns[at].code == (BPF_JMP | BPF_CALL) && !f->insns[at].src_reg && f->insns[at].imm == BPF_FUNC_loop)
			return 1;
	return 0;
}

/* "stack depth 152+0+40", from the verifier's log: the functions' own bytes. Returns false when it names other functions. */
static inline int functions_measure(struct functions *f, const char *log)
{
	const char *at = strstr(log, "stack depth ");
	unsigned int count = 0;
	char *end;

	for (at = at ? at + strlen("stack depth ") : ""; *at >= '0' && *at <= '9'; at = *end == '+' ? end + 1 : end) {
		if (count == f->count)
			return 0;
		f->depth[count] = strtoul(at, &end, 10);
		if (f->depth[count] >= LOOP_BYTES && function_loops(f, count))
			f->depth[count] -= LOOP_BYTES;
		f->chain[count++] = 0;
	}
	return count == f->count;
}

static inline unsigned int function_chain(struct functions *f, unsigned int function)
{
	unsigned int deepest = 0, own = f->depth[function] ? f->depth[function] : 1;

	if (f->chain[function])
		return f->chain[function];
	for (unsigned int at = f->start[function]; at < f->start[function + 1]; at++) {
		unsigned int target = call_target(f, at), *found, chain;

		if (!target)
			continue;
		found = bsearch(&target, f->start, f->count, sizeof(*f->start), start_compare);
		chain = found ? function_chain(f, found - f->start) : 0;
		deepest = chain > deepest ? chain : deepest;
	}
	f->chain[function] = (own + FRAME_MIN - 1) / FRAME_MIN * FRAME_MIN + deepest;
	return f->chain[function];
}

/* Of the program that `log` is about; 0 when the log does not tell. */
static inline unsigned int stack_chain(const struct bpf_insn *insns, unsigned int insn_count, const char *log)
{
	static struct functions f;

	return functions_find(&f, insns, insn_count) && functions_measure(&f, log) ? function_chain(&f, 0) : 0;
}

#endif
