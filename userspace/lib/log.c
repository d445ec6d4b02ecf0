// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include "log.h"

#define LINE_SIZE 2048 /* bytes; what is longer was not meant to be read, such as a binary file's "line" */

enum log_level log_level = LOG_LEVEL_INFO;

static const char *const level_names[] = {
	[LOG_LEVEL_ERROR] = "error",
	[LOG_LEVEL_WARN] = "warning",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_DEBUG] = "debug",
};

/* What came out of files may be anything: it neither begins a line nor speaks to the terminal. */
static void line_tame(char *line)
{
	for (unsigned char *c = (unsigned char *)line; *c; c++)
		if (*c < ' ' || *c == 0x7f)
			*c = *c == '\n' || *c == '\t' ? ' ' : '?';
}

static void begin(enum log_level level)
{
	fprintf(stderr, "%s: %s: ", program_invocation_short_name, level_names[level]);
}

/* The kernel's own words may be pages of lines. */
static void debug_print(const char *format, va_list args)
{
	begin(LOG_LEVEL_DEBUG);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

static void line_print(enum log_level level, const char *format, va_list args)
{
	char line[LINE_SIZE] = "";
	int length = vsnprintf(line, sizeof(line), format, args);

	line_tame(line);
	begin(level);
	fprintf(stderr, "%s%s\n", line, length >= LINE_SIZE ? "..." : "");
}

void log_print(enum log_level level, const char *format, ...)
{
	va_list args;

	if (level > log_level)
		return;
	va_start(args, format);
	if (level == LOG_LEVEL_DEBUG)
		debug_print(format, args);
	else
		line_print(level, format, args);
	va_end(args);
}
