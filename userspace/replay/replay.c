// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <linux/bpf.h>
#include "frame_writer.h"
#include "kernel.h"
#include "last_rows.h"
#include "log.h"
#include "merge.h"
#include "outputs.h"
#include "replay.h"
#include "sockets.h"
#include "tables.h"
#include "tally.h"
#include "twin.h"

struct replay {
	const struct replay_options *o;
	struct replay_totals *totals;
	unsigned char *buffer; /* CAPTURE_FRAME_MAX bytes and some, zero from `dirty` on */
	uint32_t dirty;
	struct outputs outputs;
	struct twin twin;
	struct sockets sockets; /* of hosts at the captures' end: settings.end_host */
	struct last_rows last;
	struct frame_writer *writer;
};

static void event_take(void *context, const struct event *e)
{
	struct replay *r = context;

	r->totals->events++;
	if (e->type == EVENT_SHADOW)
		outputs_shadow(&r->outputs, (const struct shadow_event *)e);
	else if (e->type == EVENT_FLOW_END)
		last_rows_flow_end(&r->last, &e->record);
	else if (e->type == EVENT_VERDICT)
		outputs_event(&r->outputs, e);
}

static void snapshot_take(void *context, const struct snapshot *s)
{
	struct replay *r = context;

	r->totals->rows++;
	outputs_snapshot(&r->outputs, s);
	if (r->o->tally)
		tally_snapshot(r->o->tally, s, r->outputs.capture->name,
			       outputs_label(&r->outputs, &s->record));
}

/*
 * The frame with zeros up to its length; a whole one as it lies. It begins as in the kernel, 2 bytes past a word, so that IP
 * lies on one.
 */
static struct native_frame frame_load(struct replay *r, const struct stream_frame *from)
{
	unsigned char *data = from->data;

	if (from->captured < from->len) {
		data = r->buffer + 2;
		memcpy(data, from->data, from->captured);
		if (r->dirty > from->captured)
			memset(data + from->captured, 0, r->dirty - from->captured);
		r->dirty = from->captured;
	}
	return (struct native_frame){ .data = data, .len = from->len, .time_ns = from->time_ns + r->o->clock_offset_ns,
				      .ahead = from->is_seen ? &from->ahead : NULL };
}

static int packet_replay(struct replay *r, const struct stream_frame *from, struct stream *stream)
{
	const struct replay_options *o = r->o;
	struct native_frame f = frame_load(r, from);
	struct native_look look;
	enum way way;
	int action = XDP_PASS, err;

	if (o->like_kernel && (f.len < KERNEL_FRAME_MIN || f.len > KERNEL_FRAME_MAX)) {
		stream->skipped[CAPTURE_SKIP_kernel_limit]++;
		return 0;
	}
	native_look(&look, &f);
	way = direction_find(&o->direction, &look);
	if (way == WAY_UNSEEN) {
		stream->skipped[CAPTURE_SKIP_not_entering]++;
		return 0;
	}
	r->totals->packets++;
	++*(way == WAY_ENTERS ? &r->totals->entered : &r->totals->left);
	if (r->writer)
		frame_writer_write(r->writer, from);
	if (o->settings.end_host)
		f.socket = sockets_state(&r->sockets, &look);
	err = way == WAY_ENTERS ? twin_enter(&r->twin, &f, &action) : twin_leave(&r->twin, &f);
	if (err || look.parsed != PARSED_FLOW)
		return err;
	if (o->tally)
		tally_packet(o->tally, &look.key, look.question, action == XDP_DROP, f.time_ns);
	if (r->last.row)
		last_rows_packet(&r->last, &look.key, f.time_ns);
	return 0;
}

