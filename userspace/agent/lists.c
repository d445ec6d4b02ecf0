// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include "ip_prefix.h"
#include "lists.h"
#include "log.h"
#include "settings_store.h"

const char *const list_names[LIST_COUNT] = { [LIST_ALLOW] = "allow", [LIST_BLOCK] = "block" };

static int list_map(const struct datapath *dp, enum list list)
{
	return dp->map[list == LIST_ALLOW ? DATAPATH_ALLOW : DATAPATH_BLOCK];
}

static __u32 list_room(const struct datapath *dp, enum list list)
{
	return dp->max_entries[list == LIST_ALLOW ? DATAPATH_ALLOW : DATAPATH_BLOCK];
}

static __u32 list_bit(enum list list)
{
	return list == LIST_ALLOW ? SETTINGS_ALLOW_LIST : SETTINGS_BLOCK_LIST;
}

static struct list_key key_from_prefix(const struct ip_prefix *p)
{
	struct list_key key = { .prefix_len = p->bits };

	memcpy(key.addr, p->address.byte, sizeof(key.addr));
	return key;
}

/* To be freed. NULL after one logged line. */
static struct list_key *keys_make(const struct ip_prefix *prefixes, int count)
{
	struct list_key *keys = calloc(count ? count : 1, sizeof(*keys));

	for (int i = 0; keys && i < count; i++)
		keys[i] = key_from_prefix(&prefixes[i]);
	if (!keys)
		log_error("%d addresses: %s", count, strerror(errno));
	return keys;
}

/* Calls `each` with every key until it returns other than 0. `each` may delete the key it is called with. */
static int keys_walk(const struct datapath *dp, enum list list, int (*each)(void *context, const struct list_key *key),
		     void *context)
{
	struct list_key key, next;
	int map = list_map(dp, list), err;
	__u32 left = list_room(dp, list);

	if (bpf_map_get_next_key(map, NULL, &key))
		return errno == ENOENT ? 0 : -errno;
	for (; left; left--) {
		int more = !bpf_map_get_next_key(map, &key, &next);

		err = each(context, &key);
		if (err || !more)
			return err;
		key = next;
	}
	return 0;
}

static int key_count(void *context, const struct list_key *key)
{
	(void)key;
	++*(__u32 *)context;
	return 0;
}

/* What the kernel is told of both lists: whether they have entries, and to look again. */
static int lists_announce(const struct datapath *dp, int lock, struct settings *s)
{
	struct settings now = *s;
	struct list_key key;
	int err;

	for (int list = 0; list < LIST_COUNT; list++) {
		if (bpf_map_get_next_key(list_map(dp, list), NULL, &key))
			now.lists_in_use &= ~list_bit(list);
		else
			now.lists_in_use |= list_bit(list);
	}
	err = settings_change_end(dp, lock, &now);
	if (!err && now.lists_in_use == s->lists_in_use)
		err = settings_touch(dp);
	return err;
}

static __u64 sooner(__u64 a, __u64 b)
{
	return !a || (b && b < a) ? b : a;
}

static int expiry_note(const struct datapath *dp, __u64 expires_ns)
{
	struct agent_state state;
	int err = agent_state_read(dp, &state);

	state.list_expiry_ns = err ? 0 : sooner(state.list_expiry_ns, expires_ns);
	return err ? err : agent_state_write(dp, &state);
}

static int entries_add(const struct datapath *dp, enum list list, const struct list_key *keys, int count,
		       __u64 expires_ns)
{
	struct list_entry entry = { .expires_ns = expires_ns };
	__u32 present = 0;
	int err = expires_ns ? expiry_note(dp, expires_ns) : 0;

	if (!err && count > 1) /* a single one goes in or does not */
		err = keys_walk(dp, list, key_count, &present);
	if (!err && present + (__u64)count > list_room(dp, list)) {
		log_error("%s list: holds %u of %u entries, %d more do not fit", list_names[list], present,
			  list_room(dp, list), count);
		return -ENOSPC;
	}
	for (int i = 0; i < count && !err; i++) {
		if (bpf_map_update_elem(list_map(dp, list), &keys[i], &entry, BPF_ANY)) {
			err = -errno;
			log_error("%s list: after %d of %d entries: %s", list_names[list], i, count,
				  datapath_strerror(err));
			for (; i > 0; i--)
				bpf_map_delete_elem(list_map(dp, list), &keys[i - 1]);
		}
	}
	return err;
}

int list_add(const struct datapath *dp, enum list list, const struct ip_prefix *prefixes, int count, __u64 expires_ns)
{
	struct list_key *keys = keys_make(prefixes, count);
	struct settings s;
	int lock, err;

	if (!keys)
		return -ENOMEM;
	err = lock = settings_change_begin(dp, &s);
	if (lock < 0) {
		log_error("%s list: %s", list_names[list], datapath_strerror(lock));
		goto out;
	}
	err = entries_add(dp, list, keys, count, expires_ns);
	if (lists_announce(dp, lock, &s) && !err)
		err = -EIO;
out:
	free(keys);
	return err;
}

