// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include "log.h"
#include "model_code.h"
#include "model_code_pin.h"
#include "model_form.h"

bool model_code_is_there(const struct datapath *dp, __u32 slot)
{
	__u32 program;

	return !bpf_map_lookup_elem(dp->map[DATAPATH_CODES], &slot, &program);
}

/* Loads the code and puts it into the slot. */
static int code_enter(const struct datapath *dp, __u32 slot, const struct model *m)
{
	struct model_code_facts facts = { 0 };
	int fd = model_code_load(m, dp->map[DATAPATH_SCRATCH], dp->frags, &facts), err = 0;

	if (fd < 0)
		return fd;
	if (bpf_map_update_elem(dp->map[DATAPATH_CODES], &slot, &fd, BPF_ANY))
		err = -errno;
	close(fd);
	if (err)
		return err;
	err = model_code_pin(dp);
	if (err)
		log_info("no pin in /sys/fs/bpf/hedgerow: %s; the model's code lasts as long as the agent runs, then its tables "
			 "are walked", strerror(-err));
	log_debug("model %08x as code: %u instructions, at most %u for a score; %u verified, %u bytes", m->id,
		  facts.instructions, facts.longest, facts.verified, facts.bytes);
	return 0;
}

int model_code_put(const struct datapath *dp, __u32 slot, struct model *m, bool wanted)
{
	int err;

	m->code = 0;
	if (dp->map[DATAPATH_CODES] < 0) {
		if (wanted)
			log_warn("model %08x: no code form under the dispatcher of libxdp; its tables are walked", m->id);
		return 0;
	}
	if (bpf_map_delete_elem(dp->map[DATAPATH_CODES], &slot) && errno != ENOENT)
		return -errno;
	if (!wanted)
		return 0;
	err = code_enter(dp, slot, m);
	if (err)
		log_warn("model %08x: no code form: %s; its tables are walked", m->id, model_code_refusal(err));
	else
		m->code = 1;
	return 0;
}
