// SPDX-License-Identifier: BSD-2-Clause
/* hedgerow run: watches interfaces until it is stopped; attaches what is missing and takes it off again. */
#include <errno.h>
#include <linux/membarrier.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>
#include "commands.h"
#include "folder.h"
#include "log.h"
#include "model_store.h"
#include "scope_store.h"
#include "service.h"
#include "settings_options.h"
#include "watch.h"

#define LOG_DEFAULT FOLDER_OURS "verdicts.jsonl"
#define POLL_MIN_NS (10 * 1000000ull)

struct run_options {
	struct attach_options attach;
	struct settings_options settings;
	struct verdict_log_options log;
	const char *model_path, *flows_out, *snapshots, *features_text;
	struct feature_choice features; /* of the rows */
	struct model_given model;
	unsigned long long poll_ns;
	bool keep;
	int verbose;
};

static int options_read(struct run_options *o, int argc, char **argv)
{
	const struct option_row rows[] = {
		ATTACH_OPTION_ROWS(o->attach),
		SETTINGS_OPTION_ROWS(o->settings),
		{ "model", 0, OPTION_STRING, &o->model_path, "FILE", "load this model" },
		{ "log", 'l', OPTION_STRING, &o->log.path, "FILE", "verdict log; - is standard output" },
		{ "log-max-size", 0, OPTION_BYTES, &o->log.max_size, "SIZE", "rotate a log of this size; 0: never" },
		{ "log-max-age", 0, OPTION_SECONDS, &o->log.max_age_ns, "TIME", "rotate a log of this age; 0: never" },
		{ "log-keep", 0, OPTION_UNSIGNED, &o->log.keep, "N", "rotated logs to keep" },
		{ "flows-out", 0, OPTION_STRING, &o->flows_out, "FILE", "add a row for every flow that ended" },
		{ "snapshots", 0, OPTION_STRING, &o->snapshots, "FILE", "add a row for every vector that was scored" },
		FEATURES_OPTION_ROW(o->features_text),
		{ "poll-interval", 0, OPTION_SECONDS, &o->poll_ns, "TIME", "how often the tables are read" },
		{ "keep", 0, OPTION_FLAG, &o->keep, NULL, "leave the program in place on exit" },
		VERBOSE_OPTION_ROW(o->verbose),
		{ 0 },
	};
	struct settings probe;
	int first = command_options(rows, &o->verbose,
				    "Usage: hedgerow run --iface IF... [OPTIONS]\n\nWatches interfaces until it is stopped.",
				    argc, argv);

	if (first < 0)
		return first;
	settings_defaults(&probe);
	if (command_features(o->features_text, &o->features) || command_operands_none(first, argc, argv) || attach_options_check(&o->attach) ||
	    settings_options_put(&o->settings, &probe))
		return -EINVAL;
	if (o->poll_ns < POLL_MIN_NS) {
		log_error("--poll-interval: too short, wanted 10ms or more");
		return -EINVAL;
	}
	if (o->settings.snapshot_share > 0 && !o->snapshots)
		o->snapshots = SNAPSHOTS_PATH;
	/* Vectors are told while somebody writes them down. */
	if (o->settings.snapshot_share < 0)
		o->settings.snapshot_share = o->snapshots ? 1 : 0;
	return 0;
}

/* Before anything is made: could it run at all? */
static int run_check(const struct run_options *o)
{
	const char *const outputs[] = { strcmp(o->log.path, "-") ? o->log.path : NULL, o->flows_out, o->snapshots };
	int err = attach_check(&o->attach);

	for (size_t i = 0; i < sizeof(outputs) / sizeof(*outputs) && !err; i++)
		err = outputs[i] ? folder_check(outputs[i]) : 0;
	return err;
}

/* Two agents would steal each other's events. The name is free again when its holder is gone. Returns it, or -EBUSY. */
static int agent_claim(const struct datapath *dp)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1, "hedgerow-run-%u", dp->map_id[DATAPATH_EVENTS]);
	if (!bind(fd, (struct sockaddr *)&name, sizeof(name)))
		return fd;
	close(fd);
	log_error("another agent runs on these tables; stop it first, or keep apart with --instance NAME");
	return -EBUSY;
}

