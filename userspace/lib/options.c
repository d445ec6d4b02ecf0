// SPDX-License-Identifier: BSD-2-Clause
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "log.h"
#include "options.h"

#define ROWS_MAX 64

struct unit {
	const char *suffix;
	double factor;
};

static const struct unit second_units[] = { { "", 1e9 },    { "ns", 1 },   { "us", 1e3 },    { "ms", 1e6 },
					    { "s", 1e9 },   { "m", 60e9 }, { "h", 3600e9 }, { "d", 86400e9 },
					    { NULL, 0 } };
static const struct unit byte_units[] = { { "", 1 },		{ "k", 1024 },	       { "K", 1024 },
					  { "M", 1024 * 1024 }, { "G", 1024.0 * 1024 * 1024 },
					  { NULL, 0 } };

static int number_parse(const char *text, double *out)
{
	char *end;

	errno = 0;
	*out = strtod(text, &end);
	return end == text || *end || errno || !isfinite(*out) ? -EINVAL : 0;
}

static int quantity_parse(const char *text, const struct unit *units, unsigned long long *out)
{
	char *end;
	double v;

	if (!isdigit((unsigned char)*text) && *text != '.')
		return -EINVAL;
	v = strtod(text, &end);
	for (; units->suffix; units++) {
		if (strcmp(end, units->suffix))
			continue;
		if (!(v * units->factor < 18e18))
			return -EINVAL;
		*out = v * units->factor;
		return 0;
	}
	return -EINVAL;
}

int option_parse_seconds(const char *text, unsigned long long *ns)
{
	return quantity_parse(text, second_units, ns);
}

int option_parse_bytes(const char *text, unsigned long long *bytes)
{
	return quantity_parse(text, byte_units, bytes);
}

int option_parse_share(const char *text, double *share)
{
	char *end;
	double v;

	if (!isdigit((unsigned char)*text) && *text != '.')
		return -EINVAL;
	v = strtod(text, &end);
	if (*end == '%' && end != text) {
		v /= 100;
		end++;
	}
	if (end == text || *end || !(v >= 0 && v <= 1))
		return -EINVAL;
	*share = v;
	return 0;
}

int option_parse_name(const char *what, const char *text, const char *const *names, int count)
{
	char all[256] = "";

	for (int i = 0; i < count; i++)
		if (!strcmp(text, names[i]))
			return i;
	for (int i = 0; i < count; i++) {
		size_t used = strlen(all);

		snprintf(all + used, sizeof(all) - used, "%s%s", i ? ", " : "", names[i]);
	}
	log_error("%s: '%s' is none of: %s", what, text, all);
	return -EINVAL;
}

static int list_add(struct option_list *list, const char *value)
{
	if (list->count == OPTION_LIST_MAX)
		return -E2BIG;
	list->value[list->count++] = value;
	return 0;
}

static int row_set(const struct option_row *row, const char *value)
{
	char *end;

	switch (row->kind) {
	case OPTION_FLAG:
		*(bool *)row->target = true;
		return 0;
	case OPTION_COUNT:
		++*(int *)row->target;
		return 0;
	case OPTION_STRING:
		*(const char **)row->target = value;
		return 0;
	case OPTION_LIST:
		return list_add(row->target, value);
	case OPTION_POSITIVE:
	case OPTION_UNSIGNED: {
		unsigned long v;

		if (!isdigit((unsigned char)*value))
			return -EINVAL;
		errno = 0;
		v = strtoul(value, &end, 0);
		if (*end || errno || (!v && row->kind == OPTION_POSITIVE))
			return -EINVAL;
		*(unsigned long *)row->target = v;
		return 0;
	}
	case OPTION_REAL: {
		double v;

		if (number_parse(value, &v))
			return -EINVAL;
		*(double *)row->target = v;
		return 0;
	}
	case OPTION_SHARE:
		return option_parse_share(value, row->target);
	case OPTION_SECONDS:
		return option_parse_seconds(value, row->target);
	case OPTION_BYTES:
		return option_parse_bytes(value, row->target);
	}
	return -EINVAL;
}

static const char *kind_expects(enum option_kind kind)
{
	switch (kind) {
	case OPTION_UNSIGNED:
		return "a whole number, 0 or more";
	case OPTION_POSITIVE:
		return "a whole number, 1 or more";
	case OPTION_SHARE:
		return SHARE_WANTED;
	case OPTION_REAL:
		return "a number";
	case OPTION_SECONDS:
		return "a time such as 5, 250ms, 10m, 1h";
	case OPTION_BYTES:
		return "a size such as 64k, 10M, 1G";
	case OPTION_LIST:
		return "at most 32 of them";
	default:
		return "another value";
	}
}

