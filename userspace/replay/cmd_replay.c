// SPDX-License-Identifier: BSD-2-Clause
/* hedgerow replay: captures through the same code as packets on a card. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include "commands.h"
#include "log.h"
#include "newcomer.h"
#include "replay_arguments.h"
#include "tally.h"
#include "tally_report.h"

#define OUTPUT_BUFFER (64 * 1024) /* fewer calls are no quicker */
#define FLOWS_DEFAULT 1048576 /* more than production has: what is learnt should not hang on the tables' size */
#define HOSTS_DEFAULT 262144

/* `buffer` has room for OUTPUT_BUFFER bytes, and outlives the file; NULL: it will not be long. */
static int output_open(FILE **out, const char *path, char *buffer)
{
	if (!path)
		return 0;
	*out = strcmp(path, "-") ? fopen(path, "we") : stdout;
	if (!*out) {
		int err = -errno;

		log_error("%s: cannot be written: %s", path, strerror(errno));
		return err;
	}
	if (buffer)
		setvbuf(*out, buffer, _IOFBF, OUTPUT_BUFFER);
	return 0;
}

/* Returns `err`, or -EIO after one logged line when not all was written. */
static int output_close(FILE *file, const char *path, int err)
{
	bool failed = file && (fflush(file) || ferror(file));

	if (file && file != stdout)
		failed |= fclose(file) != 0;
	if (failed && !err)
		log_error("%s: cannot be written: %s", path, strerror(errno));
	return failed && !err ? -EIO : err;
}

static const char *plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

static void totals_tell(const struct replay_totals *t, bool kernel)
{
	static const char *const tables[] = { "flows", "sources", "dests" };

	log_info("replayed %" PRIu64 " capture%s, %" PRIu64 " packet%s (%" PRIu64 " entered, %" PRIu64 " left), %" PRIu64
		 " flow%s, %" PRIu64 " vector%s", t->captures, plural(t->captures), t->packets, plural(t->packets), t->entered,
		 t->left, t->flows, plural(t->flows), t->rows, plural(t->rows));
	if (t->duels)
		log_info("both models scored %" PRIu64 " vectors; verdicts differ on %" PRIu64 " (%.2f %%)", t->duels,
			 t->duels_differ, 100.0 * t->duels_differ / t->duels);
	for (int i = 0; i < CAPTURE_SKIP_COUNT; i++)
		if (t->skipped[i])
			log_info("skipped %" PRIu64 " packets: %s", t->skipped[i], capture_skip_texts[i]);
	for (int i = 0; i < 3; i++)
		if (t->evicted[i])
			log_warn("%" PRIu64 " %s were forgotten for a full table: --max-%s makes room", t->evicted[i],
				 tables[i], tables[i]);
	if (t->newcomers_lost)
		log_warn("%" PRIu64 " flows on probation were forgotten for a full ring: its %d places are as many as the kernel has, "
			 "and no option makes more; their last rows, if asked for, are missing", t->newcomers_lost, NEWCOMERS);
	if (t->ends_forgotten)
		log_warn("%" PRIu64 " ends of flows were forgotten for a full table, and count as without a socket: --max-flows "
			 "makes room", t->ends_forgotten);
	if (kernel && !t->differences)
		log_info("kernel and host: %" PRIu64 " events, vectors, records and counters are equal, none differs",
			 t->compared);
	else if (kernel)
		log_error("kernel and host: %" PRIu64 " differences, %" PRIu64 " are equal", t->differences, t->compared);
}

static int evaluation_write(const struct tally *tally, const char *path, const char *json_path)
{
	FILE *text = NULL, *json = NULL;
	int err = output_open(&text, path, NULL);

	if (!err)
		err = output_open(&json, json_path, NULL);
	if (!err && text)
		err = tally_report_text(tally, text);
	if (!err && json)
		err = tally_report_json(tally, json);
	err = output_close(text, path, err);
	return output_close(json, json_path, err);
}

/* An evaluation of nothing is none. */
static int tally_check(const struct tally *tally, const char *labels)
{
	size_t count;
	const struct tally_cell *cell = tally_cells(tally, &count);

	for (size_t i = 0; i < count; i++)
		if (cell[i].flows && cell[i].label != LABEL_SKIP)
			return 0;
	log_error("%s: says of no flow what it is: there is nothing to evaluate", labels);
	return -ENODATA;
}

/* Rules of a labels file that no flow was like: asked only where flows are labelled. */
static void rules_tell_unmet(const struct replay_options *o, const char *path)
{
	struct line_list unmet = { 0 };
	char lines[LINE_LIST_SIZE];

	if (o->labels && (o->rows || o->tally))
		unmet = labels_unmet(&o->labels->rules);
	if (unmet.count)
		log_warn("%s: %s: matched no flow of what was written, or none that a line before it left over", path, line_list_print(&unmet, lines));
}

