// SPDX-License-Identifier: BSD-2-Clause
/* hedgerow-export: the command, and those beside it. */
#include <stdbool.h>
#include <string.h>
#include "commands.h"
#include "version.h"

static bool is_given(const char *option, int argc, char **argv)
{
	size_t size = strlen(option);

	for (int i = 1; i < argc; i++)
		if (!strncmp(argv[i], option, size) && (!argv[i][size] || argv[i][size] == '='))
			return true;
	return false;
}

int main(int argc, char **argv)
{
	if (version_asked("hedgerow-export", argc, argv))
		return 0;
	if (argc > 1 && !strcmp(argv[1], "show"))
		return cmd_show(argc - 1, argv + 1);
	if (is_given("--emit", argc, argv))
		return cmd_emit(argc, argv);
	return cmd_export(argc, argv);
}
