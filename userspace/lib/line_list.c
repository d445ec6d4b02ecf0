// SPDX-License-Identifier: BSD-2-Clause
#include <stdio.h>
#include "line_list.h"

void line_list_add(struct line_list *list, unsigned int line)
{
	if (list->count < LINE_LIST_NAMED)
		list->line[list->count] = line;
	list->count++;
}

const char *line_list_print(const struct line_list *list, char text[LINE_LIST_SIZE])
{
	size_t used = 0;

	*text = 0;
	for (size_t i = 0; i < list->count && i < LINE_LIST_NAMED; i++)
		used += snprintf(text + used, LINE_LIST_SIZE - used, "%s%u", i ? ", " : list->count > 1 ? "lines " : "line ",
				 list->line[i]);
	if (list->count > LINE_LIST_NAMED)
		snprintf(text + used, LINE_LIST_SIZE - used, " and %zu more", list->count - LINE_LIST_NAMED);
	return text;
}
