// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include "dataset.h"
#include "rows_file.h"

static char why[256], path[32];

static int load(struct dataset *out, const struct dataset_options *options)
{
	int err = dataset_load(out, (const char *[]){ path }, 1, options, why, sizeof(why));

	unlink(path);
	return err;
}

static void rows_keep_their_values_labels_and_groups(void **state)
{
	FILE *file = rows_file_create(path);
	char text[IP_TEXT_SIZE];
	struct dataset d;

	(void)state;
	rows_file_header(file, ",label,attack");
	rows_file_row(file, 18446744073709551615ull, "10.9.0.1", "16777215", ",malicious,scan");
	rows_file_row(file, 7, "2001:db8::1", "0", ",benign,");
	rows_file_row(file, 18446744073709551615ull, "10.9.0.1", "3", ",1,scan");
	rows_file_row(file, 7, "10.9.0.1", "3", ",skip,");
	fclose(file);
	assert_int_equal(load(&d, &(struct dataset_options){ .labels_required = true }), 0);
	assert_int_equal(d.rows, 3);
	assert_int_equal(d.skipped, 1);
	assert_true(dataset_row(&d, 0)[FEATURE_COUNT - 1] == 16777215.0f);
	assert_true(dataset_row(&d, 2)[0] == 3.0f);
	assert_int_equal(d.label[0], LABEL_MALICIOUS);
	assert_int_equal(d.label[1], LABEL_BENIGN);
	assert_int_equal(d.flow_count, 2);
	assert_int_equal(d.flow[0], d.flow[2]);
	assert_true(d.flow_id[0] == UINT64_MAX);
	assert_int_equal(d.source_count, 2);
	assert_string_equal(ip_address_print(&d.source_address[d.source[1]], text), "2001:db8::1");
	assert_string_equal(d.attack_name[d.attack[0]], "scan");
	assert_string_equal(d.attack_name[d.attack[1]], "");
	assert_int_equal(d.packets[0], 4);
	assert_true(d.time[0] == 1732150000.25);
	assert_int_equal(d.line[2], 4);
	dataset_free(&d);
}

/* Agents that restart may hand out an id again: another source, another flow. */
static void one_id_from_two_sources_is_two_flows(void **state)
{
	FILE *file = rows_file_create(path);
	struct dataset d;

	(void)state;
	rows_file_header(file, "");
	rows_file_row(file, 1, "10.9.0.1", "1", "");
	rows_file_row(file, 1, "10.9.0.2", "1", "");
	fclose(file);
	assert_int_equal(load(&d, &(struct dataset_options){ 0 }), 0);
	assert_int_equal(d.flow_count, 2);
	dataset_free(&d);
}

static void rows_without_labels_load_when_none_are_required(void **state)
{
	FILE *file = rows_file_create(path);
	struct dataset d;

	(void)state;
	rows_file_header(file, "");
	rows_file_row(file, 1, "10.9.0.1", "1", "");
	fclose(file);
	assert_int_equal(load(&d, &(struct dataset_options){ 0 }), 0);
	assert_int_equal(d.rows, 1);
	assert_int_equal(d.label[0], LABEL_SKIP);
	dataset_free(&d);
}

static void a_labels_file_decides_instead_of_the_column(void **state)
{
	struct label_rule rule = { .label = LABEL_MALICIOUS,
				   .attack = "flood",
				   .dest_port = -1,
				   .start = -INFINITY,
				   .end = INFINITY };
	struct labels labels = { .rule = &rule, .count = 1 };
	FILE *file = rows_file_create(path);
	struct dataset d;

	(void)state;
	assert_int_equal(ip_prefix_parse("10.9.0.0/16", &rule.src, NULL), 0);
	rows_file_header(file, ",label");
	rows_file_row(file, 1, "10.9.0.1", "1", ",benign");
	rows_file_row(file, 2, "10.8.0.1", "1", ",benign");
	fclose(file);
	assert_int_equal(load(&d, &(struct dataset_options){ .labels = &labels, .labels_required = true }), 0);
	assert_int_equal(d.rows, 1);
	assert_int_equal(d.skipped, 1);
	assert_int_equal(d.label[0], LABEL_MALICIOUS);
	assert_string_equal(d.attack_name[d.attack[0]], "flood");
	dataset_free(&d);
}

static void many_rows_outgrow_every_first_allocation(void **state)
{
	FILE *file = rows_file_create(path);
	struct dataset d;

	(void)state;
	rows_file_header(file, "");
	for (int i = 0; i < 18000; i++) {
		char src[32];

		snprintf(src, sizeof(src), "10.%d.%d.1", i % 9000 / 250, i % 250);
		rows_file_row(file, i % 9000, src, i % 2 ? "1" : "2", "");
	}
	fclose(file);
	assert_int_equal(load(&d, &(struct dataset_options){ 0 }), 0);
	assert_int_equal(d.rows, 18000);
	assert_int_equal(d.flow_count, 9000);
	assert_int_equal(d.source_count, 9000);
	for (uint32_t i = 0; i < 18000; i++)
		assert_int_equal(d.flow[i], i % 9000);
	assert_true(dataset_row(&d, 8999)[5] == 1.0f);
	dataset_free(&d);
}

static void assert_refused(const struct dataset_options *options, const char *says)
{
	struct dataset d = { .rows = 77 };

	assert_true(load(&d, options) < 0);
	assert_int_equal(d.rows, 77);
	if (!strstr(why, says))
		fail_msg("'%s' lacks '%s'", why, says);
}

