// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include "log.h"
#include "model_code.h"
#include "model_code_emit.h"

static int program_load(const struct model_code *code, bool frags)
{
	static char log[4096];
	LIBBPF_OPTS(bpf_prog_load_opts, o, .expected_attach_type = BPF_XDP,
		    .prog_flags = frags ? BPF_F_XDP_HAS_FRAGS : 0);
	int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "hedgerow_code", "Dual BSD/GPL", code->insn, code->count, &o);

	if (fd >= 0 || errno == EPERM || log_level < LOG_LEVEL_DEBUG)
		return fd < 0 ? -errno : fd;
	o.log_buf = log;
	o.log_size = sizeof(log);
	o.log_level = 1;
	fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "hedgerow_code", "Dual BSD/GPL", code->insn, code->count, &o);
	if (fd < 0) {
		fd = -errno;
		log_debug("the model's code: %s", log);
	}
	return fd;
}

static void facts_read(int fd, const struct model_code *code, struct model_code_facts *facts)
{
	struct bpf_prog_info info = { 0 };
	__u32 size = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &size))
		return;
	*facts = (struct model_code_facts){
		.instructions = code->count,
		.longest = code->longest,
		.verified = info.verified_insns,
		.bytes = info.jited_prog_len,
	};
}

const char *model_code_refusal(int err)
{
	if (err == -E2BIG)
		return "it would be too long for the kernel's verifier";
	if (err == -EOPNOTSUPP)
		return "that is for trees which tell two classes apart";
	return strerror(-err);
}

int model_code_load(const struct model *m, int scratch_fd, bool frags, struct model_code_facts *facts)
{
	struct model_code code;
	int fd = model_code_emit(m, scratch_fd, &code);

	if (fd)
		return fd;
	fd = program_load(&code, frags);
	if (fd >= 0 && facts)
		facts_read(fd, &code, facts);
	model_code_free(&code);
	return fd;
}
