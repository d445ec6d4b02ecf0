// SPDX-License-Identifier: BSD-2-Clause
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "kernel_walk.h"

#define STATUS_DIFFERS 1 /* of `hedgerow model test` */
#define ARGUMENTS_MAX (2 * OPTION_LIST_MAX + 16)

/* Where the copy of the model is, and what the agent says of it. */
struct room {
	char folder[sizeof("/tmp/hedgerow-export.XXXXXX")], model[64], said[64], trouble[64];
};

static int room_open(struct room *r)
{
	strcpy(r->folder, "/tmp/hedgerow-export.XXXXXX");
	if (!mkdtemp(r->folder))
		return -errno;
	snprintf(r->model, sizeof(r->model), "%s/model.hgm", r->folder);
	snprintf(r->said, sizeof(r->said), "%s/said", r->folder);
	snprintf(r->trouble, sizeof(r->trouble), "%s/trouble", r->folder);
	return 0;
}

static void room_close(const struct room *r)
{
	unlink(r->model);
	unlink(r->said);
	unlink(r->trouble);
	rmdir(r->folder);
}

/* The agent in the folder of this very program. Returns false where there is none to run. */
static bool agent_find(char path[PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - sizeof("/hedgerow"));

	if (n <= 0)
		return false;
	path[n] = 0;
	strcpy(strrchr(path, '/'), "/hedgerow");
	return !access(path, X_OK);
}

/* Either form may come into force later, so both are tried where there are two. */
static void arguments_fill(const char *argument[ARGUMENTS_MAX], const struct room *r, const struct kernel_rows *rows)
{
	const char *const begin[] = { "hedgerow", "model", "test", "--json", "--form", "code" };
	int count = sizeof(begin) / sizeof(*begin);

	memcpy(argument, begin, sizeof(begin));
	for (int i = 0; i < rows->files->count; i++) {
		argument[count++] = "--rows";
		argument[count++] = rows->files->value[i];
	}
	if (rows->dialect) {
		argument[count++] = "--dialect";
		argument[count++] = rows->dialect;
	}
	if (rows->ignore_columns)
		argument[count++] = "--ignore-columns";
	argument[count++] = r->model;
	argument[count] = NULL;
}

static bool output_goes(int to, const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);

	return fd >= 0 && dup2(fd, to) >= 0;
}

/* Its exit status, or a negative errno. */
static int agent_run(const char *agent, const struct room *r, const struct kernel_rows *rows)
{
	const char *argument[ARGUMENTS_MAX];
	int status;
	pid_t child;

	arguments_fill(argument, r, rows);
	fflush(NULL);
	child = fork();
	if (child < 0)
		return -errno;
	if (!child) {
		if (output_goes(STDOUT_FILENO, r->said) && output_goes(STDERR_FILENO, r->trouble))
			execv(agent, (char *const *)argument);
		_exit(127);
	}
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 127;
}

/* The last line that the agent logged, without its name and level. */
static void trouble_read(const struct room *r, struct refusal *why)
{
	FILE *in = fopen(r->trouble, "re");
	const char *text = why->text;
	char line[512];

	refusal_set(why, "the kernel did not run it");
	while (in && fgets(line, sizeof(line), in)) {
		line[strcspn(line, "\n")] = 0;
		text = strstr(line, "error: ") ? strstr(line, "error: ") + strlen("error: ") : line;
		text = strstr(text, r->model) == text ? text + strlen(r->model) + strlen(": ") : text;
		refusal_set(why, "%s", text);
	}
	if (in)
		fclose(in);
}

static void copy_try(const char *agent, const struct room *r, const struct model *m, const struct model_extras *extras,
		     const struct kernel_rows *rows, struct kernel_walk *out)
{
	struct model *copy = malloc(sizeof(*copy));
	json_t *said;
	int status;

	if (copy)
		*copy = *m;
	status = copy ? model_file_write_extras(r->model, copy, extras) : -ENOMEM;
	free(copy);
	status = status ? status : agent_run(agent, r, rows);
	if (status) {
		out->result = status == STATUS_DIFFERS ? KERNEL_WALK_DIFFERS : KERNEL_WALK_UNTRIED;
		if (status > 0)
			trouble_read(r, &out->why);
		else
			refusal_set(&out->why, "%s", strerror(-status));
		return;
	}
	said = json_load_file(r->said, 0, NULL);
	out->said = json_incref(json_object_get(said, "kernel"));
	json_decref(said);
	if (out->said)
		out->result = KERNEL_WALK_AGREES;
	else
		refusal_set(&out->why, "the hedgerow beside this program is of another version");
}

void kernel_walk_try(const struct model *m, const struct model_extras *extras, const struct kernel_rows *rows,
		     struct kernel_walk *out)
{
	char agent[PATH_MAX];
	struct room r;
	int err;

	*out = (struct kernel_walk){ .result = KERNEL_WALK_UNTRIED };
	if (!agent_find(agent)) {
		refusal_set(&out->why, "no hedgerow beside this program");
		return;
	}
	err = room_open(&r);
	if (err) {
		refusal_set(&out->why, "%s", strerror(-err));
		return;
	}
	copy_try(agent, &r, m, extras, rows, out);
	room_close(&r);
}

void kernel_walk_refuse(struct kernel_walk *out, const char *why)
{
	*out = (struct kernel_walk){ .result = KERNEL_WALK_UNTRIED };
	refusal_set(&out->why, "%s", why);
}

void kernel_walk_free(struct kernel_walk *walk)
{
	json_decref(walk->said);
	walk->said = NULL;
}

void kernel_walk_print(const struct kernel_walk *walk)
{
	const json_t *said = walk->said;

	if (!said) {
		printf("kernel:   not run: %s\n", walk->why.text);
		return;
	}
	printf("kernel:   %s scores %lld rows, with and without their destination, and %lld vectors of every kind of edge as "
	       "here%s\n",
	       json_string_value(json_object_get(said, "release")),
	       (long long)json_integer_value(json_object_get(said, "rows")),
	       (long long)json_integer_value(json_object_get(said, "vectors")),
	       json_array_size(json_object_get(said, "forms")) > 1 ? ", as tables and as code" : "");
}
