/* SPDX-License-Identifier: BSD-2-Clause */
/* The datapath of datapath_fixture.h with the egress companion on its tables. Include it instead of that. */
#ifndef EGRESS_FIXTURE_H
#define EGRESS_FIXTURE_H

#include "datapath_fixture.h"
#include "bpf/egress.skel.h"

static struct egress_bpf *egress;

static inline int both_load(void **state)
{
	struct bpf_map *map;

	if (datapath_load(state) || !skel)
		return skel ? -1 : 0;
	egress = egress_bpf__open();
	if (!egress)
		return -1;
	bpf_object__for_each_map(map, egress->obj) {
		int shared = map_fd(bpf_map__name(map));

		bpf_map__set_pin_path(map, NULL);
		if (shared >= 0 && !strstr(bpf_map__name(map), "scratch") && !strstr(bpf_map__name(map), "budget"))
			assert_int_equal(bpf_map__reuse_fd(map, shared), 0);
	}
	return egress_bpf__load(egress);
}

static inline int both_unload(void **state)
{
	egress_bpf__destroy(egress);
	return datapath_unload(state);
}

static inline void frame_leave_as(const struct frame *f, __u32 segments, __u32 wire_len)
{
	struct __sk_buff ctx = { .gso_segs = segments, .wire_len = wire_len };
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = f->data, .data_size_in = f->len, .ctx_in = segments ? &ctx : NULL,
		    .ctx_size_in = segments ? sizeof(ctx) : 0);

	assert_int_equal(bpf_prog_test_run_opts(bpf_program__fd(egress->progs.hedgerow_egress), &run), 0);
	assert_int_equal((int)run.retval, -1); /* TC_ACT_UNSPEC: on to the next filter */
}

static inline void frame_leave(const struct frame *f)
{
	frame_leave_as(f, 0, 0);
}

#endif
