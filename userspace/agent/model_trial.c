// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
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

static int vectors_write(int fd, const struct model_test *test, __u32 count)
{
	for (__u32 i = 0; i < count; i++)
		if (bpf_map_update_elem(fd, &i, &test[i], BPF_ANY))
			return -errno;
	return 0;
}

/* Adds what came of the vectors from `first` on. */
static void trial_add(struct trial *all, const struct trial *part, __u32 first)
{
	if (part->differ && !all->differ) {
		all->first = first + part->first;
		all->first_score = part->first_score;
	}
	all->ran += part->ran;
	all->differ += part->differ;
}

struct model_trial {
	struct trial_bpf *skel;
	const struct bpf_program *program;
	bool each;	    /* the program takes one vector a run */
	struct trial asked; /* what is asked of it */
};

/* Makes them one, where nothing failed; else the trial's programs go. */
static struct model_trial *trial_keep(struct trial_bpf *skel, int err, const struct model_trial *as)
{
	struct model_trial *t = err ? NULL : malloc(sizeof(*t));

	if (t) {
		*t = *as;
		return t;
	}
	trial_bpf__destroy(skel);
	errno = err ? -err : ENOMEM;
	return NULL;
}

struct model_trial *model_trial_open(int models_fd, __u32 slot, const struct model *m)
{
	struct trial_bpf *skel = trial_bpf__open();
	int err = skel ? maps_prepare(skel, models_fd) : -errno;

	err = err ? err : trial_bpf__load(skel);
	if (!err && models_fd < 0 && bpf_map_update_elem(bpf_map__fd(skel->maps.hr_models), &slot, m, BPF_ANY))
		err = -errno;
	return trial_keep(skel, err, &(struct model_trial){ .skel = skel, .program = skel ? skel->progs.model_trial : NULL,
							    .asked = { .slot = slot, .policy = m->policy } });
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

struct model_trial *model_trial_open_code(const struct model *m, bool frags)
{
	struct trial_bpf *skel = trial_bpf__open();
	int err = skel ? maps_choose(skel, true, frags) : -errno;
	struct model_trial as = { .skel = skel, .each = true, .asked = { .id = m->id, .policy = m->policy } };

	err = err ? err : trial_bpf__load(skel);
	err = err ? err : code_enter(skel, m, frags);
	if (!err)
		as.program = frags ? skel->progs.code_trial_frags : skel->progs.code_trial;
	return trial_keep(skel, err, &as);
}

int model_trial_vectors(struct model_trial *t, const struct model_extras *vectors, struct trial *out)
{
	char frame[64] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = frame, .data_size_in = sizeof(frame));
	struct trial_bpf *skel = t->skel;
	struct trial all = { 0 };

	for (__u32 first = 0, count; first < vectors->test_count; first += count) {
		int err;

		count = vectors->test_count - first < TRIAL_VECTORS ? vectors->test_count - first : TRIAL_VECTORS;
		err = vectors_write(bpf_map__fd(skel->maps.trial_vectors), vectors->test + first, count);
		if (err)
			return err;
		skel->bss->trial = t->asked;
		skel->bss->trial.count = count;
		run.repeat = t->each ? count : 1;
		err = bpf_prog_test_run_opts(bpf_program__fd(t->program), &run);
		if (err)
			return err;
		if (skel->bss->trial.ran != count)
			return -EIO;
		trial_add(&all, &skel->bss->trial, first);
	}
	*out = all;
	return 0;
}

void model_trial_close(struct model_trial *t)
{
	if (t)
		trial_bpf__destroy(t->skel);
	free(t);
}

/* `t` was just opened. */
static int trial_run_once(struct model_trial *t, const struct model_extras *vectors, struct trial *out)
{
	int err = t ? model_trial_vectors(t, vectors, out) : -errno;

	model_trial_close(t);
	return err;
}

int model_trial_run(int models_fd, __u32 slot, const struct model *m, const struct model_extras *vectors,
		    struct trial *out)
{
	return trial_run_once(model_trial_open(models_fd, slot, m), vectors, out);
}

int model_trial_run_code(const struct model *m, const struct model_extras *vectors, bool frags, struct trial *out)
{
	return trial_run_once(model_trial_open_code(m, frags), vectors, out);
}
