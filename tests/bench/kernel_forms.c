// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "forms_shared.h"
#include "kernel_forms.h"
#include "log.h"
#include "machine.h"

static const char *const programs[KERNEL_FORMS] = {
	[KERNEL_NONE] = "forms_none",
	[KERNEL_TABLE] = "forms_table",
	[KERNEL_CODE] = "forms_code",
	[KERNEL_TABLE_DECIDED] = "forms_table_decided",
	[KERNEL_CODE_DECIDED] = "forms_code_decided",
};

static int map_fd(const struct kernel_forms *k, const char *name)
{
	return bpf_object__find_map_fd_by_name(k->object, name);
}

static int failed(const char *what, int err)
{
	log_error("%s: %s", what, strerror(-err));
	return err;
}

int kernel_forms_open(struct kernel_forms *k)
{
	char path[PATH_MAX];
	struct bpf_map *map;
	int err;

	machine_path(path, sizeof(path), "forms.bpf.o");
	*k = (struct kernel_forms){ .object = bpf_object__open_file(path, NULL) };
	err = k->object ? 0 : -errno;
	if (!err)
		bpf_object__for_each_map(map, k->object)
			bpf_map__set_pin_path(map, NULL);
	if (!err)
		err = bpf_object__load(k->object);
	if (err) {
		kernel_forms_close(k);
		return failed(path, err);
	}
	for (int i = 0; i < KERNEL_FORMS; i++)
		k->prog[i] = bpf_program__fd(bpf_object__find_program_by_name(k->object, programs[i]));
	k->vectors = mmap(NULL, FORMS_VECTORS * sizeof(struct features), PROT_READ | PROT_WRITE, MAP_SHARED,
			  map_fd(k, "forms_vectors"), 0);
	if (k->vectors != MAP_FAILED)
		return 0;
	err = -errno;
	k->vectors = NULL;
	kernel_forms_close(k);
	return failed("forms_vectors", err);
}

void kernel_forms_close(struct kernel_forms *k)
{
	if (k->vectors)
		munmap(k->vectors, FORMS_VECTORS * sizeof(struct features));
	bpf_object__close(k->object);
	*k = (struct kernel_forms){ 0 };
}

int kernel_forms_put_model(struct kernel_forms *k, const struct model *m)
{
	__u32 slot = 0;
	int fd = model_code_load(m, map_fd(k, "hr_scratch"), false, &k->facts), err = fd < 0 ? fd : 0;

	if (!err && (bpf_map_update_elem(map_fd(k, "hr_models"), &slot, m, BPF_ANY) ||
		     bpf_map_update_elem(map_fd(k, "hr_codes"), &slot, &fd, BPF_ANY)))
		err = -errno;
	if (fd >= 0)
		close(fd);
	return err ? failed("the model's forms cannot be loaded", err) : 0;
}

int kernel_forms_put_vectors(struct kernel_forms *k, const struct features *x, size_t count)
{
	struct forms_progress begin = { .count = count };
	__u32 zero = 0;
	int err = count > FORMS_VECTORS ? -ENOSPC : 0;

	if (!err && bpf_map_update_elem(map_fd(k, ".bss"), &zero, &begin, BPF_ANY))
		err = -errno;
	if (!err)
		memcpy(k->vectors, x, count * sizeof(*x));
	return err ? failed("forms_vectors", err) : 0;
}

static double cpu_time_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

int kernel_forms_run(const struct kernel_forms *k, enum kernel_form form, __u32 rounds, double *ns, __s64 *sum)
{
	char frame[64] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = frame, .data_size_in = sizeof(frame), .repeat = rounds);
	struct forms_progress before, after;
	__u32 zero = 0;
	double began;
	int err = 0;

	if (bpf_map_lookup_elem(map_fd(k, ".bss"), &zero, &before))
		err = -errno;
	began = cpu_time_ns();
	if (!err && bpf_prog_test_run_opts(k->prog[form], &run))
		err = -errno;
	*ns = (cpu_time_ns() - began) / rounds;
	if (!err && bpf_map_lookup_elem(map_fd(k, ".bss"), &zero, &after))
		err = -errno;
	*sum = err ? 0 : after.sum - before.sum;
	return err ? failed(programs[form], err) : 0;
}
