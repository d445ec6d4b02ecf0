// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "model_code.h"
#include "model_trial.h"
#include "bpf/trial.skel.h"

_Static_assert(MODEL_TESTS_MAX <= TRIAL_VECTORS, "every vector of a file has room");

/* Of all tables a trial needs its vectors, its own variables, and the models or what code forms are entered through. */
static int maps_choose(struct trial_bpf *skel, bool of_code, bool frags)
{
	struct bpf_map *map;
	int err = 0;

	bpf_object__for_each_map(map, skel->obj) {
		bool codes = map == skel->maps.hr_codes || map == skel->maps.hr_codes_frags || map == skel->maps.hr_scratch;
		bool needed = map == skel->maps.trial_vectors || (of_code ? codes : map == skel->maps.hr_models) ||
			      bpf_map__is_internal(map);

		bpf_map__set_pin_path(map, NULL);
		if (!needed)
			err = err ? err : bpf_map__set_autocreate(map, false);
	}
	bpf_program__set_autoload(skel->progs.model_trial, !of_code);
	bpf_program__set_autoload(skel->progs.code_trial, of_code && !frags);
	bpf_program__set_autoload(skel->progs.code_trial_frags, of_code && frags);
	return err;
}

static int maps_prepare(struct trial_bpf *skel, int models_fd)
{
	int err = maps_choose(skel, false, false);

	if (!err && models_fd >= 0)
		err = bpf_map__reuse_fd(skel->maps.hr_models, models_fd);
	if (!err && models_fd < 0)
		err = bpf_map__set_max_entries(skel->maps.hr_models, 1);
	return err;
}

static int vectors_write(int fd, const struct model_extras *vectors)
{
	for (__u32 i = 0; i < vectors->test_count; i++)
		if (bpf_map_update_elem(fd, &i, &vectors->test[i], BPF_ANY))
			return -errno;
	return 0;
}

int model_trial_run(int models_fd, __u32 slot, const struct model *m, const struct model_extras *vectors,
		    struct trial *out)
{
	char frame[64] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = frame, .data_size_in = sizeof(frame));
	struct trial_bpf *skel = trial_bpf__open();
	int err = skel ? maps_prepare(skel, models_fd) : -errno;

	err = err ? err : trial_bpf__load(skel);
	if (!err)
		err = vectors_write(bpf_map__fd(skel->maps.trial_vectors), vectors);
	if (!err && models_fd < 0 && bpf_map_update_elem(bpf_map__fd(skel->maps.hr_models), &slot, m, BPF_ANY))
		err = -errno;
	if (!err) {
		skel->bss->trial = (struct trial){ .slot = slot, .count = vectors->test_count, .policy = m->policy };
		err = bpf_prog_test_run_opts(bpf_program__fd(skel->progs.model_trial), &run);
	}
	if (!err)
		*out = skel->bss->trial;
	if (!err && out->ran != vectors->test_count)
		err = -EIO;
	trial_bpf__destroy(skel);
	return err;
}

/* Puts the code into every slot. */
static int code_enter(struct trial_bpf *skel, const struct model *m, bool frags)
{
	int fd = model_code_load(m, bpf_map__fd(skel->maps.hr_scratch), frags, NULL), err = 0;
	int codes = bpf_map__fd(frags ? skel->maps.hr_codes_frags : skel->maps.hr_codes);

	if (fd < 0)
		return fd;
	for (__u32 slot = 0; slot < MODEL_SLOTS && !err; slot++)
		err = bpf_map_update_elem(codes, &slot, &fd, BPF_ANY) ? -errno : 0;
	close(fd);
	return err;
}

int model_trial_run_code(const struct model *m, const struct model_extras *vectors, bool frags, struct trial *out)
{
	char frame[64] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = frame, .data_size_in = sizeof(frame), .repeat = vectors->test_count);
	struct trial_bpf *skel = trial_bpf__open();
	int err = skel ? maps_choose(skel, true, frags) : -errno;

	err = err ? err : trial_bpf__load(skel);
	err = err ? err : vectors_write(bpf_map__fd(skel->maps.trial_vectors), vectors);
	err = err ? err : code_enter(skel, m, frags);
	if (!err) {
		skel->bss->trial = (struct trial){ .count = vectors->test_count, .id = m->id, .policy = m->policy };
		err = bpf_prog_test_run_opts(bpf_program__fd(frags ? skel->progs.code_trial_frags :
								     skel->progs.code_trial), &run);
	}
	if (!err)
		*out = skel->bss->trial;
	if (!err && out->ran != vectors->test_count)
		err = -EIO;
	trial_bpf__destroy(skel);
	return err;
}
