// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include "commands.h"
#include "log.h"
#include "options.h"

int command_options(const struct option_row *rows, const int *verbose, const char *usage, int argc, char **argv)
{
	int first = options_parse(rows, usage, argc, argv);

	if (first >= 0 && *verbose)
		log_level = LOG_LEVEL_DEBUG;
	return first;
}

int command_features(const char *text, struct feature_choice *out)
{
	char why[256];

	if (feature_choice_parse(text, out, why, sizeof(why))) {
		log_error("--features: %s", why);
		return -EINVAL;
	}
	return 0;
}

int command_status(int err)
{
	return err == -ECANCELED ? 0 : 2;
}

int command_operands_none(int first, int argc, char **argv)
{
	if (first >= argc)
		return 0;
	log_error("%s: '%s' is not expected here; see --help", argv[0], argv[first]);
	return -EINVAL;
}
