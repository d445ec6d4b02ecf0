// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * A model on trial: the datapath's own walk over vectors whose scores are known, in the slot where the model lies, before
 * anything is switched. Shares the models of the datapath; is attached to nothing and runs once.
 */
#include "maps.bpf.h"
#include "model.bpf.h"
#include "model_entry.bpf.h"
#include "trial.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TRIAL_VECTORS);
	__type(key, __u32);
	__type(value, struct model_test);
} trial_vectors SEC(".maps");

struct trial trial;
struct model_sums trial_sums; /* too big for the stack */

/* What was said of a vector: the exact score, and as for a verdict, where the score may be a bound. */
struct said {
	__s64 score, bound;
	__u32 class, bound_class;
};

static __always_inline int verdict_is_the_same(const struct said *said)
{
	const struct policy *p = &trial.policy;

	if ((said->score >= p->log_at) != (said->bound >= p->log_at))
		return 0;
	if (said->score < p->drop_at)
		return said->bound < p->drop_at;
	return said->bound >= p->drop_at && said->class == said->bound_class;
}

static __always_inline void said_compare(const struct model_test *test, __u32 i, const struct said *said)
{
	int same = said->score == test->score && said->class == test->class;

	trial.ran++;
	if (same && verdict_is_the_same(said))
		return;
	if (!trial.differ++) {
		trial.first = i;
		trial.first_score = same ? said->bound : said->score;
	}
}

static long trial_run(__u32 i, void *unused)
{
	struct model_test *test = bpf_map_lookup_elem(&trial_vectors, &i);
	__u32 slot = trial.slot;
	struct model *m = bpf_map_lookup_elem(&hr_models, &slot);
	struct said said;

	(void)unused;
	if (!test || !m)
		return 1;
	said.score = model_ask(m, &test->x, &trial_sums);
	said.class = trial_sums.class;
	said.bound = model_decide(m, &test->x, &trial_sums, 0);
	said.bound_class = trial_sums.class;
	said_compare(test, i, &said);
	return 0;
}

SEC("xdp")
int model_trial(struct xdp_md *ctx)
{
	__u32 count = trial.count;

	(void)ctx;
	bpf_loop(count < TRIAL_VECTORS ? count : TRIAL_VECTORS, trial_run, NULL, 0);
	return XDP_PASS;
}

/* One of the two vectors of the call by the code. Returns false where none is, or another model's. */
static __always_inline int code_ask(struct xdp_md *ctx, struct model_call *call, __u32 which, __u64 until, int frags)
{
	call->which = which;
	call->until = until;
	call->scored_by = 0;
	frags ? model_code_enter_frags(ctx, call->slot) : model_code_enter(ctx, call->slot);
	return call->scored_by == trial.id;
}

/*
 * The next vector through a code form, which is entered as packets do it: by every slot in turn, as either of the two
 * vectors, exactly and until the verdict is decided. With scratch memory of this program's own, which no packet on this
 * CPU disturbs.
 */
static __always_inline int code_run(struct xdp_md *ctx, int frags)
{
	struct scratch *scratch = scratch_get();
	__u32 i = trial.ran;
	struct model_test *test = bpf_map_lookup_elem(&trial_vectors, &i);
	struct model_call *call;
	struct said said = { 0 };

	if (!scratch || !test)
		return XDP_ABORTED;
	call = &scratch->call;
	call->vector[0] = test->x;
	call->vector[1] = test->x;
	call->id = trial.id;
	call->slot = i & (MODEL_SLOTS - 1);
	if (!code_ask(ctx, call, i & 1, 0, frags))
		return XDP_ABORTED;
	said.score = call->score[i & 1];
	if (!code_ask(ctx, call, ~i & 1, ~0ull, frags))
		return XDP_ABORTED;
	said.bound = call->score[~i & 1];
	said_compare(test, i, &said);
	return XDP_PASS;
}

SEC("xdp")
int code_trial(struct xdp_md *ctx)
{
	return code_run(ctx, 0);
}

/* The same in a program for frames of more than one buffer, whose codes are programs of that kind. */
SEC("xdp.frags")
int code_trial_frags(struct xdp_md *ctx)
{
	return code_run(ctx, 1);
}

char trial_license[] SEC("license") = "Dual BSD/GPL";
