// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "counters.h"
#include "lessons.h"
#include "log.h"
#include "model_file.h"
#include "program.h"
#include "traffic.h"
#include "trained.h"

#define FLOOD 50000 /* packets */
#define FLOOD_DROPPED 0.9

/* The trainer keeps the best round: by small steps that is the hundredth. */
static const char *const train[] = {
	"hedgerow-train", "--rows", "rows.csv", "--labels", "labels.csv", "--output", "model.json", "--trees", "100",
	"--depth", "6", "--learning-rate", "0.03", "--early-stopping", "0", "--quiet", NULL,
};

/* Doubtful rows are few: what is honest stays far below such a threshold, a flood comes above it. */
static const char *const export[] = {
	"hedgerow-export", "--rows", "rows.csv", "--model", "model.json", "--log-at-probability", "0.5",
	"--drop-at-probability", "0.6", "--output", "model.hgm", NULL,
};

static int model_read(struct stage *s, const char *dir)
{
	char path[PATH_MAX], why[MODEL_FILE_WHY];
	int err;

	snprintf(path, sizeof(path), "%s/model.hgm", dir);
	err = model_file_read(path, s->model, NULL, why, sizeof(why));
	if (err) {
		log_error("%s: %s", path, why);
		return err;
	}
	s->policy = s->model->policy;
	s->model_id = s->model->id;
	return 0;
}

static void directory_remove(const char *dir)
{
	static const char *const files[] = { "rows.csv", "labels.csv", "model.json", "model.hgm", "output.txt" };
	char path[PATH_MAX];

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
		unlink(path);
	}
	rmdir(dir);
}

/* Nodes that decide something: the others only fill trees up to the model's depth. */
static unsigned int model_splits(const struct model *m)
{
	unsigned int splits = 0;

	for (__u32 tree = 0; tree < m->tree_count; tree++)
		for (__u32 at = 1; at < 1u << m->depth; at++)
			splits += m->node[model_cell(m->depth, tree, at)].cut != MODEL_CUT_NEVER;
	return splits;
}

/* A model that condemns nobody would pass the rows of honest lives too: it has to stop a flood. */
static int model_try(struct stage *s, double *dropped)
{
	__u64 counters[COUNTER_COUNT];
	struct plan flood;
	double ns;
	int err = stage_reset(s);

	traffic_plan_step(&flood, PLAN_NEW, 1, TRAFFIC_SYN);
	if (!err)
		err = driver_send(&s->driver, TARGET_SUBJECT, &flood, FLOOD, &ns);
	if (!err)
		err = stage_read_counters(s, counters);
	if (err)
		return err;
	*dropped = 1 - (double)counters[COUNTER_pass_flow] / FLOOD;
	if (*dropped >= FLOOD_DROPPED)
		return 0;
	log_error("the bench's model drops %.1f %% of a flood, not %.0f %%", 100 * *dropped, 100 * FLOOD_DROPPED);
	return -EPROTO;
}

int trained_model_make(struct stage *s, struct features *vectors)
{
	char dir[] = "/tmp/hedgerow-bench-XXXXXX";
	double dropped;
	int err;

	if (!mkdtemp(dir)) {
		log_error("/tmp: no directory can be made there: %s", strerror(errno));
		return -EIO;
	}
	err = lessons_record(s, dir, vectors);
	if (!err)
		err = program_run(dir, train);
	if (!err)
		err = program_run(dir, export);
	if (!err)
		err = model_read(s, dir);
	directory_remove(dir);
	if (!err)
		err = model_try(s, &dropped);
	if (!err)
		printf("model: %u trees of depth %u, %.1f splits a tree, trained on the bench's own lives and floods; "
		       "drops %.1f %% of a flood\n", s->model->tree_count, s->model->depth,
		       (double)model_splits(s->model) / s->model->tree_count, 100 * dropped);
	return err;
}
