// SPDX-License-Identifier: BSD-2-Clause
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "feature_names.h"
#include "version.h"

bool version_asked(const char *program, int argc, char **argv)
{
	if (argc < 2 || strcmp(argv[1], "--version"))
		return false;
	printf("%s %s, features %016" PRIx64 "\n", program, HEDGEROW_VERSION, feature_schema());
	return true;
}
