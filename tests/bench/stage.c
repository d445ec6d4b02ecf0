// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "counters.h"
#include "log.h"
#include "machine.h"
#include "model_code.h"
#include "stage.h"
#include "vectors.h"
#include "bpf/hedgerow.skel.h"

static int load_failed(const char *what, int err)
{
	log_error("%s: does not load: %s", what, strerror(-err));
	return err;
}

static void object_unpin(struct bpf_object *object)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, object)
		bpf_map__set_pin_path(map, NULL);
}

static int object_prog_fd(const struct bpf_object *object)
{
	return bpf_program__fd(bpf_object__next_program(object, NULL));
}

static int floor_load(struct stage *s)
{
	char path[PATH_MAX];
	int err;

	machine_path(path, sizeof(path), s->yardstick);
	s->floor = bpf_object__open_file(path, NULL);
	err = s->floor ? bpf_object__load(s->floor) : -errno;
	if (err)
		return load_failed(path, err);
	return driver_aim(&s->driver, 0, TARGET_FLOOR, object_prog_fd(s->floor));
}

static int ours_load(struct stage *s)
{
	int err;

	s->ours = hedgerow_bpf__open();
	if (!s->ours)
		return load_failed("hedgerow_xdp", -errno);
	object_unpin(s->ours->obj);
	if (s->flows_max)
		bpf_map__set_max_entries(s->ours->maps.hr_flows, s->flows_max);
	err = hedgerow_bpf__load(s->ours);
	if (err)
		return load_failed("hedgerow_xdp", err);
	return driver_aim(&s->driver, 0, TARGET_SUBJECT, bpf_program__fd(s->ours->progs.hedgerow_xdp));
}

/* Enforce, every checkpoint, and no time-out while the bench lasts. */
static void settings_fill(struct settings *settings)
{
	settings_defaults(settings);
	settings->mode = MODE_ENFORCE;
	settings->condemn_for_ns = 0;
	for (int i = 0; i < TIMEOUTS; i++)
		settings->timeout_ns[i] = 3600 * SECOND_NS;
}

int stage_open(struct stage *s)
{
	*s = (struct stage){ .yardstick = YARDSTICK_FLOOR };
	s->model = calloc(1, sizeof(*s->model));
	if (!s->model)
		return -ENOMEM;
	return driver_open(&s->driver);
}

static void objects_close(struct stage *s)
{
	bpf_object__close(s->other);
	bpf_object__close(s->floor);
	hedgerow_bpf__destroy(s->ours);
	s->other = s->floor = NULL;
	s->ours = NULL;
}

int stage_reset(struct stage *s)
{
	int err;

	objects_close(s);
	s->packets = PACKETS_IPV4;
	err = floor_load(s);
	if (!err)
		err = ours_load(s);
	settings_fill(&s->settings);
	s->model->policy = s->policy;
	s->model->bounded = 1;
	s->model->id = s->model_id;
	s->model->code = 0;
	if (!err)
		err = stage_put_settings(s);
	if (!err)
		err = stage_put_model(s);
	return err;
}

void stage_close(struct stage *s)
{
	objects_close(s);
	driver_close(&s->driver);
	free(s->model);
}

int stage_map_fd(const struct stage *s, const char *name)
{
	return bpf_object__find_map_fd_by_name(s->ours->obj, name);
}

static int ours_put(const struct stage *s, const char *map, const void *value)
{
	__u32 zero = 0;
	int err = bpf_map_update_elem(stage_map_fd(s, map), &zero, value, BPF_ANY);

	if (err)
		log_error("%s: cannot be written: %s", map, strerror(-err));
	return err;
}

int stage_put_settings(struct stage *s)
{
	return ours_put(s, "hr_settings", &s->settings);
}

int stage_put_model(struct stage *s)
{
	return ours_put(s, "hr_models", s->model);
}

int stage_put_code(struct stage *s)
{
	int fd = model_code_load(s->model, stage_map_fd(s, "hr_scratch"), false, NULL);
	int err = fd < 0 ? fd : ours_put(s, "hr_codes", &fd);

	if (fd < 0)
		log_error("the model's code cannot be loaded: %s", strerror(-fd));
	else
		close(fd);
	s->model->code = 1;
	return err ? err : stage_put_model(s);
}

