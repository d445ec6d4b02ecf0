/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The model as the kernel holds it: a tree ensemble as flat integer tables, or the weights of a linear model.
 *
 * Every tree is a complete binary tree of the model's depth, stored as a heap. Trees of one group are walked side by
 * side, level by level, so that the loads of one hide behind those of the others, and the comparison is arithmetic: no
 * branch depends on the data.
 *
 * The same model_score() and model_lead() run in XDP, in the agent, in the exporter's parity check and in the unit tests.
 */
#ifndef MODEL_H
#define MODEL_H

#include "feature_vector.h"
#include "forest.h"

#define MODEL_TREES_MAX 512
#define MODEL_DEPTH_MAX 8
#define MODEL_LANES 8 /* trees of one group */
#define MODEL_GROUPS_MAX (MODEL_TREES_MAX / MODEL_LANES)
#define MODEL_CELLS (MODEL_TREES_MAX << MODEL_DEPTH_MAX) /* a power of two, so an index can be masked */
#define MODEL_NODE_ROOM (MODEL_LANES << MODEL_DEPTH_MAX) /* behind the last: for the verifier, which adds up maxima */
#define MODEL_CLASSES_MAX 16
#define MODEL_CLASS_NAME 24 /* bytes, the closing 0 included */
#define MODEL_SLOTS 4 /* champion, challenger, previous, idle */

#define MODEL_CUT_NEVER 0xffffffffu /* every value is below it: what fills a tree up to the model's depth */

struct model_node {
	__u32 cut;     /* left when value < cut */
	__u32 feature; /* index into struct features */
};

#ifdef __clang__
#define MODEL_UNROLL _Pragma("clang loop unroll(full)")
#define MODEL_NO_UNROLL _Pragma("clang loop unroll(disable)")
#else
#define MODEL_UNROLL _Pragma("GCC unroll 8")
#define MODEL_NO_UNROLL
#endif

/* Hides from the compiler where `v` comes from. */
#ifdef __bpf__
#define MODEL_OPAQUE(v) asm volatile("" : "+r"(v))
#else
#define MODEL_OPAQUE(v) ((void)0)
#endif

#define MODEL_ROW ((__u64)MODEL_LANES * sizeof(struct model_node)) /* bytes of the nodes side by side */
_Static_assert((MODEL_ROW << (MODEL_DEPTH_MAX + 1)) <= 0x10000, "a row's place fits into 16 bits");

/* From which score on a verdict is earned, score = margin * 2^scale_shift, and on how much evidence about a source. */
struct policy {
	__s32 log_at;
	__s32 drop_at;
	__u32 source_flows; /* other flows of a source that came to nothing before they are evidence; 0: none needed */
	__u32 one_way; /* answers do not show: settings.one_way; 0 in a model */
};

enum model_kind {
	MODEL_TREES,
	MODEL_LINEAR, /* no trees: a weight for each feature */
	MODEL_FOREST, /* trees past the limits above, which the agent alone walks; the kernel scores nothing by such a model */
	MODEL_KIND_COUNT
};

/* What the flows of a class are, where there are several classes. */
enum class_role {
	CLASS_HONEST,
	CLASS_SUSPECT, /* logged, never dropped */
	CLASS_ATTACK,
	CLASS_ROLE_COUNT
};

