// SPDX-License-Identifier: BSD-2-Clause
/* Public flow tables: columns by their names and units become the features that the datapath computes. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include "dataset.h"

#define TABLES "../shared/data/tables"

static char why[512];
static struct dataset data;

/* Loads a table; the dataset is `data`. `features` NULL: all that the dialect tells. */
static int table_load(enum feature_dialect dialect, const char *path, const char *features)
{
	struct feature_choice choice = dialect_features(dialect);
	bool wanted[FEATURE_COUNT];
	struct dataset_options options = { .labels_required = true, .dialect = &dialect, .feature_used = wanted };

	if (features)
		assert_int_equal(feature_choice_parse(features, &choice, why, sizeof(why)), 0);
	feature_choice_mark(&choice, wanted);
	return dataset_load(&data, &path, 1, &options, why, sizeof(why));
}

static int text_load(enum feature_dialect dialect, const char *text, const char *features)
{
	char path[] = "/tmp/table.XXXXXX";
	FILE *file = fdopen(mkstemp(path), "w");
	int err;

	fputs(text, file);
	fclose(file);
	err = table_load(dialect, path, features);
	unlink(path);
	return err;
}

static void assert_loaded(int err)
{
	if (err)
		fail_msg("%s", why);
}

static unsigned int value(size_t row, enum feature_id id)
{
	assert_true(row < data.rows);
	return dataset_row(&data, row)[id];
}

#define CIC_HEAD "Flow ID, Source IP, Destination Port, Protocol, Flow Duration, Total Fwd Packets, Total Backward Packets," \
		 "FIN Flag Count, SYN Flag Count, RST Flag Count, PSH Flag Count, URG Flag Count,Flow Bytes/s, Label\n"

static void cicflowmeter_counts_microseconds_and_flags(void **state)
{
	(void)state;
	assert_loaded(text_load(FEATURE_DIALECT_CICFLOWMETER,
				CIC_HEAD "a-b,10.0.0.1,53.0,17,76978.0,2.0,3,0,0,0,0,0,Infinity,BENIGN\n"
					 "c-d,10.0.0.2,443,6,999,1,0,0,2,0,1,0,NaN,Web Attack\n", NULL));
	assert_int_equal(data.rows, 2);
	assert_int_equal(value(0, FEATURE_dport), 53);
	assert_int_equal(value(0, FEATURE_l4_proto), 17);
	assert_int_equal(value(0, FEATURE_l4_class), FEATURE_PROTO_UDP);
	assert_int_equal(value(0, FEATURE_dur_ms), 76);
	assert_int_equal(value(0, FEATURE_fpk), 2);
	assert_int_equal(value(0, FEATURE_bpk), 3);
	assert_int_equal(value(0, FEATURE_ans), 1);
	assert_int_equal(value(0, FEATURE_pps), 5 * 1000000 / 76978);
	assert_int_equal(value(0, FEATURE_iat_us), 76978 / 4);
	assert_int_equal(value(1, FEATURE_syn_seen) + value(1, FEATURE_psh_seen), 2);
	assert_int_equal(value(1, FEATURE_fin_seen) + value(1, FEATURE_rst_seen) + value(1, FEATURE_ans), 0);
	assert_int_equal(data.label[0], LABEL_BENIGN);
	assert_int_equal(data.label[1], LABEL_MALICIOUS);
	assert_string_equal(data.attack_name[data.attack[1]], "Web Attack");
	assert_int_equal(data.source_count, 2);
	assert_int_equal(data.packets[0], 5);
	dataset_free(&data);
}

/* A byte-order mark, protocols by name, no addresses: every row is a source of its own. */
static void unsw_nb15_counts_seconds_and_bytes(void **state)
{
	(void)state;
	assert_loaded(text_load(FEATURE_DIALECT_UNSW_NB15,
				"\xef\xbb\xbf" "dur,proto,spkts,dpkts,sbytes,dbytes,attack_cat,label\n"
				"0.25,tcp,4,2,1001,500,Normal,0\n0,arp,1,0,46,0,DoS,1\n", NULL));
	assert_int_equal(value(0, FEATURE_dur_ms), 250);
	assert_int_equal(value(0, FEATURE_l4_proto), 6);
	assert_int_equal(value(0, FEATURE_flen_mean), 250);
	assert_int_equal(value(0, FEATURE_bby), 500);
	assert_int_equal(value(0, FEATURE_fbyps), 4004);
	assert_int_equal(value(1, FEATURE_l4_proto), 255);
	assert_int_equal(value(1, FEATURE_byps), 0);
	assert_int_equal(data.label[1], LABEL_MALICIOUS);
	assert_string_equal(data.attack_name[data.attack[1]], "DoS");
	assert_int_equal(data.source_count, 2);
	dataset_free(&data);
}

