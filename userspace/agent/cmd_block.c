// SPDX-License-Identifier: BSD-2-Clause
/* hedgerow block, hedgerow allow: the operator's lists, by the name the command is called with. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "attach.h"
#include "clock.h"
#include "commands.h"
#include "lists.h"
#include "log.h"

struct texts {
	char **text;
	size_t count, room;
};

static void texts_free(struct texts *t)
{
	for (size_t i = 0; i < t->count; i++)
		free(t->text[i]);
	free(t->text);
}

static int texts_add(struct texts *t, const char *text, size_t length)
{
	if (t->count == t->room) {
		size_t room = t->room ? 2 * t->room : 64;
		char **grown = realloc(t->text, room * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		t->text = grown;
		t->room = room;
	}
	t->text[t->count] = strndup(text, length);
	return t->text[t->count++] ? 0 : -ENOMEM;
}

/* One address or network a line; what follows # is a comment. */
static int texts_read(struct texts *t, const char *path)
{
	FILE *file = strcmp(path, "-") ? fopen(path, "re") : stdin;
	char *line = NULL;
	size_t size = 0;
	int err = 0;

	if (!file) {
		log_error("%s: %s", path, strerror(errno));
		return -EIO;
	}
	while (!err && getline(&line, &size, file) >= 0) {
		char *start = line + strspn(line, " \t");
		size_t length = strcspn(start, "# \t\r\n");
		const char *rest = start + length + strspn(start + length, " \t\r\n");

		if (*rest && *rest != '#')
			length = strcspn(start, "#\r\n"); /* two words are none: let the parser name both */
		if (length)
			err = texts_add(t, start, length);
	}
	if (ferror(file) || err) {
		log_error("%s: cannot be read", path);
		err = -EIO;
	}
	if (file != stdin)
		fclose(file);
	free(line);
	return err;
}

static void entry_print(void *context, const char *cidr, const struct list_entry *entry)
{
	__u64 now = *(const __u64 *)context;

	printf("%-43s  %12llu packets  ", cidr, (unsigned long long)entry->packets);
	if (!entry->expires_ns)
		printf("for good\n");
	else if (entry->expires_ns > now)
		printf("for %llu s more\n", (unsigned long long)((entry->expires_ns - now) / SECOND_NS));
	else
		printf("expired\n");
}

static int file_add(const struct datapath *dp, enum list list, const char *path, __u64 expires_ns)
{
	struct texts t = { 0 };
	int err = texts_read(&t, path);

	if (!err)
		err = list_add(dp, list, (const char *const *)t.text, t.count, expires_ns);
	if (!err)
		printf("%zu entries\n", t.count);
	texts_free(&t);
	return err;
}

static int list_command(const struct datapath *dp, enum list list, char **operand, int count, __u64 expires_ns)
{
	const char *const *cidrs = (const char *const *)operand + 1;
	__u64 now = clock_monotonic_ns();

	if (!strcmp(operand[0], "add"))
		return list_add(dp, list, cidrs, count - 1, expires_ns);
	if (!strcmp(operand[0], "del"))
		return list_delete(dp, list, cidrs, count - 1);
	if (!strcmp(operand[0], "load"))
		return file_add(dp, list, operand[1], expires_ns);
	return list_walk(dp, list, entry_print, &now);
}

static bool operands_fit(char **operand, int count)
{
	if (count < 1)
		return false;
	if (!strcmp(operand[0], "add") || !strcmp(operand[0], "del"))
		return count > 1;
	return !strcmp(operand[0], "load") ? count == 2 : !strcmp(operand[0], "list") && count == 1;
}

int cmd_block(int argc, char **argv)
{
	enum list list = strcmp(argv[0], list_names[LIST_ALLOW]) ? LIST_BLOCK : LIST_ALLOW;
	struct datapath dp = datapath_none();
	unsigned long long for_ns = 0;
	const char *iface = NULL;
	int verbose = 0, first, err;
	char usage[160];
	const struct option_row rows[] = {
		{ "for", 0, OPTION_SECONDS, &for_ns, "TIME", "entries added now expire after it" },
		{ "iface", 'i', OPTION_STRING, &iface, "IF", "the interface, where more than one has tables" },
		VERBOSE_OPTION_ROW(verbose),
		{ 0 },
	};

	snprintf(usage, sizeof(usage), "Usage: hedgerow %s add CIDR... [--for TIME] | del CIDR... | list | load FILE|-",
		 list_names[list]);
	first = command_options(rows, &verbose, usage, argc, argv);
	if (first < 0)
		return command_status(first);
	if (!operands_fit(argv + first, argc - first)) {
		log_error("%s: wanted `add CIDR...`, `del CIDR...`, `list` or `load FILE`%s%s%s", argv[0],
			  first < argc ? ", given '" : "", first < argc ? argv[first] : "", first < argc ? "'" : "");
		return 2;
	}
	if (datapath_choose(&dp, iface))
		return 1;
	err = list_command(&dp, list, argv + first, argc - first, for_ns ? clock_monotonic_ns() + for_ns : 0);
	datapath_close(&dp);
	return err ? 1 : 0;
}