static int run(struct replay_options *o, const struct replay_arguments *a)
{
	static char verdicts_buffer[OUTPUT_BUFFER];
	struct replay_totals totals = { 0 };
	int err = output_open(&o->rows, a->rows, NULL);

	if (!err && o->rows)
		setvbuf(o->rows, NULL, _IONBF, 0); /* they come in large pieces */
	if (!err)
		err = output_open(&o->verdicts, a->verdicts, verdicts_buffer);
	if (!err && (a->evaluation || a->json)) {
		o->tally = tally_open(o->sizes.flows);
		err = o->tally ? 0 : -ENOMEM;
	}
	err = err ? err : replay_run(o, &totals);
	if (err == -ENOMEM)
		log_error("replay: not enough memory for the tables; --max-flows and its like make them smaller");
	err = output_close(o->rows, a->rows, err);
	err = output_close(o->verdicts, a->verdicts, err);
	if (!err)
		totals_tell(&totals, o->kernel);
	if (!err)
		rules_tell_unmet(o, a->labels);
	if (!err && o->tally)
		err = tally_check(o->tally, a->labels);
	if (!err && o->tally)
		err = evaluation_write(o->tally, a->evaluation, a->json);
	tally_close(o->tally);
	if (!err && o->kernel && (totals.evicted[0] || totals.evicted[1] || totals.evicted[2] || totals.newcomers_lost)) {
		log_error("--kernel: what was forgotten cannot be compared");
		err = -ENOSPC;
	}
	return !err && totals.differences ? -EBADMSG : err;
}

/* Returns the exit status. */
static int replay_with(struct replay_arguments *a, int count, char **operand)
{
	struct replay_inputs inputs;
	struct replay_options o;
	int status = 2;

	if (!a->rows && !a->verdicts && !a->evaluation && !a->json && !a->write)
		a->rows = "-";
	if (!replay_arguments_read(&o, &inputs, a, count))
		status = replay_inputs_load(&o, &inputs, a, count, operand) || run(&o, a) ? 1 : 0;
	replay_inputs_free(&inputs);
	return status;
}

int cmd_replay(int argc, char **argv)
{
	struct replay_arguments a = { .max_flows = FLOWS_DEFAULT, .max_sources = HOSTS_DEFAULT,
				      .max_dests = HOSTS_DEFAULT };
	int verbose = 0, first;
	const struct option_row rows[] = {
		{ "rows", 'r', OPTION_STRING, &a.rows, "FILE", "write scored vectors as CSV; - is standard output, and the default" },
		{ "verdicts", 0, OPTION_STRING, &a.verdicts, "FILE", "write verdicts as JSON lines" },
		{ "evaluation", 'e', OPTION_STRING, &a.evaluation, "FILE", "write what the model would have done, as text" },
		{ "json", 0, OPTION_STRING, &a.json, "FILE", "the same as JSON" },
		{ "write", 'w', OPTION_STRING, &a.write, "FILE", "write the packets as they were replayed: pcap, Ethernet" },
		{ "labels", 'l', OPTION_STRING, &a.labels, "FILE", "what is malicious: by capture, or rules" },
		{ "model", 'm', OPTION_STRING, &a.model, "FILE", "score with this model (*.hgm)" },
		{ "shadow", 0, OPTION_STRING, &a.shadow, "FILE", "compare this model's verdicts on the same vectors" },
		{ "form", 0, OPTION_STRING, &a.form, "FORM", "with --kernel: the models as table, code, or auto: as their files say (auto)" },
		{ "mode", 0, OPTION_STRING, &a.mode, "MODE", "monitor (rows) or enforce (verdicts, evaluation)" },
		{ "checkpoints", 'c', OPTION_STRING, &a.checkpoints, "LIST", "score at these packets, such as 1,2,4,8,last (all powers of two)" },
		FEATURES_OPTION_ROW(a.features),
		{ "merge", 0, OPTION_FLAG, &a.merge, NULL, "all captures on one clock, not one after the other" },
		{ "align", 0, OPTION_FLAG, &a.align, NULL, "merged: all begin when the first does" },
		{ "shift", 0, OPTION_STRING, &a.shift, "SECONDS", "later by so much; -5 is earlier" },
		{ "rate", 0, OPTION_STRING, &a.rate, "X", "so many times as fast" },
		{ "repeat", 0, OPTION_STRING, &a.repeat, "N", "so many times, one behind the other" },
		{ "map-address", 0, OPTION_LIST, &a.map, "A=B", "B wherever A is" },
		{ "inside", 0, OPTION_LIST, &a.inside, "PREFIX,...", "what these send leaves, whoever began" },
		{ "all-enter", 0, OPTION_FLAG, &a.all_enter, NULL, "both directions enter, as on a router" },
		{ "ingress-only", 0, OPTION_STRING, &a.ingress_only, "PREFIX,...",
		  "only what comes for these is seen; 'responders': for whoever did not begin" },
		{ "end-host", 0, OPTION_FLAG, &a.end_host, NULL, "as on hosts that ask their sockets: whose there are the captures tell" },
		{ "kernel", 'k', OPTION_FLAG, &a.kernel, NULL, "through the real programs, too: every bit must be the same (root)" },
		{ "like-kernel", 0, OPTION_FLAG, &a.like_kernel, NULL, "leave out packets that --kernel cannot carry" },
		{ "clock-offset", 0, OPTION_STRING, &a.clock_offset, "SECONDS", "added to the clock that windows go by" },
		{ "max-flows", 0, OPTION_POSITIVE, &a.max_flows, "N", "room in the tables" },
		{ "max-sources", 0, OPTION_POSITIVE, &a.max_sources, "N", "" },
		{ "max-dests", 0, OPTION_POSITIVE, &a.max_dests, "N", "" },
		VERBOSE_OPTION_ROW(verbose),
		{ 0 },
	};

	first = command_options(rows, &verbose, "Usage: hedgerow replay [OPTIONS] FILE|DIR|LIST...", argc, argv);
	if (first < 0)
		return command_status(first);
	return replay_with(&a, argc - first, argv + first);
}
