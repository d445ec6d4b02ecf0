// SPDX-License-Identifier: BSD-2-Clause
/* hedgerow features: the reference page of what a model sees. */
#include <errno.h>
#include <stdlib.h>
#include "commands.h"
#include "feature_page.h"
#include "log.h"
#include "options.h"

int cmd_features(int argc, char **argv)
{
	const struct option_row rows[] = { { 0 } };
	int first = options_parse(rows, "Usage: hedgerow features\n\nPrints the features that a model sees, as a Markdown page.",
				  argc, argv);

	if (first == -ECANCELED)
		return EXIT_SUCCESS;
	if (first < 0)
		return 2;
	if (first < argc) {
		log_error("features: takes no operand, given '%s'", argv[first]);
		return 2;
	}
	feature_page_write(stdout);
	return EXIT_SUCCESS;
}
