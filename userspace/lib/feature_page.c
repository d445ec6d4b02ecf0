// SPDX-License-Identifier: BSD-2-Clause
#include <inttypes.h>
#include "feature_names.h"
#include "feature_page.h"

static const char *const role_names[] = {
	[FEATURE_ROLE_SOURCE] = "source",
	[FEATURE_ROLE_DEST] = "destination",
	[FEATURE_ROLE_FLOW] = "flow",
};

static const char introduction[] =
	"# Features\n\n"
	"Written by `hedgerow features` from `FEATURES` in `bpf/feature_vector.h`; do not edit.\n\n"
	"Values are unsigned integers that saturate at %u, so that a 32-bit float holds each exactly. The source is the\n"
	"initiator's address, the destination the responder's. Two windows: *short* covers the last 4.3 to 8.6 seconds, *long*\n"
	"the last 69 to 137. Counts of other flows leave the scored flow out. Features of the destination are 0 for one that\n"
	"nobody knows. Where a public format has a column of the same meaning, its name stands in the last four columns.\n\n"
	"Schema hash: `%016" PRIx64 "`. A model made for another one is refused.\n\n"
	"| feature | of | unit | meaning | CICFlowMeter | UNSW-NB15 | NetFlow/IPFIX | Zeek |\n"
	"|---|---|---|---|---|---|---|---|\n";

void feature_page_write(FILE *out)
{
	fprintf(out, introduction, FEATURE_MAX, feature_schema());
	for (int id = 0; id < FEATURE_COUNT; id++) {
		fprintf(out, "| `%s` | %s | %s | %s |", feature_name(id), role_names[feature_role(id)], feature_unit(id),
			feature_doc(id));
		for (int d = 0; d < FEATURE_DIALECT_COUNT; d++) {
			const char *column = feature_column(id, d);

			fprintf(out, " %s |", column ? column : "");
		}
		fputc('\n', out);
	}
}
