// SPDX-License-Identifier: BSD-2-Clause
/* hedgerow-export: the command, and the one beside it. */
#include <string.h>
#include "commands.h"

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "show"))
		return cmd_show(argc - 1, argv + 1);
	return cmd_export(argc, argv);
}
