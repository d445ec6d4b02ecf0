// SPDX-License-Identifier: BSD-2-Clause
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utmpx.h>
#include "guard_find.h"
#include "ip_prefix.h"
#include "list_file.h"
#include "lists.h"

static void address_add(const struct ip_address *address, const char *reason, struct list_items *items)
{
	static const struct ip_address none, loopback = { .byte = { [15] = 1 } };
	struct list_item *item;

	if (!memcmp(address, &none, sizeof(none)) || !memcmp(address, &loopback, sizeof(loopback)))
		return;
	if (list_address_is_ipv4((const __be32 *)address->byte) && (address->byte[12] == 127 || !address->byte[12]))
		return;
	item = items_add(items);
	if (!item)
		return;
	item->key.prefix_len = 128;
	memcpy(item->key.addr, address->byte, sizeof(item->key.addr));
	list_reason_put(reason, &item->entry);
}

static void text_add(const char *text, const char *reason, struct list_items *items)
{
	struct ip_address address;
	char plain[IP_TEXT_SIZE];

	snprintf(plain, sizeof(plain), "%.*s", (int)strcspn(text, "% \n"), text); /* without a scope, as in fe80::1%eth0 */
	if (!ip_address_parse(plain, &address))
		address_add(&address, reason, items);
}

static FILE *file_open(const char *folder, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return fopen(path, "re");
}

static void gateways4_find(FILE *routes, struct list_items *items)
{
	char line[512];

	while (routes && fgets(line, sizeof(line), routes)) {
		unsigned int dest, gateway, mask;
		char text[IP_TEXT_SIZE];

		if (sscanf(line, "%*s %x %x %*x %*d %*d %*d %x", &dest, &gateway, &mask) != 3 || dest || mask || !gateway)
			continue;
		snprintf(text, sizeof(text), "%u.%u.%u.%u", gateway & 255, gateway >> 8 & 255, gateway >> 16 & 255,
			 gateway >> 24);
		text_add(text, GUARD_GATEWAY, items);
	}
}

static void gateways6_find(FILE *routes, struct list_items *items)
{
	char line[512];

	while (routes && fgets(line, sizeof(line), routes)) {
		struct ip_address gateway;
		char hex[33];
		unsigned int bits;

		if (sscanf(line, "%*32s %x %*32s %*x %32[0-9a-f]", &bits, hex) != 2 || bits || strlen(hex) != 32)
			continue;
		for (int i = 0; i < 16; i++) {
			char byte[3] = { hex[2 * i], hex[2 * i + 1] };

			gateway.byte[i] = strtoul(byte, NULL, 16);
		}
		address_add(&gateway, GUARD_GATEWAY, items);
	}
}

void guard_find_gateways(const char *proc_net, struct list_items *items)
{
	FILE *four = file_open(proc_net, "route"), *six = file_open(proc_net, "ipv6_route");

	gateways4_find(four, items);
	gateways6_find(six, items);
	if (four)
		fclose(four);
	if (six)
		fclose(six);
}

/* Four words of which only the first is set hold an IPv4 address. */
static void utmp_add(const struct utmpx *entry, struct list_items *items)
{
	const __s32 *words = entry->ut_addr_v6;
	struct ip_address address;

	if (words[1] | words[2] | words[3]) {
		memcpy(address.byte, words, sizeof(address.byte));
	} else {
		ip_address_parse("0.0.0.0", &address);
		memcpy(address.byte + 12, words, 4);
	}
	address_add(&address, GUARD_SESSION, items);
}

void guard_find_utmp(const char *path, struct list_items *items)
{
	struct utmpx *entry;

	utmpxname(path ? path : UTMPX_FILE);
	setutxent();
	while ((entry = getutxent()))
		if (entry->ut_type == USER_PROCESS)
			utmp_add(entry, items);
	endutxent();
}

void guard_find_logind(const char *folder, struct list_items *items)
{
	DIR *sessions = opendir(folder);
	struct dirent *entry;

	while (sessions && (entry = readdir(sessions))) {
		FILE *session = file_open(folder, entry->d_name);
		char line[512];

		while (session && fgets(line, sizeof(line), session))
			if (!strncmp(line, "REMOTE_HOST=", strlen("REMOTE_HOST=")))
				text_add(line + strlen("REMOTE_HOST="), GUARD_SESSION, items);
		if (session)
			fclose(session);
	}
	if (sessions)
		closedir(sessions);
}

void guard_find_connection(const char *ssh_connection, struct list_items *items)
{
	if (ssh_connection)
		text_add(ssh_connection, GUARD_SESSION, items);
}
