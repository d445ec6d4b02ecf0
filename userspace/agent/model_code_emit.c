// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include "model_entry.h"
#include "model_code_emit.h"

#define CODE_MAX 400000 /* instructions: the verifier looks at a million, at some of these more than once */

/* What the registers hold. */
enum {
	SCORE = BPF_REG_0,
	VALUE = BPF_REG_1,
	VECTOR = BPF_REG_2,
	OPEN = BPF_REG_3, /* how far above the least score that is not yet decided; in the end, enum score_is */
	PLACE = BPF_REG_4,
	CALL = BPF_REG_6,
	WHICH = BPF_REG_7,
	UNTIL = BPF_REG_8,
};

/* So that all offsets from it fit into a byte of the machine's code. */
#define VECTOR_MIDDLE (sizeof(struct features) / 2)

struct emitter {
	struct model_code *out;
	__u32 room;
	const struct model *m;
	__u32 tree;
	__u32 held; /* the feature that VALUE holds, FEATURE_SLOTS: none */
	int err;
};

/* Adds an instruction and returns its place; with e->err set nothing more is added. */
static __u32 emit(struct emitter *e, struct bpf_insn insn)
{
	struct model_code *out = e->out;

	if (e->err)
		return 0;
	if (out->count == CODE_MAX) {
		e->err = -E2BIG;
		return 0;
	}
	if (out->count == e->room) {
		__u32 room = e->room ? 2 * e->room : 4096;
		struct bpf_insn *more = realloc(out->insn, room * sizeof(*more));

		if (!more) {
			e->err = -ENOMEM;
			return 0;
		}
		out->insn = more;
		e->room = room;
	}
	out->insn[out->count] = insn;
	return out->count++;
}

/* Makes the jump at `from` lead to the next instruction. */
static void jump_here(struct emitter *e, __u32 from)
{
	__u32 over = e->out->count - from - 1;

	if (e->err)
		return;
	if (over > 0x7fff)
		e->err = -E2BIG;
	else
		e->out->insn[from].off = over;
}

static void emit_load(struct emitter *e, __u32 feature)
{
	if (e->held == feature)
		return;
	emit(e, (struct bpf_insn){ .code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = VALUE, .src_reg = VECTOR,
				   .off = (__s16)(feature * sizeof(__u32) - VECTOR_MIDDLE) });
	e->held = feature;
}

static __u32 jump_unless_below(struct emitter *e, __u32 cut)
{
	return emit(e, (struct bpf_insn){ .code = BPF_JMP32 | BPF_JGE | BPF_K, .dst_reg = VALUE, .imm = (__s32)cut });
}

static __u32 jump(struct emitter *e)
{
	return emit(e, (struct bpf_insn){ .code = BPF_JMP | BPF_JA });
}

static void emit_alu(struct emitter *e, __u8 operation, __u8 to, __u8 from, __s32 v)
{
	emit(e, (struct bpf_insn){ .code = BPF_ALU64 | operation, .dst_reg = to, .src_reg = from, .imm = v });
}

static void emit_add(struct emitter *e, __s32 leaf)
{
	emit_alu(e, BPF_ADD | BPF_K, SCORE, 0, leaf);
}

/* Where the tree really asks: what fills it up to the model's depth has only one way. Returns a place in the heap. */
static __u32 place_of_question(const struct emitter *e, __u32 at)
{
	const struct model *m = e->m;

	while (at < 1u << m->depth && m->node[model_cell(m->depth, e->tree, at)].cut == MODEL_CUT_NEVER)
		at = 2 * at + 1;
	return at;
}

/* True when `at` leads to a leaf without another question, whose value *leaf then is. */
static bool place_is_leaf(const struct emitter *e, __u32 at, __s64 *leaf)
{
	const struct model *m = e->m;

	at = place_of_question(e, at);
	if (at < 1u << m->depth)
		return false;
	*leaf = m->leaf[model_cell(m->depth, e->tree, at - (1u << m->depth))];
	return true;
}

