// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The datapath for a place under the dispatcher of libxdp: all of it but the code form of models. What stands there is put
 * in place of a function of the dispatcher, and kernels of 2025 want it to change packets as little as that does; a tail
 * call might, for all they know. Models are walked as tables.
 */
#define MODEL_ENTRY_BPF_H
#define model_call_score(ctx, call, frags) ((void)(ctx), (void)(call), (void)(frags))
#include "hedgerow.bpf.c"

/* After filters of a fixed list (xdp-filter: 10), which drop at less cost; before all that does not say (50). */
#define RUN_PRIORITY 20

/* What libxdp reads: when a program has its turn, and after which answers the next has its own. The names are libxdp's. */
struct {
	__uint(priority, RUN_PRIORITY);
	__uint(XDP_PASS, 1);
} _hedgerow_xdp SEC(".xdp_run_config");

struct {
	__uint(priority, RUN_PRIORITY);
	__uint(XDP_PASS, 1);
} _hedgerow_frags SEC(".xdp_run_config");
