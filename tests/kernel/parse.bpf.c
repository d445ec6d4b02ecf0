// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The datapath's own parser over one frame, what it read laid open: parse_test compares that with the host's. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "parse.h"

struct parse_result parse_out;

SEC("xdp")
int parse_one(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;

	__builtin_memset(&parse_out, 0, sizeof(parse_out));
	parse_frame(&parse_out, data, end, end - data);
	return XDP_PASS;
}

char parse_license[] SEC("license") = "Dual BSD/GPL";
