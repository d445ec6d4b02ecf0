// SPDX-License-Identifier: BSD-2-Clause
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "ip_prefix.h"
#include "list_expiry.h"
#include "list_file.h"
#include "lists.h"
#include "log.h"

#define IPV4_BITS 96 /* an IPv4 prefix has so many before its own */

struct reader {
	const char *name; /* of the file; NULL: text from the command line */
	unsigned int line;
	bool in_elements; /* between the braces of nftables' elements */
	bool in_nft;	  /* a table of nftables surrounds them */
	const struct list_defaults *defaults;
	struct list_items *items;
	size_t expired;
	size_t cut;	       /* reasons that were, or lost letters */
	unsigned int first_cut; /* the line of the first of them, */
	char cut_to[LIST_REASON_SIZE]; /* and what is left of it */
};

/* One line of complaint about `text`. Returns -EINVAL. */
static int refuse(const struct reader *r, const char *text, const char *why)
{
	if (r->name)
		log_error("%s:%u: '%.80s' %s", r->name, r->line, text, why);
	else
		log_error("'%.80s' %s", text, why);
	return -EINVAL;
}

static int no_address(const struct reader *r, const char *text)
{
	if (strchr(text, '-'))
		return refuse(r, text, "is no address, network or range, wanted e.g. 192.0.2.1, 192.0.2.0/24, 192.0.2.4-192.0.2.11 or "
			      "2001:db8::/32");
	return refuse(r, text, "is no address or network, wanted e.g. 192.0.2.1, 192.0.2.0/24 or 2001:db8::/32");
}

int list_reason_put(const char *reason, struct list_entry *entry)
{
	size_t length = strlen(reason);

	for (const char *c = reason; *c; c++)
		if (!isprint((unsigned char)*c))
			length = LIST_REASON_SIZE;
	if (length >= LIST_REASON_SIZE) {
		log_error("the reason '%s' will not do, wanted at most %d printable ASCII characters", reason,
			  LIST_REASON_SIZE - 1);
		return -EINVAL;
	}
	memset(entry->reason, 0, sizeof(entry->reason));
	memcpy(entry->reason, reason, length);
	return 0;
}

/* The words of others are cut to size, not refused; cut_tell() says so. */
static void reason_cut(struct reader *r, const char *reason, struct list_entry *entry)
{
	snprintf(entry->reason, sizeof(entry->reason), "%s", reason);
	for (char *c = entry->reason; *c; c++)
		if (!isprint((unsigned char)*c))
			*c = '?';
	if (!strcmp(entry->reason, reason) || r->cut++)
		return;
	r->first_cut = r->line;
	memcpy(r->cut_to, entry->reason, sizeof(r->cut_to));
}

static void cut_tell(const struct reader *r)
{
	if (r->cut && !r->name)
		log_warn("of the reason no more than '%s' is kept: there is room for %d printable ASCII characters", r->cut_to, LIST_REASON_SIZE - 1);
	else if (r->cut)
		log_warn("%s: %zu reason%s did not fit into %d printable ASCII characters; of the first, in line %u, '%s' is kept",
			 r->name, r->cut, r->cut == 1 ? "" : "s", LIST_REASON_SIZE - 1, r->first_cut, r->cut_to);
}

static char *trim(char *text)
{
	size_t length;

	text += strspn(text, " \t\r\n");
	length = strlen(text);
	while (length && strchr(" \t\r\n", text[length - 1]))
		text[--length] = 0;
	return text;
}

/* Cuts the first word off *rest; a word in quotes is what they enclose. NULL at the end. */
static char *word_next(char **rest)
{
	char *word = *rest + strspn(*rest, " \t");
	const char *ends = " \t";

	if (!*word)
		return NULL;
	if (*word == '"') {
		word++;
		ends = "\"";
	}
	*rest = word + strcspn(word, ends);
	if (**rest)
		*(*rest)++ = 0;
	return word;
}

static bool prefix_covers_ipv4(const struct ip_prefix *p)
{
	struct ip_address any;

	if (p->bits > IPV4_BITS)
		return false;
	ip_address_parse("0.0.0.0", &any);
	return ip_prefix_covers(p, &any);
}

static int item_add(struct reader *r, const char *text, const struct ip_prefix *p, const struct list_entry *entry)
{
	struct list_item *item;

	if (r->defaults->all_would && prefix_covers_ipv4(p)) {
		char why[224];

		snprintf(why, sizeof(why), "covers every IPv4 address%s and would %s; %s",
			 p->bits ? "" : ", every IPv6 address", r->defaults->all_would,
			 r->defaults->or_else ? r->defaults->or_else : "if that is meant, add --force");
		return refuse(r, text, why);
	}
	if (entry->expires_ns == 1) {
		r->expired++;
		return 0;
	}
	item = items_add(r->items);
	if (!item)
		return refuse(r, "", "is one entry more than memory has room for");
	item->key = list_key_from_prefix(p);
	item->entry = *entry;
	return 0;
}

