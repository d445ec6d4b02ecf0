// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>
#include "block_flow_table.h"
#include "blocked_counts.h"
#include "ip_prefix.h"
#include "lists.h"
#include "lists_announce.h"
#include "log.h"
#include "settings_store.h"

const char *const list_names[LIST_COUNT] = {
	[LIST_ALLOW] = "allow",
	[LIST_BLOCK] = "block",
	[LIST_GUARD] = "guard",
};

struct list_key list_key_from_prefix(const struct ip_prefix *p)
{
	struct list_key key = { .prefix_len = p->bits };

	memcpy(key.addr, p->address.byte, sizeof(key.addr));
	return key;
}

const char *list_key_print(const struct list_key *key, char *text)
{
	struct ip_prefix p = { .bits = key->prefix_len };

	memcpy(p.address.byte, key->addr, sizeof(key->addr));
	return ip_prefix_print(&p, text);
}

/* --- changing a list ---------------------------------------------------------- */

static int items_note_expiry(const struct datapath *dp, const struct list_items *items)
{
	__u64 soonest = 0;

	for (size_t i = 0; i < items->count; i++)
		soonest = expiry_sooner(soonest, items->item[i].entry.expires_ns);
	return lists_note_expiry(dp, soonest);
}

/* Builds the list anew beside the one in force; *s then says that it is to be taken. */
static int list_rebuild(const struct datapath *dp, enum list list, const struct list_items *items, struct settings *s)
{
	__u32 changed = s->lists_in_use ^ LISTS_SECOND(list);
	struct list_tables t = list_tables_none();
	int err = list_tables_build(dp, list_tables_index(list, changed), items, &t);

	if (!err)
		err = list_tables_install(dp, &t);
	list_tables_close(&t);
	if (!err)
		s->lists_in_use = changed;
	return err;
}

/* One more item goes into the tables in force, unless they are missing or full. */
static int list_put(const struct datapath *dp, enum list list, const struct list_items *items, const struct settings *s,
		    struct list_replaced *replaced)
{
	struct list_tables t = list_tables_none();
	struct list_entry before;
	struct list_item item;
	int err;

	if (items->count != 1)
		return -ENOSPC;
	err = list_tables_open(dp, list_tables_index(list, s->lists_in_use), &t);
	if (err)
		return -ENOSPC;
	item = *items->item;
	if (!list_tables_find(&t, &item.key, &before))
		list_replaced_add(replaced, &before, &item.entry);
	err = list_tables_put(&t, &item);
	list_tables_close(&t);
	return err == -E2BIG ? -ENOSPC : err;
}

static int list_read_at(const struct datapath *dp, enum list list, __u32 in_use, struct list_items *items)
{
	struct list_tables t = list_tables_none();
	int err = list_tables_open(dp, list_tables_index(list, in_use), &t);

	if (!err)
		err = list_tables_read(&t, items);
	list_tables_close(&t);
	return err == -ENOENT ? 0 : err;
}

/* What is on the list and the new items, of two with one key the new one. */
static int list_extend(const struct datapath *dp, enum list list, const struct list_items *items, struct settings *s,
		       struct list_replaced *replaced)
{
	struct list_items all = { 0 };
	int err = list_read_at(dp, list, s->lists_in_use, &all);

	*replaced = (struct list_replaced){ 0 };
	if (!err)
		err = list_merge(&all, items, replaced);
	if (!err)
		err = list_rebuild(dp, list, &all, s);
	items_free(&all);
	return err;
}

/* `replaced` NULL: the items are the whole list from then on. */
static int list_change(const struct datapath *dp, enum list list, const struct list_items *items, struct list_replaced *replaced)
{
	struct settings s;
	__u32 before;
	int lock = settings_change_begin(dp, &s), err = lock < 0 ? lock : 0;

	if (err)
		goto out;
	before = s.lists_in_use;
	err = items_note_expiry(dp, items);
	if (!err)
		err = replaced ? list_put(dp, list, items, &s, replaced) : -ENOSPC;
	if (err == -ENOSPC)
		err = replaced ? list_extend(dp, list, items, &s, replaced) : list_rebuild(dp, list, items, &s);
	if (err)
		settings_change_end(dp, lock, NULL);
	else
		err = lists_announce(dp, lock, &s);
	if (s.lists_in_use != before) /* packets have changed over, or never will */
		list_tables_remove(dp, list_tables_index(list, err ? s.lists_in_use : before));
out:
	if (err == -E2BIG)
		log_error("%s list: %zu entries given%s, at most %d addresses and as many networks fit; the list is as it was",
			  list_names[list], items->count, replaced ? " to those that are there" : "", LIST_TABLE_MOST);
	else if (err)
		log_error("%s list: %zu entries: %s; the list is as it was", list_names[list], items->count,
			  datapath_strerror(err));
	return err;
}

int list_add(const struct datapath *dp, enum list list, const struct list_items *items, struct list_replaced *replaced)
{
	*replaced = (struct list_replaced){ 0 };
	return items->count ? list_change(dp, list, items, replaced) : 0;
}