int stage_put_challenger(struct stage *s)
{
	__u32 slot = s->settings.model_slot + 1;
	int err;

	s->model->id = s->model_id + 1;
	err = bpf_map_update_elem(stage_map_fd(s, "hr_models"), &slot, s->model, BPF_ANY);
	s->model->id = s->model_id;
	if (err) {
		log_error("hr_models: cannot be written: %s", strerror(-err));
		return err;
	}
	s->settings.shadow = slot + 1;
	return stage_put_settings(s);
}

int stage_load_other(struct stage *s, const char *path)
{
	struct bpf_program *prog;
	int err;

	if (access(path, R_OK))
		return -ENOENT;
	s->other = bpf_object__open_file(path, NULL);
	if (!s->other)
		return load_failed(path, -errno);
	object_unpin(s->other);
	bpf_object__for_each_program(prog, s->other) {
		bpf_program__set_type(prog, BPF_PROG_TYPE_XDP);
		bpf_program__set_expected_attach_type(prog, BPF_XDP);
	}
	err = bpf_object__load(s->other);
	if (err)
		return load_failed(path, err);
	return driver_aim(&s->driver, 0, TARGET_SUBJECT, object_prog_fd(s->other));
}

static int maps_share(struct stage *s)
{
	struct bpf_map *map;
	int err = 0;

	bpf_object__for_each_map(map, s->other) {
		int fd = stage_map_fd(s, bpf_map__name(map));

		if (fd >= 0 && !err)
			err = bpf_map__reuse_fd(map, fd);
	}
	return err;
}

int stage_load_leaving(struct stage *s)
{
	struct bpf_program *floor = bpf_object__find_program_by_name(s->floor, "floor_count_leaving");
	char path[PATH_MAX];
	int err;

	machine_path(path, sizeof(path), "../../hedgerow-egress.bpf.o");
	s->other = bpf_object__open_file(path, NULL);
	if (!s->other)
		return load_failed(path, -errno);
	object_unpin(s->other);
	err = maps_share(s);
	if (!err)
		err = bpf_object__load(s->other);
	if (err)
		return load_failed(path, err);
	err = driver_aim(&s->driver, 1, TARGET_FLOOR, bpf_program__fd(floor));
	return err ? err : driver_aim(&s->driver, 1, TARGET_SUBJECT, object_prog_fd(s->other));
}

int stage_load_score(struct stage *s, const struct features *vectors, int count, __u32 until)
{
	char path[PATH_MAX];
	struct bpf_map *constants;
	int err, fd;

	machine_path(path, sizeof(path), "score.bpf.o");
	s->other = bpf_object__open_file(path, NULL);
	if (!s->other)
		return load_failed(path, -errno);
	object_unpin(s->other);
	err = maps_share(s);
	constants = bpf_object__find_map_by_name(s->other, ".rodata");
	if (!err)
		err = bpf_map__set_initial_value(constants, &until, sizeof(until));
	if (!err)
		err = bpf_object__load(s->other);
	if (err)
		return load_failed(path, err);
	err = driver_aim(&s->driver, 0, TARGET_SUBJECT, object_prog_fd(s->other));
	fd = bpf_object__find_map_fd_by_name(s->other, "bench_vectors");
	for (__u32 i = 0; i < VECTORS && !err; i++)
		err = bpf_map_update_elem(fd, &i, &vectors[i % count], BPF_ANY);
	return err;
}

int stage_read_counters(const struct stage *s, __u64 *counters)
{
	int fd = stage_map_fd(s, "hr_counters"), cpus = libbpf_num_possible_cpus(), err = 0;
	__u64 *each = calloc(cpus > 0 ? cpus : 1, sizeof(*each));

	if (!each)
		return -ENOMEM;
	for (__u32 c = 0; c < COUNTER_COUNT && !err; c++) {
		err = bpf_map_lookup_elem(fd, &c, each);
		counters[c] = 0;
		for (int i = 0; i < cpus; i++)
			counters[c] += each[i];
	}
	free(each);
	return err;
}