static unsigned __int128 number_of(const struct ip_address *a)
{
	unsigned __int128 n = 0;

	for (size_t i = 0; i < sizeof(a->byte); i++)
		n = n << 8 | a->byte[i];
	return n;
}

static struct ip_prefix prefix_of_number(unsigned __int128 n, unsigned int bits)
{
	struct ip_prefix p = { .bits = bits };

	for (int i = sizeof(p.address.byte) - 1; i >= 0; i--, n >>= 8)
		p.address.byte[i] = n;
	return p;
}

/* The fewest networks that make up the range. */
static int range_add(struct reader *r, const char *text, unsigned __int128 at, unsigned __int128 end,
		     const struct list_entry *entry)
{
	for (;;) {
		unsigned __int128 size = 1;
		unsigned int bits = 128;
		struct ip_prefix p;
		int err;

		while (bits > 1 && !(at & size) && at + (2 * size - 1) <= end && at + (2 * size - 1) > at) {
			size *= 2;
			bits--;
		}
		p = prefix_of_number(at, bits);
		err = item_add(r, text, &p, entry);
		if (err || end - at < size)
			return err;
		at += size;
	}
}

/* "a-b": returns 0, or -EINVAL when it is no range. */
static int range_parse(const char *text, unsigned __int128 *first, unsigned __int128 *last)
{
	const char *dash = strchr(text, '-');
	struct ip_address from, to;
	char begin[IP_TEXT_SIZE];

	if ((size_t)(dash - text) >= sizeof(begin))
		return -EINVAL;
	snprintf(begin, sizeof(begin), "%.*s", (int)(dash - text), text);
	if (ip_address_parse(begin, &from) || ip_address_parse(dash + 1, &to) || !strchr(begin, ':') != !strchr(dash, ':'))
		return -EINVAL;
	*first = number_of(&from);
	*last = number_of(&to);
	return *first <= *last ? 0 : -EINVAL;
}

/* An address, network or range with its entry. */
static int where_add(struct reader *r, const char *where, const struct list_entry *entry)
{
	unsigned __int128 first, last;
	char why[IP_TEXT_SIZE + 96], whole[IP_TEXT_SIZE];
	struct ip_prefix p;
	bool cut;

	if (strchr(where, '-'))
		return range_parse(where, &first, &last) ? no_address(r, where) : range_add(r, where, first, last, entry);
	if (ip_prefix_parse(where, &p, &cut))
		return no_address(r, where);
	if (cut) {
		snprintf(why, sizeof(why), "has bits behind its prefix; the network is %s, the address alone has no /",
			 ip_prefix_print(&p, whole));
		return refuse(r, where, why);
	}
	return item_add(r, where, &p, entry);
}

/* What may follow the address in ipset's and nftables' lines. */
static int words_take(struct reader *r, const char *whole, char *rest, struct list_entry *entry)
{
	for (char *word; (word = word_next(&rest));) {
		char *value = word_next(&rest);

		if (!strcmp(word, "comment") && value)
			reason_cut(r, value, entry);
		else if ((!strcmp(word, "timeout") || !strcmp(word, "expires")) && value) {
			if (list_expiry_parse(value, &entry->expires_ns))
				return refuse(r, value, "is no time, wanted e.g. 90, 1h30m or 2d");
		} else if (!(!strcmp(word, "packets") || !strcmp(word, "bytes")) || !value) {
			return no_address(r, whole);
		}
	}
	return 0;
}

/* "192.0.2.0/24", with or without "timeout 1h" and "comment …" behind it. */
static int element_add(struct reader *r, char *text)
{
	struct list_entry entry = { .expires_ns = r->defaults->expires_ns };
	char *rest = text, *where, *whole;
	int err;

	if (r->defaults->reason)
		reason_cut(r, r->defaults->reason, &entry);
	if (!strpbrk(text, " \t"))
		return where_add(r, text, &entry);
	whole = strdup(text);
	where = word_next(&rest);
	err = !whole ? -ENOMEM : !where ? no_address(r, text) : words_take(r, whole, rest, &entry);
	if (!err)
		err = where_add(r, where, &entry);
	free(whole);
	return err;
}

/* address,expires,reason; the last two may be empty or missing. */
static int cells_add(struct reader *r, char *text)
{
	struct list_entry entry = { .expires_ns = r->defaults->expires_ns };
	char *where = trim(strsep(&text, ",")), *expires = text ? trim(strsep(&text, ",")) : "";
	char *reason = text ? trim(text) : "";
	size_t length = strlen(reason);

	if (!strcmp(where, "address") || !strcmp(where, "network") || !strcmp(where, "cidr") || !strcmp(where, "ip"))
		return r->items->count || r->expired ? no_address(r, where) : 0; /* the heading */
	if (length > 1 && reason[0] == '"' && reason[length - 1] == '"') {
		reason[length - 1] = 0;
		reason++;
	}
	if (*reason || r->defaults->reason)
		reason_cut(r, *reason ? reason : r->defaults->reason, &entry);
	if (*expires && list_expiry_parse(expires, &entry.expires_ns))
		return refuse(r, expires, "is no time, wanted e.g. 90, 1h30m, never or 2026-01-01T00:00:00Z");
	return where_add(r, where, &entry);
}

