/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of a file that something is to be said of: the first few by number, of the rest how many. */
#ifndef LINE_LIST_H
#define LINE_LIST_H

#include <stddef.h>

#define LINE_LIST_NAMED 8
#define LINE_LIST_SIZE 160

/* All zero: none. */
struct line_list {
	size_t count;
	unsigned int line[LINE_LIST_NAMED];
};

void line_list_add(struct line_list *list, unsigned int line);

/* "line 3", or "lines 3, 7 and 2 more"; "" for none. Returns `text`. */
const char *line_list_print(const struct line_list *list, char text[LINE_LIST_SIZE]);

#endif
