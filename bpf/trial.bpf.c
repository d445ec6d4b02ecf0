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

static void score_compare(const struct model_test *test, __u32 i, __s64 score, __u32 class)
{
	trial.ran++;
	if (score == test->score && class == test->class)
		return;
	if (!trial.differ++) {
		trial.first = i;
		trial.first_score = score;
	}
}

static long trial_run(__u32 i, void *unused)
{
	struct model_test *test = bpf_map_lookup_elem(&trial_vectors, &i);
	__u32 slot = trial.slot;
	struct model *m = bpf_map_lookup_elem(&hr_models, &slot);
	__s64 score;

	(void)unused;
	if (!test || !m)
		return 1;
	score = model_ask(m, &test->x, &trial_sums);
	score_compare(test, i, score, trial_sums.class);
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

/*
 * The next vector through a code form, which is entered at the slot as packets do it. With scratch memory of this
 * program's own, which no packet on this CPU disturbs.
 */
SEC("xdp")
int code_trial(struct xdp_md *ctx)
{
	struct scratch *scratch = scratch_get();
	__u32 i = trial.ran;
	struct model_test *test = bpf_map_lookup_elem(&trial_vectors, &i);

	if (!scratch || !test)
		return XDP_ABORTED;
	scratch->call.vector[0] = test->x;
	scratch->call.id = trial.id;
	scratch->call.slot = trial.slot;
	scratch->call.again_at = 0x7fffffffffffffffll;
	model_call_score(ctx, &scratch->call, 0);
	if (!scratch->call.scored_by)
		return XDP_ABORTED;
	score_compare(test, i, scratch->call.score[0], 0);
	return XDP_PASS;
}

char trial_license[] SEC("license") = "Dual BSD/GPL";
