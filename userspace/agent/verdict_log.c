// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "clock.h"
#include "folder.h"
#include "log.h"
#include "verdict_log.h"

#define TELL_EVERY_NS (60 * 1000000000ull)

static bool is_stdout(const struct verdict_log *log)
{
	return !strcmp(log->options.path, "-");
}

static int file_open(struct verdict_log *log)
{
	struct stat st;
	int fd;

	if (is_stdout(log)) {
		fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	} else {
		fd = open(log->options.path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0640);
	}
	if (fd < 0)
		return -errno;
	log->fd = fd;
	log->size = fstat(fd, &st) ? 0 : st.st_size;
	log->opened_ns = clock_monotonic_ns();
	return 0;
}

int verdict_log_open(struct verdict_log *log, const struct verdict_log_options *options)
{
	int err;

	*log = (struct verdict_log){ .options = *options, .fd = -1 };
	err = is_stdout(log) ? 0 : folder_require(options->path);
	if (err)
		return err;
	err = file_open(log);
	if (err)
		log_error("%s: the verdict log cannot be opened: %s; --log names another file", options->path,
			  strerror(-err));
	return err;
}

/* PATH.keep is forgotten, every other one grows older by one. */
static void files_rotate(const struct verdict_log *log)
{
	const char *path = log->options.path;
	size_t size = strlen(path) + 24;
	char *from = malloc(size), *to = malloc(size);

	for (unsigned long n = log->options.keep; from && to && n > 0; n--) {
		snprintf(to, size, "%s.%lu", path, n);
		snprintf(from, size, n > 1 ? "%s.%lu" : "%s", path, n - 1);
		if (rename(from, to) && errno != ENOENT)
			log_warn("%s: not renamed to %s: %s", from, to, strerror(errno));
	}
	if (!log->options.keep)
		unlink(path);
	free(from);
	free(to);
}

void verdict_log_reopen(struct verdict_log *log)
{
	int before = log->fd, err;

	if (is_stdout(log))
		return;
	err = file_open(log);
	if (err)
		log_error("%s: not reopened: %s; the old file is written on", log->options.path, strerror(-err));
	else if (before >= 0)
		close(before);
}

/* Lines are whole or not there: what a full disk let through of the last one is cut off again. */
static void buffer_write(struct verdict_log *log)
{
	ssize_t n;

	if (!log->used)
		return;
	n = write(log->fd, log->buffer, log->used);
	if (n == (ssize_t)log->used) {
		log->size += n;
	} else {
		size_t whole = n > 0 ? n : 0, written = 0;

		log->error = n < 0 ? errno : ENOSPC;
		while (whole && log->buffer[whole - 1] != '\n')
			whole--;
		if (n > 0 && ftruncate(log->fd, log->size + whole))
			log_debug("%s: half a line stays: %s", log->options.path, strerror(errno));
		log->size += whole;
		for (size_t i = 0; i < whole; i++)
			written += log->buffer[i] == '\n';
		log->lost += log->lines - written;
		for (size_t i = written; i < log->lines; i++)
			log->lost_packets += log->packets[i];
	}
	log->used = log->lines = 0;
}

static void lost_tell(struct verdict_log *log)
{
	uint64_t now_ns = clock_monotonic_ns();

	if (log->lost == log->lost_told || (log->told_ns && now_ns - log->told_ns < TELL_EVERY_NS))
		return;
	log_error("%s: %" PRIu64 " lines could not be written: %s", log->options.path,
		  log->lost - log->lost_told, strerror(log->error));
	log->lost_told = log->lost;
	log->told_ns = now_ns;
}

static void rotate_if_due(struct verdict_log *log)
{
	const struct verdict_log_options *o = &log->options;

	if (is_stdout(log) || !log->size)
		return;
	if (!(o->max_size && log->size >= o->max_size) &&
	    !(o->max_age_ns && clock_monotonic_ns() - log->opened_ns >= o->max_age_ns))
		return;
	files_rotate(log);
	verdict_log_reopen(log);
}

void verdict_log_write(struct verdict_log *log, json_t *line, uint64_t packets)
{
	size_t room = sizeof(log->buffer) - log->used;
	size_t n = json_dumpb(line, log->buffer + log->used, room, JSON_COMPACT);

	if (n >= room || log->lines == VERDICT_LOG_LINES) {
		buffer_write(log);
		rotate_if_due(log);
		room = sizeof(log->buffer);
		n = json_dumpb(line, log->buffer, room, JSON_COMPACT);
	}
	if (!n || n >= room) {
		log->error = n ? EMSGSIZE : ENOMEM;
		log->lost++;
		log->lost_packets += packets;
	} else {
		log->used += n;
		log->buffer[log->used++] = '\n';
		log->packets[log->lines++] = packets;
	}
	json_decref(line);
}

void verdict_log_flush(struct verdict_log *log)
{
	buffer_write(log);
	rotate_if_due(log);
	lost_tell(log);
}

void verdict_log_close(struct verdict_log *log)
{
	if (log->fd < 0)
		return;
	buffer_write(log);
	log->told_ns = 0;
	lost_tell(log);
	close(log->fd);
	log->fd = -1;
}
