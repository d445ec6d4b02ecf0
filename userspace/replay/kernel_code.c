// SPDX-License-Identifier: BSD-2-Clause
#include <stdlib.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include "kernel_code.h"
#include "log.h"
#include "model_code.h"
#include "model_entry.h"

int kernel_code_put(const struct bpf_map *codes, const struct bpf_map *scratch, __u32 slot, const struct model *m)
{
	struct model_code_facts facts = { 0 };
	int fd = model_code_load(m, bpf_map__fd(scratch), false, &facts), err;

	if (fd < 0) {
		log_warn("--kernel: model %08x: no code form: %s; its tables are walked", m->id, model_code_refusal(fd));
		return 0;
	}
	err = bpf_map_update_elem(bpf_map__fd(codes), &slot, &fd, BPF_ANY);
	close(fd);
	if (err)
		return err;
	log_info("--kernel: model %08x as code, %u instructions", m->id, facts.instructions);
	return 1;
}

/* The scratch memory of a CPU begins with the call; that of the others was never used. */
bool kernel_code_was_last(const struct bpf_map *scratch, int cpus)
{
	size_t size = (bpf_map__value_size(scratch) + 7) & ~7ul;
	char *all = calloc(cpus, size);
	bool was = false;
	__u32 zero = 0;

	if (all && !bpf_map_lookup_elem(bpf_map__fd(scratch), &zero, all))
		for (int i = 0; i < cpus; i++)
			was |= ((const struct model_call *)(all + i * size))->scored_by != 0;
	free(all);
	return was;
}
