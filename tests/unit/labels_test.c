// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "labels.h"

static char why[256];

static int labels_from(const char *text, struct labels *out)
{
	char path[] = "/tmp/labels.XXXXXX";
	FILE *file = fdopen(mkstemp(path), "w");
	int err;

	fputs(text, file);
	fclose(file);
	err = labels_load(out, path, why, sizeof(why));
	unlink(path);
	return err;
}

static const struct label_rule *match(const struct labels *labels, const char *src, const char *dest, int port,
				      double time)
{
	struct ip_address s, d;

	assert_int_equal(ip_address_parse(src, &s), 0);
	assert_int_equal(ip_address_parse(dest, &d), 0);
	return labels_match(labels, &s, &d, port, time);
}

static void the_first_line_that_matches_decides(void **state)
{
	struct labels l;

	(void)state;
	assert_int_equal(labels_from("# who did what\nlabel,attack,src,dest_port\n\nskip,,10.9.0.7,*\n"
				     "malicious,scan,10.9.0.0/24,\nbenign,,10.9.0.0/16,80\n",
				     &l),
			 0);
	assert_int_equal(l.count, 3);
	assert_int_equal(match(&l, "10.9.0.7", "10.1.0.1", 80, 0)->label, LABEL_SKIP);
	assert_int_equal(match(&l, "10.9.0.8", "10.1.0.1", 80, 0)->label, LABEL_MALICIOUS);
	assert_string_equal(match(&l, "10.9.0.8", "10.1.0.1", 80, 0)->attack, "scan");
	assert_int_equal(match(&l, "10.9.1.8", "10.1.0.1", 80, 0)->label, LABEL_BENIGN);
	assert_null(match(&l, "10.9.1.8", "10.1.0.1", 81, 0));
	assert_null(match(&l, "10.8.0.8", "10.1.0.1", 80, 0));
	labels_free(&l);
}

static void destination_and_time_bound_a_label(void **state)
{
	struct labels l;

	(void)state;
	assert_int_equal(labels_from("label,dest,start,end\n1,2001:db8::/33,100,200.5\n0,,,\n", &l), 0);
	assert_int_equal(match(&l, "10.0.0.1", "2001:db8:7fff::1", 1, 100)->label, LABEL_MALICIOUS);
	assert_int_equal(match(&l, "10.0.0.1", "2001:db8:7fff::1", 1, 200.5)->label, LABEL_MALICIOUS);
	assert_int_equal(match(&l, "10.0.0.1", "2001:db8:7fff::1", 1, 200.6)->label, LABEL_BENIGN);
	assert_int_equal(match(&l, "10.0.0.1", "2001:db8:7fff::1", 1, 99)->label, LABEL_BENIGN);
	assert_int_equal(match(&l, "10.0.0.1", "2001:db8:8000::1", 1, 150)->label, LABEL_BENIGN);
	labels_free(&l);
}

static void a_prefix_of_all_ipv4_leaves_ipv6_out(void **state)
{
	struct labels l;

	(void)state;
	assert_int_equal(labels_from("label,src\nbenign,0.0.0.0/0\n", &l), 0);
	assert_non_null(match(&l, "255.1.2.3", "10.0.0.1", 1, 0));
	assert_null(match(&l, "2001:db8::1", "10.0.0.1", 1, 0));
	labels_free(&l);
}

static void a_bad_line_is_refused_by_line_column_and_value(void **state)
{
	static const struct {
		const char *text, *says;
	} bad[] = {
		{ "label,src\nbenign,10.0.0.0/33\n", ":2: src: '10.0.0.0/33'" },
		{ "label,src\nbenign,10.0.0.0/24x\n", ":2: src: '10.0.0.0/24x'" },
		{ "label,dest\nbenign,\nbenign,host\n", ":3: dest: 'host'" },
		{ "label\n#\nevil\n", ":3: label: 'evil'" },
		{ "label,attack\n,scan\n", ":2: label: ''" },
		{ "label,dest_port\nbenign,65536\n", ":2: dest_port: '65536'" },
		{ "label,start\nbenign,noon\n", ":2: start: 'noon'" },
		{ "label,src\nbenign,,\n", ":2: 3 fields, the header has 2" },
		{ "label,colour\n", ":1: column 'colour' is not known" },
		{ "capture,label,attack\n", ":1: column 'capture': labels by capture are for `hedgerow replay --labels`" },
		{ "label,src,src\n", ":1: column 'src' stands there twice" },
		{ "src,dest\n", ":1: no column 'label'" },
		{ "label,src\nbenign,\"10.0.0.1\n", ":2: malformed: quotes" },
		{ "label,src\n", "no labels in it" },
		{ "", "no labels in it" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct labels l = { .count = 77 };

		assert_true(labels_from(bad[i].text, &l) < 0);
		assert_int_equal(l.count, 77);
		if (!strstr(why, bad[i].says))
			fail_msg("'%s' lacks '%s'", why, bad[i].says);
	}
}

static void lines_that_match_nothing_are_known_by_number(void **state)
{
	struct line_list many = { 0 };
	char text[LINE_LIST_SIZE];
	struct labels l = { 0 };

	(void)state;
	assert_int_equal(labels_from("label,src\n# of the lab\nmalicious,10.0.0.1\nbenign,10.0.0.0/8\nmalicious,10.0.0.2\n", &l), 0);
	assert_int_equal(labels_unmet(&l).count, 3);
	assert_non_null(match(&l, "10.0.0.2", "10.9.9.9", 80, 0));
	many = labels_unmet(&l);
	assert_string_equal(line_list_print(&many, text), "lines 3, 5");
	assert_non_null(match(&l, "10.0.0.1", "10.9.9.9", 80, 0));
	many = labels_unmet(&l);
	assert_string_equal(line_list_print(&many, text), "line 5"); /* what stands before it takes all */
	labels_free(&l);
	for (unsigned int line = 4000000000u; many.count < 11; line++)
		line_list_add(&many, line);
	assert_non_null(strstr(line_list_print(&many, text), ", 4000000006 and 3 more"));
	many.count = 0;
	assert_string_equal(line_list_print(&many, text), "");
}

static void a_file_that_is_not_there_is_named(void **state)
{
	struct labels l;

	(void)state;
	assert_int_equal(labels_load(&l, "/nonexistent/labels.csv", why, sizeof(why)), -ENOENT);
	assert_non_null(strstr(why, "/nonexistent/labels.csv: cannot be read"));
	assert_int_equal(labels_load(&l, "/tmp", why, sizeof(why)), -EISDIR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_line_that_matches_decides),
		cmocka_unit_test(destination_and_time_bound_a_label),
		cmocka_unit_test(a_prefix_of_all_ipv4_leaves_ipv6_out),
		cmocka_unit_test(a_bad_line_is_refused_by_line_column_and_value),
		cmocka_unit_test(lines_that_match_nothing_are_known_by_number),
		cmocka_unit_test(a_file_that_is_not_there_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