static bool kind_has_value(enum option_kind kind)
{
	return kind != OPTION_FLAG && kind != OPTION_COUNT;
}

static void help_print(const struct option_row *rows, const char *usage)
{
	printf("%s\n\nOptions:\n", usage);
	for (const struct option_row *r = rows; r->name; r++) {
		char left[64];
		int n = r->letter ? snprintf(left, sizeof(left), "  -%c, --%s", r->letter, r->name)
				  : snprintf(left, sizeof(left), "      --%s", r->name);

		if (kind_has_value(r->kind))
			snprintf(left + n, sizeof(left) - n, " %s", r->argument);
		printf("%-30s  %s\n", left, r->help);
	}
	printf("%-30s  %s\n", "  -h, --help", "this text");
}

/*
 * getopt_long() takes --mo for --mode, which an option to come may make ambiguous; scripts would break then. `given` is
 * the argument as it was written. True when it spells out `name`.
 */
static bool name_is_whole(const char *given, const char *name)
{
	size_t length = strlen(name);

	return !strncmp(given, "--", 2) && !strncmp(given + 2, name, length) &&
	       (!given[2 + length] || given[2 + length] == '=');
}

/* True when the value of `given` is an argument of its own, the next. */
static bool value_follows(const struct option_row *rows, const char *given)
{
	for (const struct option_row *r = rows; r->name; r++) {
		const char letter[] = { '-', r->letter, 0 };

		if (kind_has_value(r->kind) &&
		    ((!strncmp(given, "--", 2) && !strcmp(given + 2, r->name)) || (r->letter && !strcmp(given, letter))))
			return true;
	}
	return false;
}

/*
 * -iface is -i with the value "face" to getopt_long(), which is never what was meant. Returns the first argument that is a
 * whole long name behind one dash, NULL without one.
 */
static const char *name_after_one_dash(const struct option_row *rows, int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--"); i++) {
		const char *given = argv[i];
		size_t length = strcspn(given, "=");

		if (value_follows(rows, given)) {
			i++;
			continue;
		}
		if (given[0] != '-' || given[1] == '-' || length < 3)
			continue;
		for (const struct option_row *r = rows; r->name; r++)
			if (strlen(r->name) == length - 1 && !strncmp(given + 1, r->name, length - 1))
				return given;
	}
	return NULL;
}

int options_parse(const struct option_row *rows, const char *usage, int argc, char **argv)
{
	const char *one_dash = name_after_one_dash(rows, argc, argv);
	struct option longs[ROWS_MAX + 2] = { 0 };
	char shorts[3 * ROWS_MAX + 4] = ":h";
	int count = 0, c, at;

	if (one_dash) {
		log_error("%s: no such option, did you mean -%s? Long options begin with two dashes", one_dash, one_dash);
		return -EINVAL;
	}
	for (; rows[count].name && count < ROWS_MAX; count++) {
		const struct option_row *r = &rows[count];
		size_t used = strlen(shorts);

		longs[count] = (struct option){ r->name, kind_has_value(r->kind), NULL, 256 + count };
		if (r->letter)
			snprintf(shorts + used, sizeof(shorts) - used, "%c%s", r->letter,
				 kind_has_value(r->kind) ? ":" : "");
	}
	longs[count] = (struct option){ "help", no_argument, NULL, 256 + count };

	optind = 0; /* a fresh start: a program may parse more than once */
	opterr = 0;
	while ((c = getopt_long(argc, argv, shorts, longs, &at)) != -1) {
		const struct option_row *row = NULL;
		/* its value is an argument of its own, or there is none */
		const char *given = argv[optind - 1 - (optarg && optarg == argv[optind - 1])];
		int err;

		if (c >= 256 && !name_is_whole(given, longs[at].name)) {
			log_error("%s: no such option, --%s perhaps; see --help", given, longs[at].name);
			return -EINVAL;
		}
		if (c == 'h' || c == 256 + count) {
			help_print(rows, usage);
			return -ECANCELED;
		}
		if (c == '?' || c == ':') {
			log_error("%s: %s; see --help", argv[optind - 1],
				  c == ':' ? "needs a value" : "no such option");
			return -EINVAL;
		}
		for (int i = 0; i < count; i++)
			if (c == 256 + i || c == rows[i].letter)
				row = &rows[i];
		err = row_set(row, optarg);
		if (err) {
			log_error("--%s: '%s' will not do, wanted %s", row->name, optarg, kind_expects(row->kind));
			return -EINVAL;
		}
	}
	return optind;
}
