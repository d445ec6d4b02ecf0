// SPDX-License-Identifier: BSD-2-Clause
/* Out of the verdict log. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <jansson.h>
#include "explained_flow.h"
#include "feature_names.h"
#include "flow_text.h"
#include "log.h"

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static void text_copy(char *out, size_t size, const json_t *object, const char *key)
{
	snprintf(out, size, "%s", text_of(object, key));
}

/* What is 0 is left out of the line. */
static int features_read(const json_t *features, struct features *out)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)features, name, value) {
		json_int_t v = json_integer_value(value);
		int id = feature_find(name);

		if (id < 0) {
			log_error("feature '%.60s' is none of this build's %d; explain it with the build that wrote the line", name,
				  FEATURE_COUNT);
			return -EINVAL;
		}
		if (!json_is_integer(value) || v < 0 || v > FEATURE_MAX) {
			log_error("feature %s: not a whole number from 0 to %u", name, FEATURE_MAX);
			return -EINVAL;
		}
		out->value[id] = v;
	}
	return 0;
}

static void no_vector_tell(const json_t *ours, uint64_t flow_id)
{
	if (json_object_get(ours, "aggregate"))
		log_error("this line adds up packets of many flows and carries no vector; rows of `hedgerow run --snapshots` do: "
			  "--rows FILE --row N");
	else if (!json_object_get(ours, "model"))
		log_error("no model was asked for this verdict (%s), so nothing of it can be explained", text_of(ours, "reason"));
	else
		log_error("this line carries no vector; with rows of `hedgerow run --snapshots`: --rows FILE --flow-id %" PRIu64,
			  flow_id);
}

static void tuple_print(const json_t *line, char *tuple, size_t size)
{
	const char *proto = text_of(line, "proto");
	char from[FLOW_END_SIZE], to[FLOW_END_SIZE];
	struct flow_text text = {
		.src_port = json_integer_value(json_object_get(line, "src_port")),
		.dest_port = json_integer_value(json_object_get(line, "dest_port")),
		.has_ports = !strcmp(proto, "TCP") || !strcmp(proto, "UDP") || !strcmp(proto, "SCTP"),
	};
	bool is_icmp = !strncmp(proto, "ICMP", 4);

	text.icmp_type = is_icmp ? (int)(text.dest_port >> 8 & 255) : -1; /* older lines do not name them */
	text.icmp_code = is_icmp ? (int)(text.dest_port & 255) : -1;
	text_copy(text.src_ip, sizeof(text.src_ip), line, "src_ip");
	text_copy(text.dest_ip, sizeof(text.dest_ip), line, "dest_ip");
	flow_ends_print(&text, from, to);
	snprintf(tuple, size, "%s -> %s %s", from, to, proto);
}

/* What became of the packet, and what that hung on. */
static void fate_read(const json_t *line, const json_t *ours, struct explained_flow *out)
{
	const json_t *flow = json_object_get(line, "flow");

	text_copy(out->action, sizeof(out->action), ours, "action");
	text_copy(out->held_by, sizeof(out->held_by), ours, "held_by");
	out->would_drop = json_is_true(json_object_get(ours, "would_drop"));
	out->unawaited = json_is_true(json_object_get(ours, "unawaited"));
	out->one_way = explained_is_one_way(text_of(ours, "answers"));
	out->packets = json_integer_value(json_object_get(flow, "pkts_toserver")) +
		       json_integer_value(json_object_get(flow, "pkts_toclient"));
}

static int verdict_read(const json_t *line, bool quiet, struct explained_flow *out)
{
	const json_t *ours = json_object_get(line, "hedgerow"), *features = json_object_get(ours, "features");
	const char *type = text_of(line, "event_type");

	if (strcmp(type, "hedgerow") || !json_is_object(ours)) {
		if (*type)
			log_error("not a verdict: event_type is '%.40s', verdicts have 'hedgerow'", type);
		else
			log_error("not a line of the verdict log: it has no event_type");
		return -EINVAL;
	}
	out->flow_id = json_integer_value(json_object_get(line, "flow_id"));
	if (!json_is_object(features)) {
		if (!quiet)
			no_vector_tell(ours, out->flow_id);
		return -ENODATA;
	}
	tuple_print(line, out->tuple, sizeof(out->tuple));
	text_copy(out->verdict, sizeof(out->verdict), ours, "verdict");
	text_copy(out->reason, sizeof(out->reason), ours, "reason");
	fate_read(line, ours, out);
	text_copy(out->score_is, sizeof(out->score_is), ours, "score_is");
	text_copy(out->vector, sizeof(out->vector), ours, "vector");
	out->model_id = strtoul(text_of(ours, "model"), NULL, 16);
	out->score = json_integer_value(json_object_get(ours, "score"));
	return features_read(features, &out->x);
}

/* False for totals, states, comparisons, aggregates. */
static bool is_of_one_flow(const json_t *line)
{
	return !strcmp(text_of(line, "event_type"), "hedgerow") &&
	       !json_object_get(json_object_get(line, "hedgerow"), "aggregate");
}

static int line_read(const char *text, bool is_any, bool quiet, struct explained_flow *out)
{
	struct explained_flow found = { 0 };
	json_error_t at;
	json_t *line = json_loads(text, JSON_REJECT_DUPLICATES, &at);
	int err;

	if (!json_is_object(line)) {
		log_error("not a line of the verdict log: %s", line ? "no JSON object" : at.text);
		json_decref(line);
		return -EBADMSG;
	}
	err = is_any && !is_of_one_flow(line) ? -ENOMSG : verdict_read(line, quiet, &found);
	if (!err || err == -ENODATA)
		*out = found;
	json_decref(line);
	return err;
}

int explained_from_line(const char *text, bool quiet, struct explained_flow *out)
{
	return line_read(text, false, quiet, out);
}

int explained_from_any_line(const char *text, bool quiet, struct explained_flow *out)
{
	return line_read(text, true, quiet, out);
}

/* True for a verdict on this flow with a vector, which is then in *out. Other lines are none of our business. */
static bool line_is_of_flow(const char *text, uint64_t flow_id, struct explained_flow *out)
{
	struct explained_flow found = { 0 };
	json_t *line = json_loads(text, 0, NULL);
	bool is_it = json_is_object(line) && !strcmp(text_of(line, "event_type"), "hedgerow") &&
		     (uint64_t)json_integer_value(json_object_get(line, "flow_id")) == flow_id &&
		     !verdict_read(line, true, &found);

	if (is_it)
		*out = found;
	json_decref(line);
	return is_it;
}

int explained_from_log(const char *path, uint64_t flow_id, struct explained_flow *out)
{
	FILE *in = fopen(path, "re");
	char *line = NULL, number[24];
	bool is_found = false;
	size_t size = 0;
	int err = 0;

	if (!in) {
		err = -errno;
		log_error("%s: %s", path, strerror(errno));
		return err;
	}
	snprintf(number, sizeof(number), "%" PRIu64, flow_id);
	while (getline(&line, &size, in) > 0)
		if (strstr(line, number)) /* the others need no parsing */
			is_found |= line_is_of_flow(line, flow_id, out);
	if (ferror(in)) {
		log_error("%s: cannot be read: %s", path, strerror(errno));
		err = -EIO;
	} else if (!is_found) {
		log_error("%s: no verdict with a vector on flow %" PRIu64 "; older lines may be in %s.1", path, flow_id, path);
		err = -ENOENT;
	}
	free(line);
	fclose(in);
	return err;
}
