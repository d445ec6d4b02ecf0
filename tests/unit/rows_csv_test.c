// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "clock.h"
#include "dataset.h"
#include "flow_text.h"
#include "rows_csv.h"

static char why[256];
static struct feature_choice all; /* set up by main() */

/* 10.0.0.9:40000 is the initiator and, as the greater pair, end 1 of the key. */
static struct flow_record record_tcp(void)
{
	struct flow_record r = { .flow = { .initiator = 1, .first_ns = 5, .packets = { 3, 2 } } };

	r.key.l4_proto = IPPROTO_TCP;
	r.key.addr[0][2] = r.key.addr[1][2] = bpf_htonl(0xffff);
	r.key.addr[0][3] = bpf_htonl(0x0a000001);
	r.key.addr[1][3] = bpf_htonl(0x0a000009);
	r.key.port[0] = bpf_htons(80);
	r.key.port[1] = bpf_htons(40000);
	return r;
}

static void written_rows_are_read_back(void **state)
{
	struct flow_record record = record_tcp();
	struct features x = { 0 };
	struct row row = { .time_ns = 1732150000123456789ull, .packets = 5, .record = &record, .feature = x.value,
			   .features = &all };
	char path[] = "/tmp/rows.XXXXXX";
	const char *paths[] = { path };
	struct dataset_options options = { 0 };
	struct dataset data = { 0 };
	FILE *file = fdopen(mkstemp(path), "w");
	char text[IP_TEXT_SIZE];

	(void)state;
	for (int i = 0; i < FEATURE_COUNT; i++)
		x.value[i] = FEATURE_MAX - i;
	rows_csv_write_header(file, &all);
	rows_csv_write(file, &row);
	record.flow.model_id = 0xbadcafe;
	record.flow.score = -7;
	record.key.vlan[0] = 10;
	record.key.vlan[1] = 20;
	rows_csv_write(file, &row);
	fclose(file);
	if (dataset_load(&data, paths, 1, &options, why, sizeof(why)))
		fail_msg("%s", why);
	unlink(path);
	assert_int_equal(data.rows, 2);
	for (int i = 0; i < FEATURE_COUNT; i++)
		assert_int_equal(dataset_row(&data, 1)[i], FEATURE_MAX - i);
	assert_int_equal(data.packets[0], 5);
	assert_string_equal(ip_address_print(&data.source_address[data.source[0]], text), "10.0.0.9");
	assert_true(data.time[0] > 1732150000.123455 && data.time[0] < 1732150000.123457);
	dataset_free(&data);
}

static void row_reads_as_documented(void **state)
{
	struct flow_record record = record_tcp();
	struct features x = { 0 };
	struct row row = { .time_ns = 1732150000000000999ull, .packets = 5, .record = &record, .feature = x.value,
			   .features = &all };
	char *text = NULL, wanted[128];
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	record.flow.model_id = 0xbadcafe;
	record.flow.score = -7;
	record.flow.verdict = VERDICT_DROP_ONCE;
	record.flow.reason = REASON_DESTINATION;
	row.one_way = ONE_WAY_EVER;
	record.key.vlan[0] = 10;
	record.key.vlan[1] = 20;
	rows_csv_write(out, &row);
	fclose(out);
	snprintf(wanted, sizeof(wanted), "%" PRIu64 ",1732150000.000000,10.0.0.9,40000,10.0.0.1,80,6,10.20,5,0,",
		 flow_id(&record));
	assert_memory_equal(text, wanted, strlen(wanted));
	assert_non_null(strstr(text, ",0,-7,drop_once,destination,0badcafe,unseen\n"));
	free(text);
}

/* The 10th field of a row whose flow has so many packets. */
static void number_check(uint64_t v)
{
	struct flow_record record = record_tcp();
	struct features x = { 0 };
	struct row row = { .packets = v, .record = &record, .feature = x.value, .features = &all };
	char *text = NULL, wanted[32], *at;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	rows_csv_write(out, &row);
	fclose(out);
	at = text;
	for (int i = 0; i < 8; i++)
		at = strchr(at, ',') + 1;
	snprintf(wanted, sizeof(wanted), "%" PRIu64 ",", v);
	if (strncmp(at, wanted, strlen(wanted)))
		fail_msg("%" PRIu64 " is written as %.24s", v, at);
	free(text);
}

static void numbers_of_any_size_are_written(void **state)
{
	uint64_t power = 1;

	(void)state;
	for (uint64_t v = 0; v < 3000; v++)
		number_check(v);
	for (int digits = 1; digits <= 20; digits++, power *= 10) {
		number_check(power - 1);
		number_check(power);
		number_check(power + 1);
		number_check(power * 7 + power / 3);
	}
	number_check(UINT64_MAX);
}

static void flow_id_stays_for_life_and_differs_between_lives(void **state)
{
	struct flow_record a = record_tcp(), b = a;

	(void)state;
	b.flow.packets[0] = 100;
	b.flow.last_ns = 77;
	b.flow.verdict = VERDICT_DROP;
	assert_true(flow_id(&a) == flow_id(&b));
	b.flow.first_ns++;
	assert_true(flow_id(&a) != flow_id(&b));
	b = a;
	b.flow.isn[0]++;
	assert_true(flow_id(&a) != flow_id(&b));
	b = a;
	b.key.port[0]++;
	assert_true(flow_id(&a) != flow_id(&b));
	assert_true(flow_id(&a) < 1ull << 53);
}

