// SPDX-License-Identifier: BSD-2-Clause
/* hedgerow flows: the flow table as it stands, or the vectors that `run` wrote as they were scored. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <jansson.h>
#include "attach.h"
#include "class_names.h"
#include "clock.h"
#include "counters_read.h"
#include "commands.h"
#include "eve_margins.h"
#include "folder.h"
#include "feature_names.h"
#include "flow_features.h"
#include "flow_text.h"
#include "log.h"
#include "model_slots.h"
#include "names.h"
#include "poll.h"
#include "rows_csv.h"
#include "rows_header.h"
#include "safety_state.h"
#include "settings_store.h"

struct listing {
	const struct datapath *dp;
	const struct feature_choice *features; /* columns of CSV */
	struct settings settings;
	struct class_names models; /* in the slots */
	bool suspended;		   /* the model's verdicts are not enforced at present */
	__u64 now_ns;
	__u64 count;
};

/* Whether packets that the verdict is for are dropped, as things are now. */
static bool verdict_is_enforced(const struct listing *l, const struct flow *f)
{
	enum mode mode = f->scope ? scope_mark_mode(f->scope) : l->settings.mode;

	return mode == MODE_ENFORCE && (!l->suspended || f->reason == REASON_BLOCKED);
}

static __u64 flow_packets(const struct flow_record *r)
{
	return r->flow.packets[0] + r->flow.packets[1];
}

static void features_read(struct features *out, const struct listing *l, const struct flow_record *r)
{
	flow_features(out, r, l->dp, &l->settings, l->now_ns, NULL, FEATURE_GROUPS_ALL);
}

static void csv_print(void *context, const struct flow_record *r)
{
	struct listing *l = context;
	struct features x;
	struct row row = { .features = l->features, .time_ns = clock_unix_from_monotonic(r->flow.last_ns), .packets = flow_packets(r),
			   .record = r, .feature = x.value, .one_way = l->settings.one_way };

	features_read(&x, l, r);
	rows_csv_write(stdout, &row);
	l->count++;
}

static json_t *features_json(const struct features *x)
{
	json_t *object = json_object();

	for (int id = 0; id < FEATURE_COUNT; id++)
		json_object_set_new(object, feature_name(id), json_integer(x->value[id]));
	return object;
}

static void json_print(void *context, const struct flow_record *r)
{
	const struct flow *f = &r->flow;
	struct listing *l = context;
	char first[CLOCK_TEXT_SIZE], last[CLOCK_TEXT_SIZE], model[16];
	struct flow_text text;
	bool enforced = verdict_is_enforced(l, f);
	struct features x;
	json_t *line, *ours;

	features_read(&x, l, r);
	flow_text_fill(&text, &r->key, f->initiator);
	snprintf(model, sizeof(model), "%08x", f->model_id);
	clock_print(clock_unix_from_monotonic(f->first_ns), first);
	clock_print(clock_unix_from_monotonic(f->last_ns), last);
	line = json_pack("{s:I,s:s,s:i,s:s,s:i,s:s,s:s,s:{s:s,s:s,s:I,s:I,s:I,s:I},s:{s:s,s:s,s:I,s:I},s:o}", "flow_id",
			 (json_int_t)flow_id(r), "src_ip", text.src_ip, "src_port", (int)text.src_port, "dest_ip",
			 text.dest_ip, "dest_port", (int)text.dest_port, "proto", text.proto, "vlan", text.vlan, "flow",
			 "start", first, "end", last, "pkts_toserver", (json_int_t)f->packets[0], "pkts_toclient",
			 (json_int_t)f->packets[1], "bytes_toserver", (json_int_t)f->bytes[0], "bytes_toclient",
			 (json_int_t)f->bytes[1], "hedgerow", "verdict", verdict_name(f->verdict), "reason",
			 reason_name(f->reason), "dropped", (json_int_t)(enforced ? f->dropped : 0), "would_drop",
			 (json_int_t)(enforced ? 0 : f->dropped), "features", features_json(&x));
	if (line && text.tunnel[0])
		json_object_set_new(line, "tunnel", json_string(text.tunnel));
	if (line && text.icmp_type >= 0) {
		json_object_set_new(line, "icmp_type", json_integer(text.icmp_type));
		json_object_set_new(line, "icmp_code", json_integer(text.icmp_code));
	}
	ours = line ? json_object_get(line, "hedgerow") : NULL;
	if (ours && l->settings.one_way)
		json_object_set_new(ours, "answers", json_string(answers_name(l->settings.one_way)));
	if (ours && f->model_id) {
		json_object_set_new(ours, "score", json_integer(f->score));
		json_object_set_new(ours, "score_is", json_string(score_is_name(f->score_is)));
		json_object_set_new(ours, "model", json_string(model));
		eve_margins_add(line, &l->models);
	}
	fputs(l->count++ ? ",\n" : "\n", stdout);
	json_dumpf(line, stdout, JSON_COMPACT);
	json_decref(line);
}

