// SPDX-License-Identifier: BSD-2-Clause
#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include "clock.h"

static uint64_t clock_read_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

uint64_t clock_monotonic_ns(void)
{
	return clock_read_ns(CLOCK_MONOTONIC);
}

uint64_t clock_of_packets_ns(void)
{
	return clock_read_ns(CLOCK_MONOTONIC_COARSE);
}

uint64_t clock_unix_ns(void)
{
	return clock_read_ns(CLOCK_REALTIME);
}

static struct {
	bool is_set;
	int64_t offset_ns;
} replayed;

void clock_unix_is_monotonic(int64_t offset_ns)
{
	replayed.is_set = true;
	replayed.offset_ns = offset_ns;
}

uint64_t clock_unix_from_monotonic(uint64_t monotonic_ns)
{
	if (replayed.is_set)
		return monotonic_ns + replayed.offset_ns;
	return clock_unix_ns() - clock_monotonic_ns() + monotonic_ns;
}

uint64_t clock_unix_from_boottime(uint64_t boottime_ns)
{
	return clock_unix_ns() - clock_read_ns(CLOCK_BOOTTIME) + boottime_ns;
}

const char *clock_print(uint64_t unix_ns, char *text)
{
	time_t seconds = unix_ns / 1000000000;
	struct tm utc;
	size_t used;

	gmtime_r(&seconds, &utc);
	used = strftime(text, CLOCK_TEXT_SIZE, "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(text + used, CLOCK_TEXT_SIZE - used, ".%06u+0000", (unsigned int)(unix_ns % 1000000000 / 1000));
	return text;
}