static void duels_count(struct replay_totals *totals)
{
	struct table *t = native_table_find("hr_shadow");
	const struct shadow_count *count;
	const void *at;
	__u32 next = 0;

	while ((count = table_next(t, &next, &at))) {
		const struct shadow_key *key = at;

		totals->duels += count->verdicts;
		if (key->verdict[ARM_CHAMPION] != key->verdict[ARM_CHALLENGER])
			totals->duels_differ += count->verdicts;
	}
}

/* What the flows of a capture, or of all that were merged, leave behind is told; then nothing is known any more. */
static int tables_settle(struct replay *r)
{
	static const char *const names[] = { "hr_flows", "hr_sources", "hr_dests" };
	int err = twin_compare(&r->twin);

	for (int i = 0; i < 3; i++) {
		r->totals->evicted[i] += native_table_find(names[i])->evicted;
		native_table_find(names[i])->evicted = 0;
	}
	r->totals->newcomers_lost += native_counter(COUNTER_lost_newcomers);
	duels_count(r->totals);
	r->totals->flows += native_counter(COUNTER_flows_begun) + native_counter(COUNTER_flows_restarted);
	last_rows_end(&r->last);
	if (r->o->tally && !err)
		err = tally_settle(r->o->tally);
	return err ? err : twin_reset(&r->twin);
}

/* True for a file that ends within its first packet: no better than one that cannot be opened. */
static bool stream_is_unread(const struct stream *s)
{
	uint64_t packets = s->begun;

	for (int i = 0; i < CAPTURE_SKIP_COUNT; i++)
		packets += s->skipped[i];
	return s->cut && !packets;
}

static void unread_tell(struct replay *r, const struct stream *s)
{
	log_warn("%s: cannot be read: %s", s->plan->path, s->why);
	r->totals->unread++;
}

static void stream_account(struct replay *r, struct stream *s)
{
	for (int i = 0; i < CAPTURE_SKIP_COUNT; i++)
		r->totals->skipped[i] += s->skipped[i];
	r->totals->late += s->late;
	r->totals->cut += s->cut;
	if (*s->link)
		log_warn("%s: link type %s is not read: %llu packets skipped", s->plan->path, s->link,
			 (unsigned long long)s->skipped[CAPTURE_SKIP_link]);
	if (stream_is_unread(s)) {
		unread_tell(r, s);
		r->totals->captures--;
	} else if (s->cut) {
		log_warn("%s: ends early: %s", s->plan->path, s->why);
	}
	if (s->late)
		log_warn("%s: %llu packets are out of order by more than %d places; taken as they came", s->plan->path,
			 (unsigned long long)s->late, STREAM_LOOKAHEAD);
	stream_close(s);
}

static bool stream_begin(struct replay *r, struct stream *s, const struct capture_plan *plan)
{
	if (!stream_open(s, plan)) {
		r->totals->captures++;
		return true;
	}
	unread_tell(r, s);
	stream_close(s);
	return false;
}

/* The first look at a capture. What is wrong with it is said at the second. */
static void sockets_find(struct replay *r, const struct capture_plan *plan)
{
	const struct stream_frame *f;
	struct stream s;

	if (!r->o->settings.end_host)
		return;
	if (!stream_open(&s, plan))
		while ((f = stream_next(&s, 0)))
			sockets_learn(&r->sockets, f->data, f->captured, f->len);
	stream_close(&s);
}

#define AHEAD_BEGIN 12 /* frames ahead; memory takes as long as a few of them */
#define AHEAD_END 5

/* Frames are replayed in an order that is known: what is known of their flows can be on its way. */
static void frames_look_ahead(struct stream *s)
{
	struct stream_frame *far = stream_ahead(s, AHEAD_BEGIN), *near = stream_ahead(s, AHEAD_END);

	if (far) {
		native_ahead_begin(&far->ahead, far->data, far->captured, far->len);
		far->is_seen = true;
	}
	if (near && near->is_seen)
		native_ahead_end(&near->ahead);
}

