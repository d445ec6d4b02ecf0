// SPDX-License-Identifier: BSD-2-Clause
/*
 * What a packet costs: every row in ns and as a ratio to the floor counter over the same packets, all in one run.
 * `make bench`; how it is measured: docs/bench.md. Ends non-zero when the packets did not come to what a row says,
 * never because something was slow.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <bpf/libbpf.h>
#include "cpus.h"
#include "end_to_end.h"
#include "forms.h"
#include "list_loads.h"
#include "log.h"
#include "machine.h"
#include "measure.h"
#include "options.h"
#include "polls.h"
#include "rates.h"
#include "trained.h"
#include "vectors.h"

static const char usage[] = "Usage: bench [--only TEXT]\n\n"
			    "Measures what a packet costs in the XDP program, beside a bare flow counter. Needs root.";

static int libbpf_print(enum libbpf_print_level level, const char *format, va_list arguments)
{
	return level == LIBBPF_WARN && log_level >= LOG_LEVEL_DEBUG ? vfprintf(stderr, format, arguments) : 0;
}

/* What the kernel's loop costs with nothing in it, not even the driver. */
static int loop_measure(const struct stage *s, double *best)
{
	double ns;
	int err = 0;

	for (int i = 0; i < 10 && !err; i++) {
		err = driver_loop(&s->driver, 200000, &ns);
		if (!i || ns < *best)
			*best = ns;
	}
	return err;
}

static int heading_print(const struct stage *s)
{
	struct utsname kernel;
	char cpu[256];
	double loop;
	int err = loop_measure(s, &loop);

	machine_cpu_name(cpu, sizeof(cpu));
	uname(&kernel);
	if (err)
		return err;
	printf("CPU: %s; kernel %s\n", cpu, kernel.release);
	printf("bare return without the driver: %.1f ns; every figure below holds that and the driver\n", loop);
	printf("\n%-34s %7s %8s %8s %8s %7s\n", "ns a packet", "flows", "bare", "floor", "row", "ratio");
	return 0;
}

static void row_print(const struct bench_row *row, const struct figures *f)
{
	double ratio = f->subject / f->floor;

	printf("%-34s %7u %8.1f %8.1f %8.1f %7.2f%s", row->name, row->flows, f->bare, f->floor, f->subject, ratio,
	       strcmp(row->yardstick, YARDSTICK_FLOOR) ? " of a plain insertion" : "");
	if (row->target)
		printf("   target %.2f %s", row->target, ratio <= row->target ? "met" : "missed");
	printf("\n");
	fflush(stdout);
}

static int rows_measure(struct stage *s, const char *only, struct figures *figures)
{
	int failed = 0;

	for (int i = 0; i < bench_row_count; i++) {
		const struct bench_row *row = &bench_rows[i];
		int err;

		if (only && !strstr(row->name, only))
			continue;
		err = row_measure(s, row, &figures[i]);
		if (!err)
			row_print(row, &figures[i]);
		else if (err == -ENOENT)
			printf("%-34s %7u skipped: its objects (Debian: libxdp1) are not installed or do not load\n",
			       row->name, row->flows);
		else
			failed++;
	}
	return failed;
}

int main(int argc, char **argv)
{
	static struct features vectors[VECTORS];
	struct figures *figures = NULL; /* of each row */
	const char *only = NULL;
	const struct option_row options[] = {
		{ "only", 0, OPTION_STRING, &only, "TEXT", "rows whose name holds this" },
		{ 0 },
	};
	struct stage s = { 0 };
	int operand = options_parse(options, usage, argc, argv), failed = 1;

	if (operand < 0)
		return operand == -ECANCELED ? 0 : 2;
	libbpf_set_print(libbpf_print);
	if (machine_prepare() || machine_stay() || stage_open(&s))
		goto out;
	if (trained_model_make(&s, vectors) || heading_print(&s))
		goto out;
	rows_use_vectors(vectors, VECTORS);
	figures = calloc(bench_row_count, sizeof(*figures));
	if (!figures)
		goto out;
	failed = rows_measure(&s, only, figures);
	rates_print(figures);
	failed += !!cpus_measure(&s, only);
	failed += !!forms_measure(&s, only);
	failed += !!polls_measure(&s, only);
	failed += !!list_loads_measure(&s, only);
	failed += !!end_to_end_measure(&s, only);
	if (failed)
		log_error("%d rows failed: their packets did not come to what the row says", failed);
out:
	free(figures);
	stage_close(&s);
	return failed ? 1 : 0;
}