struct wanted_keys {
	const struct list_key *keys;
	bool *found;
	int count;
};

static int key_find(void *context, const struct list_key *key)
{
	const struct wanted_keys *w = context;

	for (int i = 0; i < w->count; i++)
		if (!memcmp(&w->keys[i], key, sizeof(*key)))
			w->found[i] = true;
	return 0;
}

/* Logs the first that is not on the list. */
static int keys_require(const struct datapath *dp, enum list list, const struct list_key *keys,
			const struct ip_prefix *prefixes, int count)
{
	char text[IP_TEXT_SIZE];
	struct wanted_keys w = { .keys = keys, .found = calloc(count ? count : 1, sizeof(bool)), .count = count };
	int err = w.found ? keys_walk(dp, list, key_find, &w) : -ENOMEM;

	for (int i = 0; i < count && !err; i++) {
		if (w.found[i])
			continue;
		log_error("%s is not on the %s list; `hedgerow %s list` shows it",
			  ip_prefix_print(&prefixes[i], text), list_names[list], list_names[list]);
		err = -ENOENT;
	}
	free(w.found);
	return err;
}

int list_delete(const struct datapath *dp, enum list list, const struct ip_prefix *prefixes, int count)
{
	struct list_key *keys = keys_make(prefixes, count);
	struct settings s;
	int lock, err;

	if (!keys)
		return -ENOMEM;
	err = lock = settings_change_begin(dp, &s);
	if (lock < 0) {
		log_error("%s list: %s", list_names[list], datapath_strerror(lock));
		goto out;
	}
	err = keys_require(dp, list, keys, prefixes, count);
	if (err) {
		settings_change_end(dp, lock, NULL);
		goto out;
	}
	for (int i = 0; i < count; i++)
		bpf_map_delete_elem(list_map(dp, list), &keys[i]);
	err = lists_announce(dp, lock, &s);
	if (err)
		log_error("%s list: %s", list_names[list], datapath_strerror(err));
out:
	free(keys);
	return err;
}

struct walk {
	int map;
	__u64 now_ns, next_ns; /* of an expiry: when it is, when the next one is due */
	int expired;
	void (*each)(void *context, const char *cidr, const struct list_entry *entry);
	void *context;
};

static int entry_show(void *context, const struct list_key *key)
{
	struct ip_prefix prefix = { .bits = key->prefix_len };
	struct walk *w = context;
	struct list_entry entry;
	char cidr[IP_TEXT_SIZE];

	if (bpf_map_lookup_elem(w->map, key, &entry))
		return errno == ENOENT ? 0 : -errno;
	memcpy(prefix.address.byte, key->addr, sizeof(prefix.address.byte));
	w->each(w->context, ip_prefix_print(&prefix, cidr), &entry);
	return 0;
}

int list_walk(const struct datapath *dp, enum list list,
	      void (*each)(void *context, const char *cidr, const struct list_entry *entry), void *context)
{
	struct walk w = { .map = list_map(dp, list), .each = each, .context = context };

	return keys_walk(dp, list, entry_show, &w);
}

static int entry_expire(void *context, const struct list_key *key)
{
	struct walk *w = context;
	struct list_entry entry;

	if (bpf_map_lookup_elem(w->map, key, &entry) || !entry.expires_ns)
		return 0;
	if (w->now_ns < entry.expires_ns)
		w->next_ns = sooner(w->next_ns, entry.expires_ns);
	else if (!bpf_map_delete_elem(w->map, key))
		w->expired++;
	return 0;
}

int lists_expire(const struct datapath *dp, __u64 now_ns)
{
	struct walk w = { .now_ns = now_ns };
	struct agent_state state;
	struct settings s;
	int lock, err = agent_state_read(dp, &state);

	if (err || !state.list_expiry_ns || now_ns < state.list_expiry_ns)
		return err; /* nothing is due: the lists may be long */
	lock = settings_change_begin(dp, &s);
	if (lock < 0)
		return lock;
	for (int list = 0; list < LIST_COUNT && !err; list++) {
		w.map = list_map(dp, list);
		err = keys_walk(dp, list, entry_expire, &w);
	}
	if (!err)
		err = agent_state_read(dp, &state); /* as it is under the lock */
	if (!err) {
		state.list_expiry_ns = w.next_ns;
		err = agent_state_write(dp, &state);
	}
	if (!w.expired)
		settings_change_end(dp, lock, NULL);
	else if (lists_announce(dp, lock, &s) && !err)
		err = -EIO;
	return err ? err : w.expired;
}
