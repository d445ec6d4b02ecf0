// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
#include "log.h"
#include "machine.h"
#include "program.h"

static int child_wait(pid_t child, const char *name)
{
	int status;

	if (child < 0)
		return -errno;
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return 0;
	log_error("%s: failed (status %#x); the bench needs it", name, status);
	return -ECHILD;
}

int program_run(const char *dir, const char *const *arguments)
{
	char path[PATH_MAX], name[64];
	pid_t child;
	int out;

	snprintf(name, sizeof(name), "../../%s", arguments[0]);
	machine_path(path, sizeof(path), name);
	child = fork();
	if (!child) {
		out = chdir(dir) ? -1 : open("output.txt", O_WRONLY | O_CREAT | O_APPEND, 0600);
		if (out >= 0 && dup2(out, STDOUT_FILENO) >= 0)
			execv(path, (char *const *)arguments);
		_exit(127);
	}
	return child_wait(child, arguments[0]);
}

int program_run_other(const char *const *arguments)
{
	pid_t child = fork();

	if (!child) {
		execvp(arguments[0], (char *const *)arguments);
		_exit(127);
	}
	return child_wait(child, arguments[0]);
}