struct model {
	__u32 id;	   /* checksum of the model file's content; 0: no model */
	__u32 depth;	   /* of every tree, 1..MODEL_DEPTH_MAX */
	__u32 tree_count;  /* of the ensemble, without the empty trees that fill the last group of a class */
	__u32 group_count; /* groups in use */
	__u32 class_count; /* sums: 1 for binary classification */
	__u32 scale_shift; /* scores are margins times 2 to this power */
	__u32 kind;	   /* enum model_kind */
	__u32 extra_shift; /* sums have that many more bits behind the point than scores; 0 for trees */
	__u32 bounded;	   /* 1: rest_low and rest_high are filled, a walk may end when it is decided */
	__u32 code;	   /* 1: the slot has a code form too (model_entry.h) */
	__u32 spares;	   /* enum feature_group, or-ed: groups that it asks nothing of; 0 is always right */
	__u32 pad;
	__u64 forest; /* in user space the address of the struct forest of such a model; 0 in the kernel */
	struct policy policy;
	__s64 base[MODEL_CLASSES_MAX];	     /* what each class's sum begins with */
	__u8 group_class[MODEL_GROUPS_MAX];  /* the class that a group's trees add to */
	__u8 class_role[MODEL_CLASSES_MAX];  /* enum class_role; 0 for binary classification */
	__s64 rest_low[MODEL_CLASSES_MAX * MODEL_GROUPS_MAX]; /* at model_rest(): what the groups behind can still add */
	__s64 rest_high[MODEL_CLASSES_MAX * MODEL_GROUPS_MAX];
	struct model_node node[MODEL_CELLS + MODEL_NODE_ROOM]; /* at model_cell() */
	__s32 leaf[MODEL_CELLS];	     /* at model_cell(), less the 1 << depth that the first leaf of a tree has */
	__s64 weight[MODEL_CLASSES_MAX * FEATURE_SLOTS];	   /* of a linear model, a class's side by side */
	char class_name[MODEL_CLASSES_MAX][MODEL_CLASS_NAME]; /* for people; empty for binary classification */
};

/* A vector, and what the model said of it when it was exported. */
struct model_test {
	struct features x;
	__s64 score;
	__u32 class;
	__u32 pad;
};

/* What the sums of several classes can still become. */
struct model_outlook {
	__s64 honest_low, honest_high; /* of the strongest that may pass */
	__s64 lead_low;		       /* of the others, the most that one will have at least, */
	__s64 first_high, second_high; /* and the two largest that one can get */
	__u32 lead, first;	       /* whose these are */
};

/* Room to work out what a model of several classes says; too big for the stack of BPF. */
struct model_sums {
	__s64 sum[MODEL_CLASSES_MAX];
	__u32 class; /* that the score speaks for: the strongest but the honest ones. 0 for binary classification */
	__u32 score_is; /* enum score_is */
	struct model_outlook outlook;
};

/* A walk that ended when it was decided knows a bound of the score. */
enum score_is {
	SCORE_EXACT,
	SCORE_AT_MOST,	/* and less than what is logged */
	SCORE_AT_LEAST, /* and enough to be dropped */
	SCORE_IS_COUNT
};

/*
 * Where node `at` of a tree lies: the trees of a group side by side. The root is 1; the children of i are 2i + 1
 * (value < cut) and 2i; at the model's depth i is a leaf, 1 << depth the first.
 */
static __always_inline __u32 model_cell(__u32 depth, __u32 tree, __u32 at)
{
	return ((tree / MODEL_LANES << depth) + at) * MODEL_LANES + tree % MODEL_LANES;
}

/* Where it stands what the groups behind this one can still add to the sum of a class. */
static __always_inline __u32 model_rest(__u32 class, __u32 group)
{
	__u32 at = class * MODEL_GROUPS_MAX + (group & (MODEL_GROUPS_MAX - 1));

	MODEL_OPAQUE(at); /* else the mask goes, and two parts are or-ed: 6.1 knows no bound of that */
	return at & (MODEL_CLASSES_MAX * MODEL_GROUPS_MAX - 1);
}

/* The upper half is all ones when the value is below the cut of the lane's node in this row, else all zeroes. */
static __always_inline __u64 model_node_below(const char *row, int lane, const struct features *x)
{
	const struct model_node *n;
	__u64 below;

	MODEL_OPAQUE(row); /* else each lane's start is computed ahead and spilled */
	n = (const struct model_node *)row + lane;
	below = (__u64)x->value[n->feature & (FEATURE_SLOTS - 1)] - n->cut;
	MODEL_OPAQUE(below); /* else the arithmetic becomes a jump */
	return below;
}