static int captures_replay_apart(struct replay *r)
{
	int err = 0;

	for (size_t i = 0; i < r->o->set->count && !err; i++) {
		const struct capture_plan *plan = &r->o->set->plan[i];
		struct capture_id capture = capture_identify(r->o, plan->path);
		const struct stream_frame *f;
		struct stream s;

		sockets_find(r, plan);
		if (!stream_begin(r, &s, plan))
			continue;
		r->outputs.capture = &capture;
		while (!err && (f = stream_next(&s, 0))) {
			frames_look_ahead(&s);
			err = packet_replay(r, f, &s);
		}
		stream_account(r, &s);
		if (!err)
			err = tables_settle(r);
		sockets_forget(&r->sockets);
	}
	return err;
}

static int captures_replay_merged(struct replay *r)
{
	const struct capture_set *set = r->o->set;
	struct stream *stream = calloc(set->count, sizeof(*stream));
	struct capture_id *capture = calloc(set->count, sizeof(*capture));
	const struct stream_frame *f;
	size_t count = 0, which;
	struct merge merge = { 0 };
	int err = stream && capture ? 0 : -ENOMEM;

	for (size_t i = 0; i < set->count && !err; i++)
		sockets_find(r, &set->plan[i]);
	for (size_t i = 0; i < set->count && !err; i++) {
		capture[count] = capture_identify(r->o, set->plan[i].path);
		count += stream_begin(r, &stream[count], &set->plan[i]);
	}
	err = err ? err : merge_open(&merge, stream, count, r->o->align);
	while (!err && (f = merge_next(&merge, &which))) {
		r->outputs.capture = &capture[which];
		err = packet_replay(r, f, &stream[which]);
	}
	merge_close(&merge);
	for (size_t i = 0; i < count; i++)
		stream_account(r, &stream[i]);
	err = err ? err : tables_settle(r);
	free(stream);
	free(capture);
	return err;
}

static int replay_open(struct replay *r)
{
	const struct replay_options *o = r->o;
	struct native_listener listener = { event_take, snapshot_take, r };
	int err;

	r->buffer = calloc(1, CAPTURE_FRAME_MAX + 64);
	if (!r->buffer)
		return -ENOMEM;
	err = outputs_open(&r->outputs, o);
	if (!err && o->settings.end_host)
		err = sockets_open(&r->sockets, o->sizes.flows);
	if (!err)
		err = twin_open(&r->twin, &o->sizes, &listener, o->kernel);
	/* A model asks for what it likes, and the kernel builds all of a vector that is told. */
	native_groups_set(o->model || o->kernel ? FEATURE_GROUPS_ALL : feature_choice_groups(o->features));
	if (!err)
		err = twin_settings_set(&r->twin, &o->settings, o->model, o->challenger);
	if (!err && o->last && o->rows)
		err = last_rows_open(&r->last, &r->outputs, o->model);
	if (!err && o->write_path)
		err = frame_writer_open(&r->writer, o->write_path);
	return err;
}

int replay_run(const struct replay_options *o, struct replay_totals *totals)
{
	struct rlimit files;
	struct replay r = { .o = o, .totals = totals };
	int err;

	*totals = (struct replay_totals){ 0 };
	if (!getrlimit(RLIMIT_NOFILE, &files)) { /* merged captures are open side by side */
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	err = replay_open(&r);
	if (!err)
		err = o->merge ? captures_replay_merged(&r) : captures_replay_apart(&r);
	if (!err && !totals->captures) {
		log_error("replay: no capture could be read");
		err = -ENODATA;
	}
	outputs_flush(&r.outputs);
	totals->rows += r.last.written;
	totals->ends_forgotten = r.sockets.table.evicted;
	totals->differences = r.twin.differences;
	totals->compared = r.twin.compared;
	if (r.writer && frame_writer_close(r.writer) && !err)
		err = -EIO;
	last_rows_close(&r.last);
	sockets_close(&r.sockets);
	twin_close(&r.twin);
	free(r.buffer);
	return err;
}