/* Ends of branches that wait for the place where the next tree begins. */
struct ends {
	__u32 jump[1u << MODEL_DEPTH_MAX];
	__u32 count;
};

/*
 * A question between two leaves by arithmetic: nothing to predict. Adds the second, and below the cut the difference. By
 * multiplication: a sign spread over all bits and masked is a pattern at which verifiers look both ways, and at twice as
 * many with every tree.
 */
static void emit_pair(struct emitter *e, __u32 cut, __s32 not_below, __s32 difference)
{
	emit(e, (struct bpf_insn){ .code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = VALUE, .imm = (__s32)-cut });
	emit(e, (struct bpf_insn){ .code = BPF_ALU64 | BPF_RSH | BPF_K, .dst_reg = VALUE, .imm = 63 });
	emit(e, (struct bpf_insn){ .code = BPF_ALU64 | BPF_MUL | BPF_K, .dst_reg = VALUE, .imm = difference });
	emit_add(e, not_below);
	emit(e, (struct bpf_insn){ .code = BPF_ALU64 | BPF_ADD | BPF_X, .dst_reg = SCORE, .src_reg = VALUE });
}

/* The subtree at `at`; `last`: its end is that of the tree. Returns the instructions on its longest way. */
static __u32 emit_subtree(struct emitter *e, __u32 at, bool last, struct ends *ends)
{
	const struct model *m = e->m;
	__s64 leaf = 0, other = 0;
	__u32 from = e->out->count, right, left_longest, right_longest;
	const struct model_node *n;

	if (place_is_leaf(e, at, &leaf)) {
		emit_add(e, leaf);
		goto end;
	}
	at = place_of_question(e, at);
	n = &m->node[model_cell(m->depth, e->tree, at)];
	emit_load(e, n->feature);
	if (place_is_leaf(e, 2 * at + 1, &leaf) && place_is_leaf(e, 2 * at, &other) &&
	    leaf - other == (__s32)(leaf - other)) {
		emit_pair(e, n->cut, other, leaf - other);
		goto end;
	}
	right = jump_unless_below(e, n->cut);
	from = e->out->count - from;
	left_longest = emit_subtree(e, 2 * at + 1, false, ends);
	jump_here(e, right);
	e->held = n->feature;
	right_longest = emit_subtree(e, 2 * at, last, ends);
	return from + (left_longest > right_longest ? left_longest : right_longest);
end:
	if (!last)
		ends->jump[ends->count++] = jump(e);
	return e->out->count - from;
}

static void emit_tree(struct emitter *e, __u32 tree)
{
	struct ends ends = { .count = 0 };
	__u32 longest;

	e->tree = tree;
	e->held = FEATURE_SLOTS;
	longest = emit_subtree(e, 1, true, &ends);
	e->out->longest += longest;
	for (__u32 i = 0; i < ends.count; i++)
		jump_here(e, ends.jump[i]);
}

static void emit_wide(struct emitter *e, __u8 reg, __u8 kind, __u64 v)
{
	emit(e, (struct bpf_insn){ .code = BPF_LD | BPF_IMM | BPF_DW, .dst_reg = reg, .src_reg = kind, .imm = (__s32)v });
	emit(e, (struct bpf_insn){ .imm = (__s32)(v >> 32) });
}

static void emit_exit(struct emitter *e)
{
	emit(e, (struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 });
	emit(e, (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT });
}

/* CALL = the scratch memory, which begins with a struct model_call. */
static void emit_find_call(struct emitter *e, int scratch_fd)
{
	__u32 found;

	emit(e, (struct bpf_insn){ .code = BPF_ST | BPF_MEM | BPF_W, .dst_reg = BPF_REG_10, .off = -4 });
	emit(e, (struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = BPF_REG_2, .src_reg = BPF_REG_10 });
	emit(e, (struct bpf_insn){ .code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = BPF_REG_2, .imm = -4 });
	emit_wide(e, BPF_REG_1, BPF_PSEUDO_MAP_FD, (__u32)scratch_fd);
	emit(e, (struct bpf_insn){ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_map_lookup_elem });
	found = emit(e, (struct bpf_insn){ .code = BPF_JMP | BPF_JNE | BPF_K, .dst_reg = BPF_REG_0 });
	emit_exit(e);
	jump_here(e, found);
	emit(e, (struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = CALL, .src_reg = BPF_REG_0 });
}

