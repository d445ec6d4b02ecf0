// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "list_entries.h"
#include "log.h"

#define IPV4_BITS 96 /* an IPv4 prefix has so many before its own */

static bool prefix_covers_ipv4(const struct ip_prefix *p)
{
	struct ip_address any;

	ip_address_parse("0.0.0.0", &any);
	return p->bits <= IPV4_BITS && ip_prefix_covers(p, &any);
}

/* `where` goes before the message: "", or file and line. */
static int prefix_read(struct ip_prefix *out, enum list list, bool force, const char *text, const char *where)
{
	char whole[IP_TEXT_SIZE];
	struct ip_prefix p;
	bool cut;

	if (ip_prefix_parse(text, &p, &cut)) {
		log_error("%s'%s' is no address or network, wanted e.g. 192.0.2.1, 192.0.2.0/24 or 2001:db8::/32", where,
			  text);
		return -EINVAL;
	}
	if (cut) {
		log_error("%s'%s' has bits behind its prefix; the network is %s, the address alone has no /", where, text,
			  ip_prefix_print(&p, whole));
		return -EINVAL;
	}
	if (list == LIST_BLOCK && !force && prefix_covers_ipv4(&p)) {
		log_error("%s'%s' would block every IPv4 address%s, your own too; if that is meant, add --force", where, text,
			  p.bits ? "" : " and every IPv6 address");
		return -EINVAL;
	}
	*out = p;
	return 0;
}

static int entries_grow(struct list_entries *e)
{
	int room = e->room ? 2 * e->room : 64;
	struct ip_prefix *grown = e->room > INT_MAX / 4 ? NULL : realloc(e->prefix, room * sizeof(*grown));

	if (!grown) {
		log_error("%d addresses: %s", e->count, strerror(ENOMEM));
		return -ENOMEM;
	}
	e->prefix = grown;
	e->room = room;
	return 0;
}

static int entry_add(struct list_entries *e, enum list list, bool force, const char *text, const char *where)
{
	int err = e->count < e->room ? 0 : entries_grow(e);

	err = err ? err : prefix_read(&e->prefix[e->count], list, force, text, where);
	e->count += !err;
	return err;
}

int list_entries_from_texts(struct list_entries *out, enum list list, bool force, char *const *text, int count)
{
	int err = 0;

	for (int i = 0; i < count && !err; i++)
		err = entry_add(out, list, force, text[i], "");
	return err;
}

/* The line's one word, without its comment; "" for none. Two words are one text, so that the message names both. */
static char *line_trim(char *line)
{
	char *start = line + strspn(line, " \t"), *end = start + strcspn(start, "#\r\n");

	while (end > start && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	*end = 0;
	return start;
}

int list_entries_from_file(struct list_entries *out, enum list list, bool force, const char *path)
{
	bool is_stdin = !strcmp(path, "-");
	const char *name = is_stdin ? "standard input" : path;
	FILE *file = is_stdin ? stdin : fopen(path, "re");
	char *line = NULL, where[PATH_MAX + 16];
	size_t size = 0;
	int err = 0;

	if (!file) {
		err = -errno;
		log_error("%s: %s", path, strerror(-err));
		return err;
	}
	for (unsigned long number = 1; !err && getline(&line, &size, file) >= 0; number++) {
		const char *text = line_trim(line);

		snprintf(where, sizeof(where), "%s:%lu: ", name, number);
		if (*text)
			err = entry_add(out, list, force, text, where);
	}
	if (!err && ferror(file)) {
		err = -EIO;
		log_error("%s: cannot be read: %s", name, strerror(errno));
	}
	if (!is_stdin)
		fclose(file);
	free(line);
	return err;
}
