// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "clock.h"
#include "list_expiry.h"
#include "options.h"
#include "settings.h"

#define UNIX_TIME_LEAST 1000000000ull /* a bare number from here on is a date, not thirty years */

/* "1h30m": numbers with units, added up. */
static int duration_parse(const char *text, unsigned long long *ns)
{
	unsigned long long sum = 0, part;

	while (*text) {
		size_t digits = strspn(text, "0123456789."), length = digits + strcspn(text + digits, "0123456789.");
		char piece[32];

		if (!digits || length >= sizeof(piece))
			return -EINVAL;
		snprintf(piece, sizeof(piece), "%.*s", (int)length, text);
		if (option_parse_seconds(piece, &part) || sum + part < sum)
			return -EINVAL;
		sum += part;
		text += length;
	}
	*ns = sum;
	return 0;
}

static int date_parse(const char *text, unsigned long long *unix_s)
{
	struct tm tm = { 0 };
	const char *end = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	time_t at;

	if (!end || (strcmp(end, "Z") && strcmp(end, "+00:00") && strcmp(end, "+0000")))
		return -EINVAL;
	at = timegm(&tm);
	if (at < 0)
		return -EINVAL;
	*unix_s = at;
	return 0;
}

/* The monotonic time of a Unix time; 1, the first nanosecond after boot, for what has passed. */
static __u64 monotonic_of(unsigned long long unix_s)
{
	__u64 now_unix = clock_unix_ns(), at = unix_s * SECOND_NS;

	return at <= now_unix ? 1 : clock_monotonic_ns() + (at - now_unix);
}

int list_expiry_parse(const char *text, __u64 *expires_ns)
{
	unsigned long long value;

	if (!strcmp(text, "never") || !strcmp(text, "0")) {
		*expires_ns = 0;
		return 0;
	}
	if (strchr(text, 'T')) {
		if (date_parse(text, &value))
			return -EINVAL;
		*expires_ns = monotonic_of(value);
		return 0;
	}
	if (!*text || duration_parse(text, &value))
		return -EINVAL;
	if (strspn(text, "0123456789") == strlen(text) && value / SECOND_NS >= UNIX_TIME_LEAST)
		*expires_ns = monotonic_of(value / SECOND_NS);
	else
		*expires_ns = value ? clock_monotonic_ns() + value : 1;
	return 0;
}