#define CALL_FIELD(field) ((__s16)offsetof(struct model_call, field))

/*
 * UNTIL = the call's. The score passes through it twice, which leaves it as it was, but unknown to the verifier: of a
 * number that it knows it would follow every value, and be lost among them, as soon as that is compared.
 */
static void emit_until(struct emitter *e)
{
	emit(e, (struct bpf_insn){ .code = BPF_LDX | BPF_MEM | BPF_DW, .dst_reg = UNTIL, .src_reg = CALL,
				   .off = CALL_FIELD(until) });
	emit_alu(e, BPF_XOR | BPF_X, SCORE, UNTIL, 0);
	emit_alu(e, BPF_XOR | BPF_X, SCORE, UNTIL, 0);
}

/* Ends without a word where another model is asked for. VECTOR = the middle of the vector that is. */
static void emit_beginning(struct emitter *e, int scratch_fd)
{
	__u32 ours;

	emit_find_call(e, scratch_fd);
	emit(e, (struct bpf_insn){ .code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = VALUE, .src_reg = CALL,
				   .off = CALL_FIELD(id) });
	ours = emit(e, (struct bpf_insn){ .code = BPF_JMP32 | BPF_JEQ | BPF_K, .dst_reg = VALUE, .imm = (__s32)e->m->id });
	emit_exit(e);
	jump_here(e, ours);
	emit(e, (struct bpf_insn){ .code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = WHICH, .src_reg = CALL,
				   .off = CALL_FIELD(which) });
	emit(e, (struct bpf_insn){ .code = BPF_ALU64 | BPF_AND | BPF_K, .dst_reg = WHICH, .imm = 1 });
	emit(e, (struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = VECTOR, .src_reg = WHICH });
	emit(e, (struct bpf_insn){ .code = BPF_ALU64 | BPF_MUL | BPF_K, .dst_reg = VECTOR, .imm = sizeof(struct features) });
	emit(e, (struct bpf_insn){ .code = BPF_ALU64 | BPF_ADD | BPF_X, .dst_reg = VECTOR, .src_reg = CALL });
	emit(e, (struct bpf_insn){ .code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = VECTOR,
				   .imm = CALL_FIELD(vector) + VECTOR_MIDDLE });
	emit_wide(e, SCORE, 0, (__u64)e->m->base[0]);
	if (e->m->bounded)
		emit_until(e);
	e->out->longest = e->out->count;
}

/* SCORE is the score, a bound of it where `score_is` says so. */
static void emit_end(struct emitter *e, enum score_is score_is)
{
	emit_alu(e, BPF_MOV | BPF_K, OPEN, 0, score_is);
	emit_alu(e, BPF_MOV | BPF_X, PLACE, WHICH, 0);
	emit_alu(e, BPF_LSH | BPF_K, PLACE, 0, 2);
	emit_alu(e, BPF_ADD | BPF_X, PLACE, CALL, 0);
	emit(e, (struct bpf_insn){ .code = BPF_STX | BPF_MEM | BPF_W, .dst_reg = PLACE, .src_reg = OPEN,
				   .off = CALL_FIELD(score_is) });
	emit_alu(e, BPF_LSH | BPF_K, WHICH, 0, 3);
	emit_alu(e, BPF_ADD | BPF_X, WHICH, CALL, 0);
	emit(e, (struct bpf_insn){ .code = BPF_STX | BPF_MEM | BPF_DW, .dst_reg = WHICH, .src_reg = SCORE,
				   .off = CALL_FIELD(score) });
	emit(e, (struct bpf_insn){ .code = BPF_ST | BPF_MEM | BPF_W, .dst_reg = CALL, .off = CALL_FIELD(scored_by),
				   .imm = (__s32)e->m->id });
	emit_exit(e);
}

