// SPDX-License-Identifier: BSD-2-Clause
/* Whom the guard finds in the files of the system: gateways and sessions from afar, nobody else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utmpx.h>
#include "guard_find.h"
#include "lists.h"
#include "safety_state.h"

static char folder[] = "/tmp/guard_find_test.XXXXXX";
static struct list_items items;

static void file_write(const char *name, const void *data, size_t size)
{
	char path[PATH_MAX];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, size, file), size);
	fclose(file);
}

static void file_delete(const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	unlink(path);
}

static const char *found(void)
{
	static char all[512];

	all[0] = 0;
	for (size_t i = 0; i < items.count; i++) {
		char text[IP_TEXT_SIZE];

		snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s %s", i ? ", " : "",
			 list_key_print(&items.item[i].key, text), items.item[i].entry.reason);
	}
	items_free(&items);
	return all;
}

static void default_gateways_of_both_families_are_found(void **state)
{
	static const char four[] = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
				   "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
				   "eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
				   "eth1\t0000000A\t010200C6\t0003\t0\t0\t0\t000000FF\t0\t0\t0\n";
	static const char six[] = "00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
				  "20010db8000000000000000000000001 00000400 00000001 00000000 00450003 eth0\n"
				  "20010db8000000000000000000000000 40 00000000000000000000000000000000 00 "
				  "00000000000000000000000000000000 00000100 00000001 00000000 00000001 eth0\n";

	(void)state;
	file_write("route", four, sizeof(four) - 1);
	file_write("ipv6_route", six, sizeof(six) - 1);
	guard_find_gateways(folder, &items);
	assert_string_equal(found(), "192.0.2.1/32 default gateway, 2001:db8::1/128 default gateway");
	file_delete("route");
	file_delete("ipv6_route");
	guard_find_gateways(folder, &items); /* no such files */
	assert_string_equal(found(), "");
}

static void sessions_from_afar_are_found_in_utmp(void **state)
{
	struct utmpx entries[4] = { { .ut_type = USER_PROCESS }, { .ut_type = USER_PROCESS }, { .ut_type = DEAD_PROCESS },
				    { .ut_type = USER_PROCESS } }; /* the last: on the console */
	char path[PATH_MAX];

	(void)state;
	entries[0].ut_addr_v6[0] = inet_addr("198.51.100.7");
	inet_pton(AF_INET6, "2001:db8::7", entries[1].ut_addr_v6);
	entries[2].ut_addr_v6[0] = inet_addr("198.51.100.8");
	file_write("utmp", entries, sizeof(entries));
	snprintf(path, sizeof(path), "%s/utmp", folder);
	guard_find_utmp(path, &items);
	assert_string_equal(found(), "198.51.100.7/32 login session, 2001:db8::7/128 login session");
	file_delete("utmp");
}

static void sessions_from_afar_are_found_with_logind_and_in_the_environment(void **state)
{
	static const char remote[] = "UID=0\nREMOTE=1\nREMOTE_HOST=198.51.100.9\nSERVICE=sshd\n";
	static const char local[] = "UID=0\nREMOTE=0\nSEAT=seat0\n", named[] = "REMOTE_HOST=desk.example.net\n";

	(void)state;
	file_write("1", remote, sizeof(remote) - 1);
	file_write("2", local, sizeof(local) - 1);
	file_write("3", named, sizeof(named) - 1);
	guard_find_logind(folder, &items);
	assert_string_equal(found(), "198.51.100.9/32 login session");
	for (int i = 1; i < 4; i++)
		file_delete((char[]){ '0' + i, 0 });
	guard_find_connection("fe80::1%eth0 40000 fe80::2 22", &items);
	guard_find_connection("127.0.0.1 40000 127.0.0.1 22", &items);
	guard_find_connection(NULL, &items);
	assert_string_equal(found(), "fe80::1/128 login session");
}

/* A share of .02 for a quarter of an hour makes .08 the bound; before that the absolute one holds. */
static void the_last_hour_narrows_the_breakers_bound(void **state)
{
	struct breaker_history h = { 0 };
	struct safety s = { 0 };
	__u32 limit = 0;

	(void)state;
	for (__u64 minute = 100; minute < 109; minute++) {
		limit = breaker_history_limit(&h, &s, minute * 60 * SECOND_NS, 200);
		s.judged_ever += 1000;
		s.condemned_ever += 20;
	}
	assert_int_equal(limit, 200);
	for (__u64 minute = 109; minute < 115; minute++) {
		limit = breaker_history_limit(&h, &s, minute * 60 * SECOND_NS, 200);
		s.judged_ever += 1000;
		s.condemned_ever += 20;
	}
	assert_int_equal(limit, 80);
	s.judged_ever += 1000000; /* a good minute */
	assert_int_equal(breaker_history_limit(&h, &s, 115 * 60 * SECOND_NS, 200), BREAKER_LEAST_PERMILLE);
	assert_int_equal(breaker_history_limit(&h, &s, 300 * 60 * SECOND_NS, 200), 200); /* three silent hours */
}

static int folder_make(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int folder_drop(void **state)
{
	(void)state;
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(default_gateways_of_both_families_are_found),
		cmocka_unit_test(sessions_from_afar_are_found_in_utmp),
		cmocka_unit_test(sessions_from_afar_are_found_with_logind_and_in_the_environment),
		cmocka_unit_test(the_last_hour_narrows_the_breakers_bound),
	};

	return cmocka_run_group_tests_name("guard_find", tests, folder_make, folder_drop);
}