static void a_bad_value_is_refused_by_line_column_and_value(void **state)
{
	static const struct {
		const char *src, *value, *more, *says;
	} bad[] = {
		{ "10.9.0.1", "16777216", ",1", ":3: s_unans_short: '16777216' will not do" },
		{ "10.9.0.1", "-1", ",1", ":3: s_unans_short: '-1'" },
		{ "10.9.0.1", "", ",1", ":3: s_unans_short: ''" },
		{ "10.9.0.1", "1.5", ",1", ":3: s_unans_short: '1.5'" },
		{ "10.9.0.1", "99999999999999999999999", ",1", ":3: s_unans_short:" },
		{ "10.9.0", "1", ",1", ":3: src_ip: '10.9.0'" },
		{ "10.9.0.1", "1", ",maybe", ":3: label: 'maybe'" },
		{ "10.9.0.1", "1", "", "fields, the header has" },
		{ "10.9.0.1", "1", ",1,2", "fields, the header has" },
		{ "\"10.9.0.1", "1", ",1", ":3: malformed" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		FILE *file = rows_file_create(path);

		rows_file_header(file, ",label");
		rows_file_row(file, 1, "10.9.0.2", "1", ",1");
		rows_file_row(file, 1, bad[i].src, bad[i].value, bad[i].more);
		fclose(file);
		assert_refused(&(struct dataset_options){ 0 }, bad[i].says);
	}
}

static void an_unknown_column_is_refused_by_name_unless_ignored(void **state)
{
	struct dataset d;

	(void)state;
	for (int ignore = 0; ignore < 2; ignore++) {
		FILE *file = rows_file_create(path);

		rows_file_header(file, ",colour");
		rows_file_row(file, 1, "10.9.0.2", "1", ",red");
		fclose(file);
		if (!ignore)
			assert_refused(&(struct dataset_options){ 0 }, ":1: column 'colour' is neither");
	}
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(load(&d, &(struct dataset_options){ .ignore_columns = true }), 0);
	assert_int_equal(d.rows, 1);
	dataset_free(&d);
}

static void a_column_that_stands_there_twice_is_refused(void **state)
{
	FILE *file = rows_file_create(path);

	(void)state;
	rows_file_header(file, ",ans");
	fclose(file);
	assert_refused(&(struct dataset_options){ 0 }, ":1: column 'ans' stands there twice");
}

static void a_feature_may_be_missing_only_when_unused(void **state)
{
	static const char text[] = "flow_id,time,src_ip,dest_ip,dest_port,packets,ans\n1,1,::1,::2,3,4,1\n";
	bool used[FEATURE_COUNT] = { [FEATURE_ans] = true };
	struct dataset d;

	(void)state;
	for (int i = 0; i < 2; i++) {
		FILE *file = rows_file_create(path);

		fputs(text, file);
		fclose(file);
		if (!i)
			assert_refused(&(struct dataset_options){ 0 }, ":1: no column 's_unans_short'");
	}
	assert_int_equal(load(&d, &(struct dataset_options){ .feature_used = used }), 0);
	assert_true(dataset_row(&d, 0)[FEATURE_ans] == 1);
	assert_true(dataset_row(&d, 0)[0] == 0);
	dataset_free(&d);
}

static void files_without_rows_or_labels_are_refused(void **state)
{
	FILE *file = rows_file_create(path);

	(void)state;
	fclose(file);
	assert_refused(&(struct dataset_options){ 0 }, "empty");
	file = rows_file_create(path);
	rows_file_header(file, "");
	fclose(file);
	assert_refused(&(struct dataset_options){ .labels_required = true }, "no column 'label'");
	snprintf(path, sizeof(path), "/nonexistent.csv");
	assert_refused(&(struct dataset_options){ 0 }, "/nonexistent.csv: cannot be read");
}

static uint32_t digest_of_two_files(const char *first, const char *second)
{
	const char *const values[] = { first, second };
	char paths[2][32];
	struct dataset d;
	uint32_t digest;

	for (int i = 0; i < 2; i++) {
		FILE *file = rows_file_create(paths[i]);

		rows_file_header(file, "");
		rows_file_row(file, i, "10.0.0.1", values[i], "");
		fclose(file);
	}
	assert_int_equal(dataset_load(&d, (const char *[]){ paths[0], paths[1] }, 2, &(struct dataset_options){ 0 },
				      why, sizeof(why)),
			 0);
	unlink(paths[0]);
	unlink(paths[1]);
	assert_int_equal(d.file[1], 1);
	assert_int_equal(d.line[1], 2);
	digest = d.crc32;
	dataset_free(&d);
	return digest;
}

static void the_digest_tells_any_change_in_any_file(void **state)
{
	uint32_t digest = digest_of_two_files("1", "1");

	(void)state;
	assert_int_equal(digest_of_two_files("1", "1"), digest);
	assert_int_not_equal(digest_of_two_files("2", "1"), digest);
	assert_int_not_equal(digest_of_two_files("1", "2"), digest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_keep_their_values_labels_and_groups),
		cmocka_unit_test(one_id_from_two_sources_is_two_flows),
		cmocka_unit_test(rows_without_labels_load_when_none_are_required),
		cmocka_unit_test(a_labels_file_decides_instead_of_the_column),
		cmocka_unit_test(many_rows_outgrow_every_first_allocation),
		cmocka_unit_test(a_bad_value_is_refused_by_line_column_and_value),
		cmocka_unit_test(an_unknown_column_is_refused_by_name_unless_ignored),
		cmocka_unit_test(a_column_that_stands_there_twice_is_refused),
		cmocka_unit_test(a_feature_may_be_missing_only_when_unused),
		cmocka_unit_test(files_without_rows_or_labels_are_refused),
		cmocka_unit_test(the_digest_tells_any_change_in_any_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
