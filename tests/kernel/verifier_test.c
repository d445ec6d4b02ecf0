// SPDX-License-Identifier: BSD-2-Clause
/*
 * What the verifier thinks of each program, and a budget for it: a change that makes a program hard to verify is seen
 * here before a kernel somewhere refuses it. HEDGEROW_OBJECTS names other object files than those of this build,
 * HEDGEROW_COMPILER what made them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "stack_chain.h"

#define OBJECTS_DEFAULT "build/hedgerow.bpf.o build/hedgerow-egress.bpf.o build/hedgerow-member.bpf.o"

/* A quarter of what the kernel allows: verifiers differ, and so do compilers. */
#define BUDGET_INSNS 250000
#define BUDGET_STACK 512 /* bytes, of the deepest chain of calls; the kernel's own limit */

struct figures {
	unsigned int insns, states, peak_states, stack;
	struct bpf_prog_info info;
};

static int silent(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level, (void)format, (void)args;
	return 0;
}

/* Loads one program of an object file. Returns 0 or a negative errno, with the verifier's last line printed. */
static int program_measure(const char *path, const char *name, struct figures *out)
{
	static char log[1 << 20];
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	__u32 size = sizeof(out->info);
	struct bpf_program *p;
	struct bpf_map *map;
	const char *line;
	int err;

	if (!object)
		return -errno;
	bpf_object__for_each_map(map, object)
		bpf_map__set_pin_path(map, NULL);
	bpf_object__for_each_program(p, object)
		bpf_program__set_autoload(p, !strcmp(bpf_program__name(p), name));
	p = bpf_object__find_program_by_name(object, name);
	log[0] = '\0';
	bpf_program__set_log_buf(p, log, sizeof(log));
	bpf_program__set_log_level(p, 4); /* figures only */
	err = bpf_object__load(object);
	if (err) {
		print_message("%s", strlen(log) > 1000 ? log + strlen(log) - 1000 : log);
	} else {
		*out = (struct figures){ .stack = stack_chain(bpf_program__insns(p), bpf_program__insn_cnt(p), log) };
		line = strstr(log, "processed ");
		if (!line || sscanf(line, "processed %u insns (limit %*u) max_states_per_insn %*u total_states %u peak_states %u",
				    &out->insns, &out->states, &out->peak_states) != 3)
			err = -EPROTO;
		bpf_obj_get_info_by_fd(bpf_program__fd(p), &out->info, &size);
	}
	bpf_object__close(object);
	return err;
}

static void object_measure(const char *path)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	const char *compiler = getenv("HEDGEROW_COMPILER");
	struct bpf_program *p;
	struct utsname kernel;

	if (!object)
		fail_msg("%s: cannot be opened", path);
	uname(&kernel);
	bpf_object__for_each_program(p, object) {
		struct figures f;
		int err = program_measure(path, bpf_program__name(p), &f);

		if (err)
			fail_msg("%s: %s: %s", path, bpf_program__name(p), strerror(-err));
		print_message("# verifier %-8.8s %-8s %-22s %-16s %7u insns %6u states %5u peak %4u stack %6u bytes %6u jited\n",
			      kernel.release, compiler ? compiler : "default", bpf_object__name(object), bpf_program__name(p), f.insns, f.states,
			      f.peak_states, f.stack, f.info.xlated_prog_len, f.info.jited_prog_len);
		assert_in_range(f.insns, 1000, BUDGET_INSNS);
		assert_in_range(f.stack, 1, BUDGET_STACK);
	}
	bpf_object__close(object);
}

static void every_program_is_within_its_budget(void **state)
{
	const char *given = getenv("HEDGEROW_OBJECTS");
	char *list = strdup(given ? given : OBJECTS_DEFAULT), *rest = list, *path;

	(void)state;
	if (geteuid()) {
		free(list);
		skip();
	}
	libbpf_set_print(silent);
	while ((path = strsep(&rest, " ")))
		if (*path)
			object_measure(path);
	free(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_program_is_within_its_budget),
	};

	return cmocka_run_group_tests_name("verifier", tests, NULL, NULL);
}