/*
 * The sum of the leaves that one group's trees reach. Two trees share a word of `at`, so that all of them fit into the
 * registers of BPF: the row of the even lane's node in the lower half, of the odd one's in the upper, in bytes.
 */
static __always_inline __s64 model_group_score(const struct model *m, __u32 group, const struct features *x)
{
	__u32 depth = m->depth & 15;
	__u64 first = (__u64)(group << depth) * MODEL_LANES;
	const char *nodes = (const char *)&m->node[first & (MODEL_CELLS - 1)];
	__u64 at[MODEL_LANES / 2];
	__s64 sum = 0;

	MODEL_UNROLL
	for (int pair = 0; pair < MODEL_LANES / 2; pair++)
		at[pair] = MODEL_ROW | MODEL_ROW << 32;
	MODEL_NO_UNROLL
	for (__u32 level = 0; level < MODEL_DEPTH_MAX; level++) {
		if (level >= depth)
			break;
		MODEL_UNROLL
		for (int pair = 0; pair < MODEL_LANES / 2; pair++) {
			__u64 even, odd;

			MODEL_OPAQUE(at[pair]); /* one pair after the other: mixed up, they spill the registers */
			even = model_node_below(nodes + (at[pair] & 0xffff), 2 * pair, x);
			odd = model_node_below(nodes + (at[pair] >> 32), 2 * pair + 1, x);
			at[pair] = 2 * at[pair] + (even >> 32 & MODEL_ROW) + (odd & MODEL_ROW << 32);
		}
	}
	first -= MODEL_LANES << depth;
	MODEL_UNROLL
	for (int lane = 0; lane < MODEL_LANES; lane++) {
		__u64 row = (lane & 1 ? at[lane / 2] >> 32 : at[lane / 2] & 0xffff) / sizeof(*m->node);

		sum += m->leaf[((first + row) & (MODEL_CELLS - MODEL_LANES)) + lane];
	}
	return sum;
}

/* What the weights of a class make of a vector. */
static __always_inline __s64 model_linear_sum(const struct model *m, __u32 class, const struct features *x)
{
	const __s64 *weight = &m->weight[(class & (MODEL_CLASSES_MAX - 1)) * FEATURE_SLOTS];
	__s64 sum = 0;

	MODEL_NO_UNROLL
	for (int i = 0; i < FEATURE_COUNT; i++)
		sum += weight[i] * (__s64)x->value[i];
	return sum;
}

#define MODEL_SCORE_MAX 0x7ffffffe /* one below the largest s32: a threshold can be above every score */

static __always_inline __s64 model_score_from_sum(const struct model *m, __s64 sum)
{
	__s64 score = sum >> (m->extra_shift & 63);

	return score > MODEL_SCORE_MAX ? MODEL_SCORE_MAX : score < -MODEL_SCORE_MAX ? -MODEL_SCORE_MAX : score;
}

/*
 * By how much the strongest class leads the strongest honest one, which is below 0 when an honest one leads. Of equally
 * strong ones the first, as in XGBoost. One class: its sum. Sets sums->class.
 */
static __always_inline __s64 model_lead_from_sums(const struct model *m, struct model_sums *sums)
{
	__s64 honest = -(1ll << 62), other = -(1ll << 62);
	__u32 class = 0;

	if (m->class_count > 1) {
		MODEL_NO_UNROLL
		for (__u32 c = 0; c < MODEL_CLASSES_MAX; c++) {
			__s64 sum = sums->sum[c];

			if (c >= m->class_count)
				break;
			if (m->class_role[c] == CLASS_HONEST) {
				honest = sum > honest ? sum : honest;
			} else if (sum > other) {
				other = sum;
				class = c;
			}
		}
	} else {
		other = sums->sum[0];
		honest = 0;
	}
	sums->class = class;
	sums->score_is = SCORE_EXACT;
	return model_score_from_sum(m, other - honest);
}

