// SPDX-License-Identifier: BSD-2-Clause
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include "tally_groups.h"
#include "tally_report.h"

#define NAME_WIDTH 44
#define RATE_TEXT 32

/* "0.9875", or "-" for a rate over nothing. */
static const char *rate_print(char text[RATE_TEXT], double rate)
{
	if (isfinite(rate))
		snprintf(text, RATE_TEXT, "%.4f", rate);
	else
		strcpy(text, "-");
	return text;
}

static const char *interval_print(char text[RATE_TEXT], struct interval i)
{
	if (isfinite(i.low))
		snprintf(text, RATE_TEXT, "%.4f..%.4f", i.low, i.high);
	else
		strcpy(text, "-");
	return text;
}

static double ratio(uint64_t part, uint64_t whole)
{
	return whole ? (double)part / whole : NAN;
}

static void table_begin(FILE *out, const char *title, const char *rate)
{
	fprintf(out, "\n%-*s %8s %8s %9s %10s %8s %9s %10s %8s %10s %9s %8s %10s %10s  %s\n", NAME_WIDTH, title, "captures",
		"flows", "condemned", "first only", "retried", "retry ms", "ms 95 %", rate, "packets", "dropped", "at pkt",
		"drop ms", "ms 9 of 10", "by capture");
}

/* How many first packets the capture holds a retry of, and how long after them. */
static void delay_print(FILE *out, const struct histogram *h)
{
	if (h->count)
		fprintf(out, "%8" PRIu64 " %9.1f %10.1f ", h->count, histogram_percentile(h, .5) / 1e3,
			histogram_percentile(h, .95) / 1e3);
	else
		fprintf(out, "%8s %9s %10s ", "-", "-", "-");
}

static void group_print(FILE *out, const struct group *g)
{
	char rate[RATE_TEXT], dropped[RATE_TEXT], interval[RATE_TEXT];
	const struct tally_cell *c = &g->sum;
	const char *name = *g->name ? g->name : "(unnamed)";
	size_t length = strlen(name);

	if (length > NAME_WIDTH)
		name += length - NAME_WIDTH;
	fprintf(out, "%-*s %8zu %8" PRIu64 " %9" PRIu64 " %10" PRIu64 " ", NAME_WIDTH, name, g->captures, c->flows, c->condemned,
		c->first_only);
	delay_print(out, &c->retry_us);
	fprintf(out, "%8s %10" PRIu64 " %9s ", rate_print(rate, ratio(c->condemned, c->flows)), c->packets,
		rate_print(dropped, ratio(c->packets_dropped, c->packets)));
	if (c->condemned)
		fprintf(out, "%8" PRIu64 " %10.1f %10.1f", histogram_percentile(&c->verdict_packet, .5),
			histogram_percentile(&c->verdict_us, .5) / 1e3, histogram_percentile(&c->verdict_us, .9) / 1e3);
	else
		fprintf(out, "%8s %10s %10s", "-", "-", "-");
	fprintf(out, "  %s\n",
		interval_print(interval, rate_interval(g->condemned, g->captures, RATE_POOLED)));
}

static int table_print(FILE *out, const struct tally *t, enum label label, enum group_by by, bool clean_too,
		       const char *title, const char *rate)
{
	struct groups groups;
	int err = groups_make(&groups, t, label, by);
	size_t clean = 0;

	if (!err && groups.count) {
		table_begin(out, title, rate);
		for (size_t i = 0; i < groups.count; i++) {
			if (clean_too || groups.group[i].sum.condemned)
				group_print(out, &groups.group[i]);
			else
				clean++;
		}
		if (clean)
			fprintf(out, "%zu further captures without a condemned flow\n", clean);
	}
	groups_free(&groups);
	return err;
}

static void rate_line(FILE *out, const char *what, const struct share *s, size_t count)
{
	char pooled[RATE_TEXT], pooled_interval[RATE_TEXT], mean[RATE_TEXT], mean_interval[RATE_TEXT];

	fprintf(out, "%-44s pooled %s (%s), mean over captures %s (%s)\n", what,
		rate_print(pooled, rate_find(s, count, RATE_POOLED)),
		interval_print(pooled_interval, rate_interval(s, count, RATE_POOLED)),
		rate_print(mean, rate_find(s, count, RATE_MEAN)),
		interval_print(mean_interval, rate_interval(s, count, RATE_MEAN)));
}

static void flood_print(FILE *out, const struct group *honest)
{
	const struct tally_cell *c = &honest->sum;
	char all[RATE_TEXT], interval[RATE_TEXT], first[RATE_TEXT], late[RATE_TEXT];

	fprintf(out, "Honest flows to destinations under attack: %" PRIu64 ", condemned: %" PRIu64 ", pooled %s (%s), at packet 1: %"
		     PRIu64 " (%s), from packet 4 on: %" PRIu64 " (%s)\n", c->flood_flows, c->flood_condemned,
		rate_print(all, ratio(c->flood_condemned, c->flood_flows)),
		interval_print(interval, rate_interval(honest->flood, honest->captures, RATE_POOLED)), c->flood_first,
		rate_print(first, ratio(c->flood_first, c->flood_flows)), c->flood_late,
		rate_print(late, ratio(c->flood_late, c->flood_flows)));
}

static int totals_print(FILE *out, const struct tally *t)
{
	struct groups malicious, benign;
	int err = groups_make(&malicious, t, LABEL_MALICIOUS, GROUP_ALL);

	if (!err)
		err = groups_make(&benign, t, LABEL_BENIGN, GROUP_ALL);
	else
		benign = (struct groups){ 0 };
	if (!err && malicious.count)
		rate_line(out, "Recall of malicious flows:", malicious.group->condemned, malicious.group->captures);
	if (!err && benign.count) {
		rate_line(out, "Condemned share of honest flows:", benign.group->condemned, benign.group->captures);
		flood_print(out, benign.group);
	}
	groups_free(&malicious);
	groups_free(&benign);
	return err;
}

int tally_report_text(const struct tally *t, FILE *out)
{
	int err = totals_print(out, t);

	if (!err)
		err = table_print(out, t, LABEL_MALICIOUS, GROUP_BY_ATTACK, true, "Malicious, by kind", "recall");
	if (!err)
		err = table_print(out, t, LABEL_MALICIOUS, GROUP_BY_CAPTURE, true, "Malicious, by capture", "recall");
	if (!err)
		err = table_print(out, t, LABEL_BENIGN, GROUP_BY_ATTACK, true, "Honest, by kind", "FPR");
	if (!err)
		err = table_print(out, t, LABEL_BENIGN, GROUP_BY_CAPTURE, false, "Honest, by capture", "FPR");
	return err;
}