static void ready_print(const struct watch *w)
{
	char ifaces[256] = "", model[32] = "no model";

	for (int i = 0; i < w->at_count; i++) {
		size_t used = strlen(ifaces);

		snprintf(ifaces + used, sizeof(ifaces) - used, "%s%.15s (%s)", i ? ", " : "", w->at[i].iface,
			 xdp_mode_names[w->at[i].mode]);
	}
	if (w->model_id)
		snprintf(model, sizeof(model), "model %08x", w->model_id);
	log_info("ready: %s, %s, engine %s, %s; verdicts go to %s", ifaces, mode_name(w->settings.mode),
		 engine_name(w->settings.engine), model, w->log.options.path);
	settings_tell_no_model(&w->dp, datapath_enforces(&w->dp, &w->settings));
}

/* Applies all that was asked for, or nothing of it. What it opened stays for watch_finish(). */
static int run_begin(struct watch *w, const struct run_options *o)
{
	int err = settings_options_apply(&w->dp, &o->settings, &o->model);

	w->poll_ns = o->poll_ns;
	w->engine.dp = &w->dp;
	w->engine.explainer = &w->explainer;
	if (!err && !o->model.model)
		model_store_restore(&w->dp);
	return err ?: watch_refresh(w) ?: watch_safety_begin(w);
}

/* Nobody reads the vectors of a program that stays. */
static void snapshots_end(const struct datapath *dp)
{
	struct settings_options none = settings_options_none();

	none.snapshot_share = 0;
	settings_options_apply(dp, &none, NULL);
}

static void run_end(struct watch *w, bool keep)
{
	bool stays;

	if (!keep)
		detach_all(&w->dp, w->at, w->at_count);
	stays = attachments_find(&w->dp, NULL, 0) > 0;
	if (stays)
		snapshots_end(&w->dp);
	if (stays && datapath_enforces(&w->dp, &w->settings))
		log_info("the program stays attached and goes on enforcing; to end that: hedgerow detach");
	if (stays && w->settings.engine == ENGINE_USER)
		log_warn("the program stays attached with engine user: no flow is judged until an agent runs again");
	if (w->engine.tally.agreed || w->engine.tally.disagreed)
		log_info("engines: %llu verdicts agreed, %llu did not", w->engine.tally.agreed,
			 w->engine.tally.disagreed);
	syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0); /* no packet is on its way through the program any more */
	watch_finish(w, !stays);
}

static int run(struct watch *w, const struct run_options *o)
{
	int err = attach_all(&w->dp, &o->attach, true, w->at), claim;

	if (err)
		return err;
	w->at_count = o->attach.ifaces.count;
	claim = err = agent_claim(&w->dp);
	if (claim >= 0)
		err = run_begin(w, o);
	if (err < 0) {
		detach_all(&w->dp, w->at, w->at_count);
	} else {
		ready_print(w);
		settings_tell_inherited(&w->dp, &o->settings);
		watch_log_state(w, "started", NULL);
		service_tell("READY=1");
		err = watch_run(w);
		service_tell("STOPPING=1");
		run_end(w, o->keep);
	}
	if (claim >= 0)
		close(claim);
	return err;
}

int cmd_run(int argc, char **argv)
{
	struct run_options o = {
		.settings = settings_options_none(),
		.log = { LOG_DEFAULT, 100 << 20, 86400 * SECOND_NS, 5 },
		.poll_ns = SECOND_NS,
	};
	int err = options_read(&o, argc, argv);
	struct watch *w;

	if (err)
		return command_status(err);
	w = calloc(1, sizeof(*w));
	if (!w) {
		log_error("out of memory");
		return 1;
	}
	watch_hold_signals();
	w->dp = datapath_none();
	w->log.fd = -1;
	err = run_check(&o) ?: model_given_read(&o.model, o.model_path) ?: verdict_log_open(&w->log, &o.log) ?:
	      rows_out_open(&w->flows, o.flows_out, &o.features) ?: rows_out_open(&w->snapshots, o.snapshots, &o.features) ?: run(w, &o);
	verdict_log_close(&w->log);
	rows_out_close(&w->flows);
	rows_out_close(&w->snapshots);
	engine_close(&w->engine);
	explainer_close(&w->explainer);
	watch_safety_end(w);
	datapath_close(&w->dp);
	model_given_free(&o.model);
	free(w);
	return err ? 1 : 0;
}