/*
 * True when no tree behind this group can change the verdict on the sum. It is then the best that can be said of the
 * score: the most it can be where that is too little, the least where that is enough.
 */
static __always_inline int model_is_decided(const struct model *m, __u32 group, __s64 *sum, __u32 *score_is)
{
	__s64 low = *sum + m->rest_low[model_rest(0, group)];
	__s64 high = *sum + m->rest_high[model_rest(0, group)];

	if (high < m->policy.log_at) {
		*sum = high;
		*score_is = low == high ? SCORE_EXACT : SCORE_AT_MOST;
		return 1;
	}
	if (low >= m->policy.drop_at) {
		*sum = low;
		*score_is = low == high ? SCORE_EXACT : SCORE_AT_LEAST;
		return 1;
	}
	return 0;
}

static __always_inline void model_outlook_add(const struct model *m, __u32 group, struct model_sums *sums, __u32 class)
{
	__u32 c = class & (MODEL_CLASSES_MAX - 1);
	struct model_outlook *o = &sums->outlook;
	__s64 low = sums->sum[c] + m->rest_low[model_rest(c, group)];
	__s64 high = sums->sum[c] + m->rest_high[model_rest(c, group)];

	if (m->class_role[c] == CLASS_HONEST) {
		o->honest_low = low > o->honest_low ? low : o->honest_low;
		o->honest_high = high > o->honest_high ? high : o->honest_high;
		return;
	}
	if (low > o->lead_low) {
		o->lead_low = low;
		o->lead = c;
	}
	if (high > o->first_high) {
		o->second_high = o->first_high;
		o->first_high = high;
		o->first = c;
	} else if (high > o->second_high) {
		o->second_high = high;
	}
}

#ifdef __bpf__
int model_outlook_take(const struct model *m, __u32 group, struct model_sums *sums, __u32 class); /* model.bpf.h */
#else
static inline int model_outlook_take(const struct model *m, __u32 group, struct model_sums *sums, __u32 class)
{
	model_outlook_add(m, group, sums, class);
	return 0;
}
#endif

static __always_inline void model_look_out(const struct model *m, __u32 group, struct model_sums *sums)
{
	struct model_outlook *o = &sums->outlook;

	o->honest_low = o->honest_high = o->lead_low = o->first_high = o->second_high = -(1ll << 62);
	o->lead = o->first = 0;
	MODEL_NO_UNROLL
	for (__u32 c = 0; c < MODEL_CLASSES_MAX; c++) {
		if (c >= m->class_count)
			break;
		model_outlook_take(m, group, sums, c);
	}
}

/*
 * The same for several classes. The verdict includes the class that is condemned: it must be ahead of its like for good. One
 * that passes is of no class; it is given the one that can come closest.
 */
static __always_inline int model_lead_is_decided(const struct model *m, __u32 group, struct model_sums *sums, __s64 *lead)
{
	const struct model_outlook *o = &sums->outlook;
	__s64 most, least;

	model_look_out(m, group, sums);
	most = model_score_from_sum(m, o->first_high - o->honest_low);
	least = model_score_from_sum(m, o->lead_low - o->honest_high);
	if (most < m->policy.log_at) {
		*lead = most;
		sums->class = o->first;
		sums->score_is = SCORE_AT_MOST;
		return 1;
	}
	if (least >= m->policy.drop_at && o->lead_low > (o->lead == o->first ? o->second_high : o->first_high)) {
		*lead = least;
		sums->class = o->lead;
		sums->score_is = SCORE_AT_LEAST;
		return 1;
	}
	return 0;
}