static void netflow_counts_milliseconds_and_flags_as_bits(void **state)
{
	(void)state;
	assert_loaded(text_load(FEATURE_DIALECT_NETFLOW,
				"IPV4_SRC_ADDR,L4_DST_PORT,PROTOCOL,IN_BYTES,IN_PKTS,OUT_BYTES,OUT_PKTS,TCP_FLAGS,"
				"CLIENT_TCP_FLAGS,SERVER_TCP_FLAGS,FLOW_DURATION_MILLISECONDS,Label,Attack\n"
				"192.0.2.1,80,6,280,2,40,1,22,2,20,4293,1,DoS\n"
				"192.0.2.1,2048,1,280,2,40,1,0,0,0,1,0,Benign\n", NULL));
	assert_int_equal(value(0, FEATURE_dur_ms), 4293);
	assert_int_equal(value(0, FEATURE_fflags), 2);
	assert_int_equal(value(0, FEATURE_bflags), 20);
	assert_int_equal(value(0, FEATURE_syn_seen) + value(0, FEATURE_rst_seen), 2);
	assert_int_equal(value(0, FEATURE_fin_seen) + value(0, FEATURE_urg_seen), 0);
	assert_int_equal(value(0, FEATURE_dport), 80);
	assert_int_equal(value(1, FEATURE_dport), 0); /* ICMP has none, whatever the table writes there */
	assert_int_equal(data.source_count, 1);
	assert_string_equal(data.attack_name[data.attack[0]], "DoS");
	dataset_free(&data);
}

static void zeek_writes_nothing_or_a_dash_for_nothing(void **state)
{
	(void)state;
	assert_loaded(text_load(FEATURE_DIALECT_ZEEK,
				"ts,id.orig_h,id.resp_p,proto,duration,orig_pkts,orig_ip_bytes,resp_pkts,resp_ip_bytes,label,"
				"detailed-label\n"
				"1.5,2001:db8::1,80,tcp,,1,60,0,0,Malicious,C&C\n1.5,192.0.2.1,53,udp,-,1,60,1,90,benign,-\n"
				"1.5,192.0.2.1,53,udp,0.5,1,60,1,90,-,-\n", NULL));
	assert_int_equal(data.rows, 2); /* the last has no label */
	assert_int_equal(data.skipped, 1);
	assert_int_equal(value(0, FEATURE_dur_ms), 0);
	assert_int_equal(value(1, FEATURE_blen_mean), 90);
	assert_int_equal(data.label[0], LABEL_MALICIOUS);
	assert_int_equal(data.label[1], LABEL_BENIGN);
	dataset_free(&data);
}

/* Files that were put behind each other, and what the tool makes of packets out of order. */
static void lines_that_are_no_flows_are_left_out_and_counted(void **state)
{
	(void)state;
	assert_loaded(text_load(FEATURE_DIALECT_CICFLOWMETER,
				CIC_HEAD "a-b,10.0.0.1,53,17,76978,2,3,0,0,0,0,0,1,BENIGN\n"
				CIC_HEAD "c-d,10.0.0.2,443,6,-1,1,1,0,0,0,0,0,1,BENIGN\n"
					 "c-d,10.0.0.2,443,6,999,1,0,0,2,0,1,0,NaN,Web Attack\n", NULL));
	assert_int_equal(data.rows, 2);
	assert_int_equal(data.no_flows, 2);
	assert_int_equal(data.skipped, 0);
	assert_int_equal(data.flow_count, 2);
	dataset_free(&data);
}

/* Flags of both directions together fill in for the one that the table does not tell, and for no other. */
static void flags_of_both_directions_stand_for_the_one_that_lacks(void **state)
{
	const char *const file = "L4_DST_PORT,PROTOCOL,IN_PKTS,TCP_FLAGS,%s,FLOW_DURATION_MILLISECONDS,Label,Attack\n"
				 "80,6,2,22,2,4293,1,DoS\n";
	char text[256];

	(void)state;
	snprintf(text, sizeof(text), file, "CLIENT_TCP_FLAGS");
	assert_loaded(text_load(FEATURE_DIALECT_NETFLOW, text, "fflags,syn_seen,rst_seen,fin_seen"));
	assert_int_equal(value(0, FEATURE_fflags), 2);
	assert_int_equal(value(0, FEATURE_syn_seen) + value(0, FEATURE_rst_seen), 2);
	assert_int_equal(value(0, FEATURE_fin_seen), 0);
	dataset_free(&data);
	snprintf(text, sizeof(text), file, "SERVER_TCP_FLAGS");
	assert_loaded(text_load(FEATURE_DIALECT_NETFLOW, text, "bflags,syn_seen,rst_seen"));
	assert_int_equal(value(0, FEATURE_bflags), 2);
	assert_int_equal(value(0, FEATURE_syn_seen) + value(0, FEATURE_rst_seen), 2);
	dataset_free(&data);
}

static void assert_refused(enum feature_dialect dialect, const char *text, const char *features, const char *words)
{
	assert_true(text_load(dialect, text, features) < 0);
	if (!strstr(why, words))
		fail_msg("'%s' does not say '%s'", why, words);
}