int list_replace(const struct datapath *dp, enum list list, const struct list_items *items)
{
	return list_change(dp, list, items, NULL);
}

static int missing_tell(enum list list, const struct list_key *key)
{
	char text[IP_TEXT_SIZE];

	log_error("%s is not on the %s list; `hedgerow %s list` shows it", list_key_print(key, text), list_names[list],
		  list_names[list]);
	return -ENOENT;
}

/* Takes the items off, or puts back what it took when one of them is missing. */
static int items_delete(const struct list_tables *t, enum list list, const struct list_items *items)
{
	struct list_item *taken = calloc(items->count + 1, sizeof(*taken));
	size_t done = 0;
	int err = taken ? 0 : -ENOMEM;

	for (; done < items->count && !err; done += !err) {
		taken[done].key = items->item[done].key;
		err = list_tables_find(t, &taken[done].key, &taken[done].entry) ?:
		      list_tables_delete(t, &taken[done].key);
	}
	if (err == -ENOENT)
		missing_tell(list, &items->item[done].key);
	else if (err)
		log_error("%s list: %s", list_names[list], datapath_strerror(err));
	while (err && done-- > 0)
		list_tables_put(t, &taken[done]);
	free(taken);
	return err;
}

int list_delete(const struct datapath *dp, enum list list, const struct list_items *items)
{
	struct list_tables t = list_tables_none();
	struct settings s;
	int lock = settings_change_begin(dp, &s), err = lock < 0 ? lock : 0;

	if (!err)
		err = list_tables_open(dp, list_tables_index(list, s.lists_in_use), &t);
	if (err == -ENOENT && items->count)
		missing_tell(list, &items->item[0].key);
	else if (err)
		log_error("%s list: %s", list_names[list], datapath_strerror(err));
	else
		err = items_delete(&t, list, items);
	list_tables_close(&t);
	if (lock < 0)
		return err;
	if (err) {
		settings_change_end(dp, lock, NULL);
		return err;
	}
	err = lists_announce(dp, lock, &s);
	if (err)
		log_error("%s list: %s", list_names[list], datapath_strerror(err));
	return err;
}

int list_read(const struct datapath *dp, enum list list, struct list_items *items)
{
	struct settings s;
	int err = settings_read(dp, &s);

	if (!err)
		err = list_read_at(dp, list, s.lists_in_use, items);
	return err || list != LIST_BLOCK ? err : blocked_counts_add(dp, items);
}

int list_count(const struct datapath *dp, enum list list, size_t *count)
{
	struct list_tables t = list_tables_none();
	struct settings s;
	int err = settings_read(dp, &s);

	*count = 0;
	if (!err)
		err = list_tables_open(dp, list_tables_index(list, s.lists_in_use), &t);
	if (!err)
		err = list_tables_count(&t, count);
	list_tables_close(&t);
	return err == -ENOENT ? 0 : err;
}

/* --- what expired ------------------------------------------------------------- */

/* Returns how many entries it deleted, or a negative errno. Sets *next to when the next one expires. */
static int list_expire(const struct datapath *dp, enum list list, __u32 in_use, __u64 now_ns, __u64 *next)
{
	struct list_tables t = list_tables_none();
	struct list_items items = { 0 };
	int err = list_tables_open(dp, list_tables_index(list, in_use), &t), expired = 0;

	if (!err)
		err = list_tables_read(&t, &items);
	for (size_t i = 0; i < items.count && !err; i++) {
		if (!list_entry_holds(&items.item[i].entry, now_ns))
			expired += !list_tables_delete(&t, &items.item[i].key);
		else
			*next = expiry_sooner(*next, items.item[i].entry.expires_ns);
	}
	items_free(&items);
	list_tables_close(&t);
	return err == -ENOENT ? 0 : err ? err : expired;
}

static int expired_delete(const struct datapath *dp, __u32 in_use, __u64 now_ns, __u64 *next)
{
	int expired = block_flows_expire(dp, now_ns, next);

	for (int list = 0; list < LIST_COUNT && expired >= 0; list++) {
		int more = list_expire(dp, list, in_use, now_ns, next);

		expired = more < 0 ? more : expired + more;
	}
	return expired;
}

int lists_expire(const struct datapath *dp, __u64 now_ns)
{
	struct agent_state state;
	struct settings s;
	__u64 next = 0;
	int lock, expired, err = agent_state_read(dp, &state);

	if (err || !state.list_expiry_ns || now_ns < state.list_expiry_ns)
		return err; /* nothing is due: the lists may be long */
	lock = settings_change_begin(dp, &s);
	if (lock < 0)
		return lock;
	expired = expired_delete(dp, s.lists_in_use, now_ns, &next);
	err = expired < 0 ? expired : agent_state_read(dp, &state); /* as it is under the lock */
	if (!err) {
		state.list_expiry_ns = next;
		err = agent_state_write(dp, &state);
	}
	if (expired <= 0)
		settings_change_end(dp, lock, NULL);
	else if (lists_announce(dp, lock, &s) && !err)
		err = -EIO;
	return err ? err : expired;
}