/* Groups go round the classes: behind the last of a round it is worth asking whether the verdict is decided. */
static __always_inline int model_round_ends(const struct model *m, __u32 group)
{
	__u32 next = group + 1;

	if (next >= m->group_count)
		return 0;
	MODEL_OPAQUE(next); /* else the mask becomes a comparison, by which 6.1 knows no bound */
	return m->group_class[next & (MODEL_GROUPS_MAX - 1)] <= m->group_class[group & (MODEL_GROUPS_MAX - 1)];
}

#ifdef __bpf__
/* model.bpf.h: the same sums by bpf_loop() */
__s64 model_score(const struct model *m, const struct features *x);
__s64 model_score_until(const struct model *m, const struct features *x, struct model_sums *sums);
__s64 model_lead(const struct model *m, const struct features *x, struct model_sums *sums);
__s64 model_lead_until(const struct model *m, const struct features *x, struct model_sums *sums);
#else
/* The score of the one class of trees that there is in binary classification. */
static inline __s64 model_score(const struct model *m, const struct features *x)
{
	__s64 sum = m->base[0];

	for (__u32 group = 0; group < m->group_count; group++)
		sum += model_group_score(m, group, x);
	return sum;
}

/* The same, ended when the verdict is decided; the model is bounded. Sets sums->score_is. */
static inline __s64 model_score_until(const struct model *m, const struct features *x, struct model_sums *sums)
{
	__s64 sum = m->base[0];

	sums->score_is = SCORE_EXACT;
	for (__u32 group = 0; group < m->group_count; group++) {
		sum += model_group_score(m, group, x);
		if (model_is_decided(m, group, &sum, &sums->score_is))
			break;
	}
	return sum;
}

static inline void model_lead_begin(const struct model *m, const struct features *x, struct model_sums *sums)
{
	for (__u32 c = 0; c < m->class_count; c++)
		sums->sum[c] = m->base[c] + (m->kind == MODEL_LINEAR ? model_linear_sum(m, c, x) : 0);
	if (m->kind == MODEL_FOREST && m->forest)
		forest_add((const struct forest *)(unsigned long)m->forest, x, sums->sum);
}

static inline void model_lead_add(const struct model *m, __u32 group, const struct features *x, struct model_sums *sums)
{
	sums->sum[m->group_class[group] & (MODEL_CLASSES_MAX - 1)] += model_group_score(m, group, x);
}

/* The score of any model. Sets all of *sums. */
static inline __s64 model_lead(const struct model *m, const struct features *x, struct model_sums *sums)
{
	model_lead_begin(m, x, sums);
	for (__u32 group = 0; group < m->group_count; group++)
		model_lead_add(m, group, x, sums);
	return model_lead_from_sums(m, sums);
}

/* The same, ended when the verdict is decided; the model is bounded. Sums are then no whole ones. */
static inline __s64 model_lead_until(const struct model *m, const struct features *x, struct model_sums *sums)
{
	__s64 lead;

	model_lead_begin(m, x, sums);
	for (__u32 group = 0; group < m->group_count; group++) {
		model_lead_add(m, group, x, sums);
		if (model_round_ends(m, group) && model_lead_is_decided(m, group, sums, &lead))
			return lead;
	}
	return model_lead_from_sums(m, sums);
}
#endif

/* The score that the policy's thresholds are compared with, the fast way where there is one. */
static __always_inline __s64 model_ask(const struct model *m, const struct features *x, struct model_sums *sums)
{
	if (m->class_count > 1 || m->kind != MODEL_TREES)
		return model_lead(m, x, sums);
	sums->class = 0;
	sums->score_is = SCORE_EXACT;
	return model_score(m, x);
}

/* The same for a verdict: unless the score must be exact, no further than it takes. */
static __always_inline __s64 model_decide(const struct model *m, const struct features *x, struct model_sums *sums,
					  int exact)
{
	if (exact || !m->bounded)
		return model_ask(m, x, sums);
	if (m->class_count > 1)
		return model_lead_until(m, x, sums);
	sums->class = 0;
	return model_score_until(m, x, sums);
}

#endif