static bool fits(__s64 v)
{
	return v == (__s32)v;
}

/* Adds a number of any size; PLACE is lost. */
static void emit_add_number(struct emitter *e, __u8 to, __s64 v)
{
	if (fits(v)) {
		emit_alu(e, BPF_ADD | BPF_K, to, 0, v);
		return;
	}
	emit_wide(e, PLACE, 0, v);
	emit_alu(e, BPF_ADD | BPF_X, to, PLACE, 0);
}

/* A jump that is taken when OPEN is below a number, which is not negative; PLACE is lost. Returns its place. */
static __u32 jump_if_open(struct emitter *e, __s64 width)
{
	if (fits(width))
		return emit(e, (struct bpf_insn){ .code = BPF_JMP | BPF_JLT | BPF_K, .dst_reg = OPEN, .imm = width });
	emit_wide(e, PLACE, 0, width);
	return emit(e, (struct bpf_insn){ .code = BPF_JMP | BPF_JLT | BPF_X, .dst_reg = OPEN, .src_reg = PLACE });
}

/* Ends with what is left added in whole, as model_is_decided() says it. */
static void emit_bound(struct emitter *e, __s64 rest, enum score_is score_is)
{
	emit_add_number(e, SCORE, rest);
	emit_end(e, score_is);
}

/*
 * Behind a group of trees: the end, where those that follow cannot change the verdict, just as for the tables. For it to
 * go on the score must lie between two numbers. That is one comparison, which a score that must be exact always passes.
 */
static void emit_decided(struct emitter *e, __u32 group)
{
	const struct model *m = e->m;
	__s64 low = m->rest_low[model_rest(0, group)], high = m->rest_high[model_rest(0, group)];
	__s64 least = m->policy.log_at - high, width = m->policy.drop_at - low - least;
	__u32 on, above, from = e->out->count;

	if (low == high)
		return;
	emit_alu(e, BPF_MOV | BPF_X, OPEN, SCORE, 0);
	emit_add_number(e, OPEN, -least);
	emit_alu(e, BPF_AND | BPF_X, OPEN, UNTIL, 0);
	on = jump_if_open(e, width);
	e->out->longest += e->out->count - from;
	above = emit(e, (struct bpf_insn){ .code = BPF_JMP | BPF_JSGE | BPF_K, .dst_reg = OPEN });
	emit_bound(e, high, SCORE_AT_MOST);
	jump_here(e, above);
	emit_bound(e, low, SCORE_AT_LEAST);
	jump_here(e, on);
}

static void emit_trees(struct emitter *e)
{
	const struct model *m = e->m;

	for (__u32 tree = 0; tree < m->tree_count; tree++) {
		__u32 next = tree + 1;

		emit_tree(e, tree);
		if (m->bounded && next % MODEL_LANES == 0 && next < m->tree_count)
			emit_decided(e, tree / MODEL_LANES);
	}
}

int model_code_emit(const struct model *m, int scratch_fd, struct model_code *out)
{
	struct model_code code = { 0 };
	struct emitter e = { .out = &code, .m = m };
	__u32 before_end;

	if (m->kind != MODEL_TREES || m->class_count != 1)
		return -EOPNOTSUPP;
	emit_beginning(&e, scratch_fd);
	emit_trees(&e);
	before_end = e.out->count;
	emit_end(&e, SCORE_EXACT);
	e.out->longest += e.out->count - before_end;
	if (e.err)
		model_code_free(&code);
	else
		*out = code;
	return e.err;
}

void model_code_free(struct model_code *code)
{
	free(code->insn);
	*code = (struct model_code){ 0 };
}