/* What lies between the braces, which may close on this line or on a later one. */
static int elements_take(struct reader *r, char *text)
{
	while (*text) {
		bool quoted = false;
		char *end = text, mark;
		int err;

		for (; *end && (quoted || !strchr(",}", *end)); end++)
			quoted ^= *end == '"';
		mark = *end;
		*end = 0;
		text = trim(text);
		err = *text ? element_add(r, text) : 0;
		if (err)
			return err;
		if (mark == '}')
			r->in_elements = false;
		if (mark != ',')
			return 0; /* what follows the brace is another statement's closing */
		text = end + 1;
	}
	return 0;
}

static bool word_is(const char *text, const char *const *words)
{
	size_t length = strcspn(text, " \t=;{");

	for (; *words; words++)
		if (strlen(*words) == length && !strncmp(text, *words, length))
			return true;
	return false;
}

/* True for what surrounds entries in the files of ipset and nftables. */
static bool line_is_frame(struct reader *r, const char *text)
{
	static const char *const opening[] = { "table", "set", NULL };
	static const char *const ipset[] = { "create", "flush", "destroy", "COMMIT", NULL };
	static const char *const nft[] = { "type", "typeof", "flags", "size", "timeout", "gc-interval", "auto-merge",
					   "policy", "counter", "comment", "}", NULL };

	if (word_is(text, opening) && strchr(text, '{')) {
		r->in_nft = true;
		return true;
	}
	return word_is(text, ipset) || (r->in_nft && word_is(text, nft));
}

/* A line of its own: an address, network or range, and what goes with it. */
static int entry_take(struct reader *r, char *text)
{
	return strchr(text, ',') ? cells_add(r, text) : element_add(r, text);
}

/* "add SET ENTRY …" of ipset, or "add element … { … }" of nftables. */
static int add_take(struct reader *r, char *text)
{
	char *brace = strchr(text, '{'), *rest = text;

	word_next(&rest);
	if (brace && rest && !strncmp(rest + strspn(rest, " \t"), "element", strlen("element"))) {
		r->in_elements = true;
		return elements_take(r, brace + 1);
	}
	word_next(&rest);
	return element_add(r, trim(rest));
}

static int line_take(struct reader *r, char *text)
{
	static const char *const elements[] = { "elements", NULL }, *const add[] = { "add", "-A", NULL };
	char *hash = strchr(text, '#');

	if (hash)
		*hash = 0;
	text = trim(text);
	if (!*text)
		return 0;
	if (r->in_elements)
		return elements_take(r, text);
	if (isdigit((unsigned char)*text)) /* as most lines begin, and none of these words */
		return entry_take(r, text);
	if (word_is(text, elements) && strchr(text, '{')) {
		r->in_elements = true;
		return elements_take(r, strchr(text, '{') + 1);
	}
	if (word_is(text, add))
		return add_take(r, text);
	if (line_is_frame(r, text))
		return 0;
	return entry_take(r, text);
}

/* The mark that editors of other systems begin a file with. */
static char *mark_skip(const struct reader *r, char *line)
{
	static const char mark[] = "\xef\xbb\xbf";

	return r->line == 1 && !strncmp(line, mark, strlen(mark)) ? line + strlen(mark) : line;
}

int list_file_read(FILE *in, const char *name, const struct list_defaults *defaults, struct list_items *items,
		   size_t *expired)
{
	struct reader r = { .name = name, .defaults = defaults, .items = items };
	char *line = NULL;
	size_t size = 0;
	ssize_t length;
	int err = 0;

	while (!err && (length = getline(&line, &size, in)) >= 0) {
		r.line++;
		err = strlen(line) == (size_t)length ? line_take(&r, mark_skip(&r, line)) : refuse(&r, line, "goes on behind a zero byte");
	}
	if (!err && ferror(in)) {
		log_error("%s: cannot be read: %s", name, strerror(errno));
		err = -EINVAL;
	}
	if (!err && r.in_elements)
		err = refuse(&r, "}", "is missing at the end of the elements");
	free(line);
	if (!err)
		cut_tell(&r);
	*expired = r.expired;
	return err;
}

int list_text_add(const char *text, const struct list_defaults *defaults, struct list_items *items)
{
	struct reader r = { .defaults = defaults, .items = items };
	char *copy = strdup(text);
	int err = copy ? element_add(&r, trim(copy)) : -ENOMEM;

	if (!err)
		cut_tell(&r);
	free(copy);
	return err;
}
