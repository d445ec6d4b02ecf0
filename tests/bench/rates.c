// SPDX-License-Identifier: BSD-2-Clause
#include <stdio.h>
#include "rates.h"

#define GAP_BYTES 20 /* on the wire beside each frame: preamble and gap between frames */

/* Seven frames of 64 bytes, four of 594, one of 1,518: the simple mix of Internet traffic. */
#define IMIX_FRAMES 12.0
#define IMIX_BYTES (7 * 64 + 4 * 594 + 1518)

static const double links_gbit[] = { 10, 25, 100 };

#define LINKS (sizeof(links_gbit) / sizeof(*links_gbit))

static double packets_per_second(double gbit, double frame_bytes)
{
	return gbit * 1e9 / 8 / (frame_bytes + GAP_BYTES);
}

static void row_print(const struct bench_row *row, double ns)
{
	printf("%-34s %7u %8.1f %8.2f", row->name, row->flows, ns, 1e3 / ns);
	for (size_t i = 0; i < LINKS; i++)
		printf(" %6.2f", packets_per_second(links_gbit[i], 64) * ns / 1e9);
	for (size_t i = 0; i < LINKS; i++)
		printf(" %6.2f", packets_per_second(links_gbit[i], IMIX_BYTES / IMIX_FRAMES) * ns / 1e9);
	printf("\n");
}

/* Measured, and of our program's whole way. */
static bool row_counts(int row, const struct figures *figures)
{
	return figures[row].subject > figures[row].bare && bench_rows[row].scores != SCORES_UNSEEN;
}

void rates_print(const struct figures *figures)
{
	bool any = false;

	for (int i = 0; i < bench_row_count; i++)
		any |= row_counts(i, figures);
	if (!any)
		return;
	printf("\ncores that the program alone (row less bare) takes of a full link, reckoned from the figures above;\n"
	       "driver and stack come on top, and no link was filled\n");
	printf("%-34s %7s %8s %8s %20s %20s\n", "", "", "", "million/s", "64 bytes, Gbit/s", "IMIX, Gbit/s");
	printf("%-34s %7s %8s %8s %6s %6s %6s %6s %6s %6s\n", "the program alone", "flows", "ns", "a core", "10", "25", "100",
	       "10", "25", "100");
	for (int i = 0; i < bench_row_count; i++)
		if (row_counts(i, figures))
			row_print(&bench_rows[i], figures[i].subject - figures[i].bare);
}
