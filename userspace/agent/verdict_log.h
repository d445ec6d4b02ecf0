/* SPDX-License-Identifier: BSD-2-Clause */
/* The verdict log: a file of JSON lines that rotates by size and age, and never holds up who writes to it. */
#ifndef VERDICT_LOG_H
#define VERDICT_LOG_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct verdict_log_options {
	const char *path;	     /* "-": standard output, never rotated */
	unsigned long long max_size; /* bytes, 0: any */
	unsigned long long max_age_ns; /* 0: any */
	unsigned long keep;	     /* rotated files: PATH.1 is the youngest */
};

#define VERDICT_LOG_BUFFER 65536
#define VERDICT_LOG_LINES 1024 /* that wait in it at most */

struct verdict_log {
	struct verdict_log_options options;
	int fd;
	uint64_t size;	    /* of the file */
	uint64_t opened_ns; /* CLOCK_MONOTONIC */
	uint64_t told_ns;   /* when the operator last heard of an error */
	uint64_t lost;	    /* lines that could not be written, since the start */
	uint64_t lost_told;
	uint64_t lost_packets; /* that those lines told of */
	int error;	    /* why the last of them could not */
	size_t used, lines; /* of the buffer: whole lines only */
	uint64_t packets[VERDICT_LOG_LINES]; /* that each of these lines tells of */
	char buffer[VERDICT_LOG_BUFFER];
};

/* Opens or makes the file, and the folder it is in. Returns 0 or a negative errno after one logged line. */
int verdict_log_open(struct verdict_log *log, const struct verdict_log_options *options);
void verdict_log_close(struct verdict_log *log);

/*
 * Adds a line that tells of so many dropped `packets`, and gives the object back. A line that cannot be written is
 * counted, with its packets. NULL, out of memory, is too.
 */
void verdict_log_write(struct verdict_log *log, json_t *line, uint64_t packets);

/* Writes what is buffered, rotates when it is time, and says once a minute on stderr if lines get lost. */
void verdict_log_flush(struct verdict_log *log);

/* After somebody moved the file away: goes on in a new one of the same name. */
void verdict_log_reopen(struct verdict_log *log);

#endif