static void icmp_shows_its_values_in_one_order(void **state)
{
	struct flow_record r = record_tcp();
	struct flow_text a, b;

	(void)state;
	r.key.l4_proto = IPPROTO_ICMP;
	flow_text_fill(&a, &r.key, 0);
	flow_text_fill(&b, &r.key, 1);
	assert_int_equal(a.src_port, 80);
	assert_int_equal(b.src_port, 80);
	assert_string_equal(a.src_ip, b.dest_ip);
	assert_string_equal(a.proto, "ICMP");
}

static int append(const char *path, const char *before, char *after, size_t size)
{
	FILE *file = fopen(path, "w"), *out = NULL;
	int err;

	fputs(before, file);
	fclose(file);
	err = rows_csv_append(&out, path, NULL, why, sizeof(why));
	if (!err)
		fclose(out);
	file = fopen(path, "r");
	after[fread(after, 1, size - 1, file)] = 0;
	fclose(file);
	return err;
}

static void rows_are_added_only_to_rows(void **state)
{
	char path[] = "/tmp/rows.XXXXXX", first[4096], after[4096], cut[4128];

	(void)state;
	close(mkstemp(path));
	assert_int_equal(append(path, "", first, sizeof(first)), 0);
	assert_non_null(strstr(first, "flow_id,time,src_ip"));
	assert_int_equal(append(path, first, after, sizeof(after)), 0);
	assert_string_equal(first, after); /* no second header */
	assert_int_equal(append(path, "a,b\n1,2\n", after, sizeof(after)), -EINVAL);
	assert_string_equal(after, "a,b\n1,2\n");
	assert_non_null(strstr(why, "other columns"));
	snprintf(cut, sizeof(cut), "%s12,13", first);
	assert_int_equal(append(path, cut, after, sizeof(after)), -EINVAL);
	assert_non_null(strstr(why, "middle of a row"));
	unlink(path);
	assert_int_equal(rows_csv_append(&(FILE *){ NULL }, "/nowhere/rows.csv", NULL, why, sizeof(why)), -ENOENT);
}

static void times_read_as_eve_has_them(void **state)
{
	char text[CLOCK_TEXT_SIZE];
	uint64_t monotonic = clock_monotonic_ns(), unix_ns = clock_unix_ns();

	(void)state;
	assert_string_equal(clock_print(1732150000123456789ull, text), "2024-11-21T00:46:40.123456+0000");
	assert_true(clock_unix_from_monotonic(monotonic) - unix_ns + 1000000000 < 2000000000);
}

static void labelled_row_is_read_back_whatever_it_is_called(void **state)
{
	struct flow_record record = record_tcp();
	struct features x = { 0 };
	struct row_tail tail;
	struct row row = { .packets = 5, .record = &record, .feature = x.value, .features = &all,
			   .tail = &tail };
	char path[] = "/tmp/rows.XXXXXX";
	const char *paths[] = { path };
	struct dataset_options options = { .labels_required = true };
	struct dataset data = { 0 };
	FILE *file = fdopen(mkstemp(path), "w");

	(void)state;
	rows_csv_write_header_labelled(file, &all);
	rows_csv_tail_fill(&tail, "malicious", "a \"scan\", slow", "of, commas\n.pcap");
	rows_csv_write(file, &row);
	fclose(file);
	if (dataset_load(&data, paths, 1, &options, why, sizeof(why)))
		fail_msg("%s", why);
	unlink(path);
	assert_int_equal(data.label[0], LABEL_MALICIOUS);
	assert_string_equal(data.attack_name[data.attack[0]], "a \"scan\", slow");
	dataset_free(&data);
}

/* Only the columns asked for, in the list's order; what is not there reads 0. */
static void chosen_columns_alone_are_written(void **state)
{
	struct flow_record record = record_tcp();
	struct features x = { 0 };
	struct feature_choice few;
	struct row row = { .packets = 5, .record = &record, .feature = x.value, .features = &few };
	char path[] = "/tmp/rows.XXXXXX";
	const char *paths[] = { path };
	bool used[FEATURE_COUNT];
	struct dataset_options options = { .feature_used = used };
	struct dataset data = { 0 };
	FILE *file = fdopen(mkstemp(path), "w");

	(void)state;
	assert_int_equal(feature_choice_parse("pace,bpk,fpk", &few, why, sizeof(why)), 0);
	feature_choice_mark(&few, used);
	for (int i = 0; i < FEATURE_COUNT; i++)
		x.value[i] = 1000 + i;
	rows_csv_write_header(file, &few);
	rows_csv_write(file, &row);
	fclose(file);
	if (dataset_load(&data, paths, 1, &options, why, sizeof(why)))
		fail_msg("%s", why);
	for (int i = 0; i < FEATURE_COUNT; i++)
		assert_int_equal(dataset_row(&data, 0)[i], used[i] ? 1000 + i : 0);
	dataset_free(&data);
	used[FEATURE_dport] = true;
	assert_int_equal(dataset_load(&data, paths, 1, &options, why, sizeof(why)), -EINVAL);
	assert_non_null(strstr(why, "no column 'dport'"));
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(written_rows_are_read_back),
		cmocka_unit_test(chosen_columns_alone_are_written),
		cmocka_unit_test(row_reads_as_documented),
		cmocka_unit_test(labelled_row_is_read_back_whatever_it_is_called),
		cmocka_unit_test(numbers_of_any_size_are_written),
		cmocka_unit_test(flow_id_stays_for_life_and_differs_between_lives),
		cmocka_unit_test(icmp_shows_its_values_in_one_order),
		cmocka_unit_test(rows_are_added_only_to_rows),
		cmocka_unit_test(times_read_as_eve_has_them),
	};

	feature_choice_parse("all", &all, why, sizeof(why));
	return cmocka_run_group_tests_name("rows_csv", tests, NULL, NULL);
}
