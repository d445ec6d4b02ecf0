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
	"nobody knows. A TCP flow that begins with the SYN-ACK or reset of a known destination is an answer come late: it counts for\n"
	"no source, and makes no destination known. A flow's bytes are added to those of its hosts at its checkpoints, at the first FIN\n"
	"and RST of each side, and where another flow of the same key follows soon; what comes after and then ends in silence, by a\n"
	"timeout, is not. Where a public format has a column of the same meaning, its name stands in the last four columns; the\n"
	"differences that remain are below the table.\n\n"
	"The kernel builds the features of a *group* only where a model in force asks for one of them, or where vectors are\n"
	"told (`--snapshots`). Those without a group are always there. The first %d, up to `ans`, are the **standard** list, which rows\n"
	"hold and models learn from unless others are asked for: `--features standard,volume,iat_us` of `hedgerow run`, `flows`,\n"
	"`replay` and `hedgerow-train` takes names of features and groups, `standard` and `all`.\n\n"
	"Schema hash: `%016" PRIx64 "`, of the standard list `%016" PRIx64 "`. A model is bound to the list up to the last feature that\n"
	"it uses ([why](model-file.md#features-and-the-schema-hash)).\n\n"
	"| feature | of | group | unit | meaning | CICFlowMeter | UNSW-NB15 | NetFlow/IPFIX | Zeek |\n"
	"|---|---|---|---|---|---|---|---|---|\n";

static const char differences[] =
	"\n## Where answers are not seen\n\n"
	"Without the egress companion (`--no-egress`, or `hedgerow replay --ingress-only`) only what enters is known, and some features mean\n"
	"something else. Answers and refusals that leave count nowhere: not in `bpk`, `bby`, `bflags` and what is made of them, nor in\n"
	"`s_bby_pm`, `d_bby_pm`, `s_rej_*`, `d_rej_*`. `ans` is then a completed handshake, shown by the initiator's ACK, and `*_unans_*` and\n"
	"`*_udp1_pm` count every flow without one, all of UDP and ICMP among them. Rows say so in the column `answers`, lines of\n"
	"the verdict log and `hedgerow flows --format json` in `answers`, `hedgerow status --json` in `settings.answers`. A model judges what\n"
	"it was taught: teach it by rows of the same kind.\n"
	"\n## Where a public column differs\n\n"
	"- **Sizes**: `fby`, `bby`, the means and the byte rates are of whole IP packets, headers included, like IN_BYTES, OUT_BYTES and\n"
	"  Zeek's *ip_bytes*. UNSW-NB15 counts what is behind the link's header, padding included (an ARP packet has 46), and rounds\n"
	"  its means, where ours are cut off. CICFlowMeter's lengths, means and `Flow Bytes/s` are of payload alone and have no counterpart; nor have Zeek's `orig_bytes` and `resp_bytes`.\n"
	"- **Time**: `dur_ms` in whole milliseconds (CICFlowMeter: microseconds; UNSW-NB15 and Zeek: seconds with a fraction). The clock\n"
	"  of the datapath moves in steps of the kernel's tick (4 ms with HZ=250), so what happens within one step lasts 0, and\n"
	"  every rate is then 0 where CICFlowMeter writes Infinity or NaN. UNSW-NB15's `rate`, `sload` and `dload` leave a packet out of\n"
	"  the count and are not ours.\n"
	"- **When**: public tables describe flows that have ended. The kernel scores at packets 1, 2, 4, 8, ..., so the same\n"
	"  flow has small counts first. Learn from rows of checkpoints where it matters; `hedgerow replay` makes them of captures.\n"
	"- **Flags**: `fin_seen` to `urg_seen` say whether a flag was seen, not how often; CICFlowMeter counts packets, a count above 0 is 1.\n"
	"  NetFlow's TCP_FLAGS holds all of them as bits.\n"
	"- **Direction**: ours is the sender of the first packet seen. `dport` is of the role destination: it is 0 in the second walk that\n"
	"  decides whether a verdict is about the source.\n"
	"- **Left out**, because the flow record does not hold them, and each is another write at every packet and a larger record:\n"
	"  payload bytes, standard deviations, times between the packets of one direction, longest and shortest packets back,\n"
	"  counts of flags, window sizes, TTL, active and idle times, retransmissions.\n";

static const char *group_name(__u32 group)
{
	return group ? feature_group_names[__builtin_ctz(group)] : "";
}

void feature_page_write(FILE *out)
{
	fprintf(out, introduction, FEATURE_MAX, FEATURES_FIRST_COUNT, feature_schema(),
		feature_schema_of(FEATURES_FIRST_COUNT));
	for (int id = 0; id < FEATURE_COUNT; id++) {
		fprintf(out, "| `%s` | %s | %s | %s | %s |", feature_name(id), role_names[feature_role(id)],
			group_name(feature_group(id)), feature_unit(id), feature_doc(id));
		for (int d = 0; d < FEATURE_DIALECT_COUNT; d++) {
			const char *column = feature_column(id, d);

			fprintf(out, " %s |", column ? column : "");
		}
		fputc('\n', out);
	}
	fputs(differences, out);
}
