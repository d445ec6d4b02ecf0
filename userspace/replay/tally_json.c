// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include "tally_groups.h"
#include "tally_report.h"

static json_t *rate_json(double rate)
{
	return isfinite(rate) ? json_real(rate) : json_null();
}

static json_t *share_json(const struct share *s, size_t count, enum rate_kind kind)
{
	struct interval i = rate_interval(s, count, kind);

	return json_pack("{s:o, s:o, s:o}", "rate", rate_json(rate_find(s, count, kind)), "low", rate_json(i.low), "high",
			 rate_json(i.high));
}

static json_t *histogram_json(const struct histogram *h, double unit)
{
	if (!h->count)
		return json_null();
	return json_pack("{s:f, s:f, s:f}", "p50", histogram_percentile(h, .5) * unit, "p90",
			 histogram_percentile(h, .9) * unit, "p99", histogram_percentile(h, .99) * unit);
}

/* How long first packets came late by their retries. */
static json_t *delay_json(const struct histogram *h)
{
	if (!h->count)
		return json_null();
	return json_pack("{s:I, s:f, s:f}", "retried", (json_int_t)h->count, "p50", histogram_percentile(h, .5) * 1e-6, "p95",
			 histogram_percentile(h, .95) * 1e-6);
}

static json_t *group_json(const struct group *g)
{
	const struct tally_cell *c = &g->sum;
	struct share dropped = { c->packets_dropped, c->packets };

	return json_pack("{s:s, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:I, s:I, s:o, s:o, s:o, s:{s:I, s:I, s:I, s:I, s:o}}", "name",
			 g->name, "captures", (json_int_t)g->captures, "flows", (json_int_t)c->flows, "condemned",
			 (json_int_t)c->condemned, "first_packet_only", (json_int_t)c->first_only,
			 "first_packet_delay_seconds", delay_json(&c->retry_us), "pooled",
			 share_json(g->condemned, g->captures, RATE_POOLED), "mean",
			 share_json(g->condemned, g->captures, RATE_MEAN), "packets", (json_int_t)c->packets,
			 "packets_dropped", (json_int_t)c->packets_dropped, "packets_dropped_share",
			 rate_json(rate_find(&dropped, 1, RATE_POOLED)), "packets_to_verdict",
			 histogram_json(&c->verdict_packet, 1), "seconds_to_verdict", histogram_json(&c->verdict_us, 1e-6),
			 "under_attack", "flows", (json_int_t)c->flood_flows, "condemned", (json_int_t)c->flood_condemned,
			 "at_packet_1", (json_int_t)c->flood_first, "from_packet_4", (json_int_t)c->flood_late, "pooled",
			 share_json(g->flood, g->captures, RATE_POOLED));
}

static int groups_add(json_t *object, const char *name, const struct tally *t, enum label label, enum group_by by)
{
	json_t *list = json_array();
	struct groups groups;
	int err = groups_make(&groups, t, label, by);

	for (size_t i = 0; i < groups.count && !err; i++)
		json_array_append_new(list, group_json(&groups.group[i]));
	groups_free(&groups);
	if (json_object_set_new(object, name, list))
		err = -ENOMEM;
	return err;
}

static int class_add(json_t *object, const char *name, const struct tally *t, enum label label)
{
	json_t *class = json_object();
	int err = groups_add(class, "total", t, label, GROUP_ALL);

	if (!err)
		err = groups_add(class, "kinds", t, label, GROUP_BY_ATTACK);
	if (!err)
		err = groups_add(class, "captures", t, label, GROUP_BY_CAPTURE);
	if (json_object_set_new(object, name, class))
		err = -ENOMEM;
	return err;
}

int tally_report_json(const struct tally *t, FILE *out)
{
	json_t *object = json_object();
	int err = class_add(object, "malicious", t, LABEL_MALICIOUS);

	if (!err)
		err = class_add(object, "honest", t, LABEL_BENIGN);
	if (!err) {
		json_dumpf(object, out, JSON_INDENT(1));
		fputc('\n', out);
	}
	json_decref(object);
	return err;
}
