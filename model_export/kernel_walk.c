// SPDX-License-Identifier: BSD-2-Clause
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "kernel_walk.h"

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

/* Its exit status, or a negative errno. What it says goes nowhere: the status says all. */
static int agent_run(const char *agent, const char *file)
{
	char *const arguments[] = { "hedgerow", "model", "test", (char *)file, NULL };
	int status, nowhere;
	pid_t child;

	fflush(NULL);
	child = fork();
	if (child < 0)
		return -errno;
	if (!child) {
		nowhere = open("/dev/null", O_WRONLY);
		if (nowhere >= 0 && dup2(nowhere, STDOUT_FILENO) >= 0 && dup2(nowhere, STDERR_FILENO) >= 0)
			execv(agent, arguments);
		_exit(127);
	}
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 127;
}

static int copy_try(const char *agent, const struct model *m, const struct model_extras *extras)
{
	char folder[] = "/tmp/hedgerow-export.XXXXXX", path[sizeof(folder) + 16];
	struct model *copy = malloc(sizeof(*copy));
	int status;

	if (!copy || !mkdtemp(folder)) {
		free(copy);
		return -errno;
	}
	*copy = *m;
	snprintf(path, sizeof(path), "%s/model.hgm", folder);
	status = model_file_write_extras(path, copy, extras);
	status = status ? status : agent_run(agent, path);
	unlink(path);
	rmdir(folder);
	free(copy);
	return status;
}

enum kernel_walk kernel_walk_try(const struct model *m, const struct model_extras *extras, struct refusal *why)
{
	char agent[PATH_MAX];
	int status;

	if (geteuid()) {
		refusal_set(why, "that takes root");
		return KERNEL_WALK_UNTRIED;
	}
	if (!agent_find(agent)) {
		refusal_set(why, "no hedgerow beside this program");
		return KERNEL_WALK_UNTRIED;
	}
	status = copy_try(agent, m, extras);
	if (!status)
		return KERNEL_WALK_AGREES;
	if (status == 1) {
		refusal_set(why, "the kernel's walk scores self-test vectors otherwise than the walk here; try hedgerow -v "
				 "model test");
		return KERNEL_WALK_DIFFERS;
	}
	refusal_set(why, "%s", status < 0 ? strerror(-status) : "the kernel did not run it");
	return KERNEL_WALK_UNTRIED;
}