static void table_print(void *context, const struct flow_record *r)
{
	const struct flow *f = &r->flow;
	bool would = f->verdict >= VERDICT_DROP_ONCE && !verdict_is_enforced(context, f);
	char from[FLOW_END_SIZE], to[FLOW_END_SIZE], verdict[32];
	struct listing *l = context;
	struct flow_text text;

	flow_text_fill(&text, &r->key, f->initiator);
	flow_ends_print(&text, from, to);
	snprintf(verdict, sizeof(verdict), "%s%s", would ? "would " : "", verdict_name(f->verdict));
	printf("%-6s %-28s %-28s %9llu %9llu %12llu %12llu %7.1f  %-10s %s\n", text.proto, from, to,
	       (unsigned long long)f->packets[0], (unsigned long long)f->packets[1], (unsigned long long)f->bytes[0],
	       (unsigned long long)f->bytes[1], l->now_ns > f->last_ns ? (l->now_ns - f->last_ns) / 1e9 : 0,
	       verdict, f->reason ? reason_name(f->reason) : "");
	l->count++;
}

enum format { FORMAT_TABLE, FORMAT_CSV, FORMAT_JSON, FORMAT_COUNT };

struct format_row {
	void (*begin)(const struct feature_choice *features);
	void (*flow)(void *context, const struct flow_record *r);
	const char *end;
};

static void table_begin(const struct feature_choice *unused)
{
	(void)unused;
	printf("%-6s %-28s %-28s %9s %9s %12s %12s %7s  %s\n", "proto", "initiator", "responder", "packets", "back",
	       "bytes", "back", "idle s", "verdict");
}

static void csv_begin(const struct feature_choice *features)
{
	rows_csv_write_header(stdout, features);
}

static void json_begin(const struct feature_choice *unused)
{
	(void)unused;
	putchar('[');
}

static const char *const format_names[FORMAT_COUNT] = { "table", "csv", "json" };
static const struct format_row formats[FORMAT_COUNT] = {
	[FORMAT_TABLE] = { table_begin, table_print, "" },
	[FORMAT_CSV] = { csv_begin, csv_print, "" },
	[FORMAT_JSON] = { json_begin, json_print, "\n]\n" },
};

/* What is in force now. Returns 0 or a negative errno. */
static int listing_begin(struct listing *l)
{
	struct safety *safety = safety_open(l->dp);
	int err = settings_read(l->dp, &l->settings);

	l->suspended = !err && safety_suspends(&l->settings, safety, l->now_ns) != SUSPENDED_NOT;
	safety_close(safety);
	for (__u32 slot = 0; slot < MODEL_SLOTS && !err; slot++) {
		struct model *m = slot_read(l->dp, slot);

		if (m && m->id)
			class_names_learn(&l->models, m);
		free(m);
	}
	return err;
}