static void what_a_table_does_not_tell_is_refused_by_name(void **state)
{
	(void)state;
	assert_refused(FEATURE_DIALECT_CICFLOWMETER, CIC_HEAD, "kind", "a table of cicflowmeter does not tell feature kind");
	assert_refused(FEATURE_DIALECT_CICFLOWMETER, CIC_HEAD, "fby", "does not tell feature fby");
	assert_refused(FEATURE_DIALECT_UNSW_NB15, "dur,proto,spkts,dpkts,sbytes,label\n", NULL,
		       "no column 'dbytes', which feature bby is computed from");
	assert_refused(FEATURE_DIALECT_UNSW_NB15, "dur,proto,spkts\n", "fpk", "no column with the label");
	assert_refused(FEATURE_DIALECT_CICFLOWMETER, "Flow Duration,Flow Duration,Label\n", "dur_ms",
		       "column 'Flow Duration' says what 'Flow Duration' said");
	assert_loaded(text_load(FEATURE_DIALECT_UNSW_NB15, "dur,proto,spkts,label\n1,tcp,3,1\n", "dur_ms,fpps"));
	assert_int_equal(value(0, FEATURE_fpps), 3);
	dataset_free(&data);
}

static void bad_values_are_refused_where_they_are(void **state)
{
	static const struct {
		const char *line, *words;
	} bad[] = {
		{ "-1,tcp,1,0\n", ":2: column 1: '-1' will not do" },   { "NaN,tcp,1,0\n", "'NaN' will not do" },
		{ "Infinity,tcp,1,0\n", "'Infinity'" },			{ "1,tcp,x,0\n", "column 3: 'x'" },
		{ "1,tcp,1e300,0\n", "column 3" },			{ "1,256,1,0\n", "a protocol's name or number" },
		{ "1,tcp,1,perhaps\n", "wanted 0, 1, benign or malicious" }, { "1,tcp,1\n", "3 fields, the header has 4" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char text[128];

		snprintf(text, sizeof(text), "dur,proto,spkts,label\n%s", bad[i].line);
		assert_refused(FEATURE_DIALECT_UNSW_NB15, text, "dur_ms,fpk,l4_proto", bad[i].words);
	}
}

/* Unpacks a table of the shared data beside the tests' other files; skips the test where it is not there. */
static void real_table_load(enum feature_dialect dialect, const char *name)
{
	char path[] = "/tmp/table.XXXXXX", from[256], buffer[65536];
	gzFile in;
	FILE *out;
	int got, err;

	snprintf(from, sizeof(from), TABLES "/%s", name);
	in = gzopen(from, "rb");
	if (!in) {
		print_message("skip: no %s\n", from);
		skip();
	}
	out = fdopen(mkstemp(path), "w");
	while ((got = gzread(in, buffer, sizeof(buffer))) > 0)
		fwrite(buffer, 1, got, out);
	gzclose(in);
	fclose(out);
	err = table_load(dialect, path, NULL);
	unlink(path);
	assert_loaded(err);
}

static void a_real_cicflowmeter_table_is_read(void **state)
{
	(void)state;
	real_table_load(FEATURE_DIALECT_CICFLOWMETER, "cicids2017_web_attacks.csv.gz");
	assert_int_equal(data.rows, 7267);
	assert_int_equal(value(0, FEATURE_dur_ms), 76);
	dataset_free(&data);
}

static void a_real_unsw_nb15_table_is_read(void **state)
{
	(void)state;
	real_table_load(FEATURE_DIALECT_UNSW_NB15, "unsw_nb15_82332.csv.gz");
	assert_int_equal(data.rows, 82332);
	assert_int_equal(value(0, FEATURE_fby), 496);
	dataset_free(&data);
}

static void a_real_zeek_log_is_read(void **state)
{
	(void)state;
	real_table_load(FEATURE_DIALECT_ZEEK, "iot23_20-1.csv.gz");
	assert_int_equal(data.rows, 3209);
	dataset_free(&data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cicflowmeter_counts_microseconds_and_flags),
		cmocka_unit_test(unsw_nb15_counts_seconds_and_bytes),
		cmocka_unit_test(netflow_counts_milliseconds_and_flags_as_bits),
		cmocka_unit_test(zeek_writes_nothing_or_a_dash_for_nothing),
		cmocka_unit_test(lines_that_are_no_flows_are_left_out_and_counted),
		cmocka_unit_test(flags_of_both_directions_stand_for_the_one_that_lacks),
		cmocka_unit_test(what_a_table_does_not_tell_is_refused_by_name),
		cmocka_unit_test(bad_values_are_refused_where_they_are),
		cmocka_unit_test(a_real_cicflowmeter_table_is_read),
		cmocka_unit_test(a_real_unsw_nb15_table_is_read),
		cmocka_unit_test(a_real_zeek_log_is_read),
	};

	return cmocka_run_group_tests_name("dialect", tests, NULL, NULL);
}