static int show(const struct datapath *dp, enum format format, const struct feature_choice *features)
{
	struct listing l = { .dp = dp, .features = features, .now_ns = clock_monotonic_ns() };
	struct flow_sweep sweep = { .live = formats[format].flow, .context = &l };
	struct settings endless = { 0 };
	int err = listing_begin(&l);

	if (err)
		return err;
	for (int i = 0; i < TIMEOUTS; i++)
		endless.timeout_ns[i] = UINT64_MAX; /* what has ended is for `run` to take out */
	formats[format].begin(features);
	err = flow_table_sweep(dp, &endless, l.now_ns, &sweep);
	fputs(formats[format].end, stdout);
	return err;
}

static int clear(const struct datapath *dp)
{
	struct flow_sweep sweep = { .last = true };
	struct settings any = { 0 };
	int err = flow_table_sweep(dp, &any, clock_monotonic_ns(), &sweep);

	if (!err)
		err = counter_add(dp, COUNTER_flows_ended, sweep.ended_count);
	if (!err)
		printf("%llu flows forgotten\n", (unsigned long long)sweep.ended_count);
	return err;
}

/* Any other file would be thrown at the terminal as it is. */
static bool begins_with_columns(const char *text, size_t size)
{
	const char *name = rows_column_name(ROWS_flow_id), *end = memchr(text, '\n', size);

	return memmem(text, end ? (size_t)(end - text) : size, name, strlen(name));
}

static int snapshots_print(const char *path)
{
	char buffer[65536];
	FILE *file = fopen(path, "re");
	size_t got;
	int err = 0;

	if (!file) {
		log_error("%s: %s; `hedgerow run --snapshots %s` writes it", path, strerror(errno), path);
		return -EIO;
	}
	got = fread(buffer, 1, sizeof(buffer), file);
	if (got && !begins_with_columns(buffer, got)) {
		log_error("%s: no rows: its first line does not name the columns", path);
		fclose(file);
		return -EINVAL;
	}
	for (; got; got = fread(buffer, 1, sizeof(buffer), file))
		fwrite(buffer, 1, got, stdout);
	if (ferror(file)) {
		log_error("%s: cannot be read: %s", path, strerror(errno));
		err = -EIO;
	}
	fclose(file);
	return err;
}

static int table_command(const char *iface, enum format format, const struct feature_choice *features, bool forget)
{
	struct datapath dp = datapath_none();
	int err = datapath_choose(&dp, iface);

	if (err)
		return err;
	err = forget ? clear(&dp) : show(&dp, format, features);
	if (err)
		log_error("flows: %s", datapath_strerror(err));
	datapath_close(&dp);
	return err;
}

int cmd_flows(int argc, char **argv)
{
	const char *iface = NULL, *format_name = "table", *features_text = NULL;
	struct feature_choice features;
	bool snapshots = false, forget = false;
	int verbose = 0, first, format, err;
	const struct option_row rows[] = {
		{ "iface", 'i', OPTION_STRING, &iface, "IF", "the interface, where more than one has tables" },
		{ "format", 'f', OPTION_STRING, &format_name, "FORMAT", "table, csv (rows as the trainer reads them) or json" },
		{ "snapshots", 0, OPTION_FLAG, &snapshots, NULL, "the vectors that were scored: FILE, or where run writes" },
		FEATURES_OPTION_ROW(features_text),
		{ "clear", 0, OPTION_FLAG, &forget, NULL, "forget all flows" },
		VERBOSE_OPTION_ROW(verbose),
		{ 0 },
	};

	first = command_options(rows, &verbose,
				"Usage: hedgerow flows [--format table|csv|json] [--clear]\n"
				"       hedgerow flows --snapshots [FILE]", argc, argv);
	if (first < 0)
		return command_status(first);
	if (command_operands_none(snapshots ? first + 1 : first, argc, argv))
		return 2;
	format = option_parse_name("--format", format_name, format_names, FORMAT_COUNT);
	if (format < 0 || command_features(features_text, &features))
		return 2;
	if (snapshots)
		err = snapshots_print(first < argc ? argv[first] : SNAPSHOTS_PATH);
	else
		err = table_command(iface, format, &features, forget);
	if (!err && (fflush(stdout) || ferror(stdout))) {
		log_error("flows: writing: %s", strerror(errno));
		err = -EIO;
	}
	return err ? 1 : 0;
}
