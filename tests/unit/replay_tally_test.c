// SPDX-License-Identifier: BSD-2-Clause
/* What a replay's evaluation counts, and how sure it is of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "bootstrap.h"
#include "capture_labels.h"
#include "tally.h"
#include "tally_groups.h"

static const struct flow_label malicious = { LABEL_MALICIOUS, "flood" }, honest = { LABEL_BENIGN, "" };

static struct flow_key key_of(unsigned int source, unsigned int dest)
{
	struct flow_key key = { .addr = { { 0, 0, 0, source }, { 0, 0, 0, dest } } };

	return key;
}

#define FIRST_QUESTION 1000

/* A flow's first packet, at which it is scored; dropped or not. */
static void flow_first(struct tally *t, unsigned int source, struct flow_label label, __u64 now_ns, enum verdict verdict)
{
	struct snapshot s = { .packets = 1, .verdict = verdict };

	s.record.key = key_of(source, 1);
	s.record.flow.first_ns = now_ns;
	tally_snapshot(t, &s, "a.pcap", label);
	tally_packet(t, &s.record.key, FIRST_QUESTION, verdict >= VERDICT_DROP_ONCE, now_ns);
}

static void flow_more(struct tally *t, unsigned int source, __u64 now_ns, bool dropped)
{
	struct flow_key key = key_of(source, 1);

	tally_packet(t, &key, FIRST_QUESTION + 1, dropped, now_ns);
}

static void flow_retry(struct tally *t, unsigned int source, __u64 now_ns, bool dropped)
{
	struct flow_key key = key_of(source, 1);

	tally_packet(t, &key, FIRST_QUESTION, dropped, now_ns);
}

static const struct tally_cell *cell_of(const struct tally *t, enum label label)
{
	size_t count;
	const struct tally_cell *c = tally_cells(t, &count);

	while (count-- && c->label != label)
		c++;
	return c;
}

static void condemned_first_packet_only_and_spared_are_told_apart(void **state)
{
	struct tally *t = tally_open(100);
	const struct tally_cell *c;

	(void)state;
	flow_first(t, 1, malicious, 1000000, VERDICT_PASS);
	flow_first(t, 2, malicious, 1000000, VERDICT_DROP_ONCE);
	flow_more(t, 2, 2000000, false);
	flow_first(t, 3, malicious, 1000000, VERDICT_DROP);
	flow_first(t, 4, malicious, 1000000, VERDICT_PASS);
	flow_more(t, 4, 2000000, false);
	flow_more(t, 4, 9000000, true);
	flow_more(t, 4, 9000000, true);
	assert_int_equal(tally_settle(t), 0);
	c = cell_of(t, LABEL_MALICIOUS);
	assert_int_equal(c->flows, 4);
	assert_int_equal(c->condemned, 3);
	assert_int_equal(c->first_only, 1);
	assert_int_equal(c->packets, 8);
	assert_int_equal(c->packets_dropped, 4);
	assert_int_equal(histogram_percentile(&c->verdict_packet, 1), 3);
	assert_int_equal(histogram_percentile(&c->verdict_us, 1), 7168); /* the class of 8000 */
	tally_close(t);
}

/* Six flows are condemned, four of them at their first packet alone; of two the capture holds a retry, after 1 and 3 s. */
static void first_packets_are_late_by_the_time_to_the_retry_that_passes(void **state)
{
	const __u64 second = 1000000000, begin = 5 * second;
	struct tally *t = tally_open(100);
	const struct tally_cell *c;
	struct groups g;

	(void)state;
	for (unsigned int source = 1; source <= 6; source++)
		flow_first(t, source, honest, begin, source == 6 ? VERDICT_DROP : VERDICT_DROP_ONCE);
	flow_first(t, 7, honest, begin, VERDICT_PASS);
	for (unsigned int source = 1; source <= 7; source++)
		flow_more(t, source, begin + second / 100, false); /* what follows the answer to a dropped packet is no retry */
	flow_retry(t, 1, begin + second, false);
	flow_retry(t, 1, begin + 9 * second, false); /* one is enough */
	flow_retry(t, 2, begin + second, true); /* by a verdict that holds */
	flow_retry(t, 2, begin + 3 * second, false);
	flow_retry(t, 3, begin + 3 * second, false);
	flow_more(t, 4, begin + second, false);
	flow_retry(t, 6, begin + second, false); /* condemned for good */
	flow_retry(t, 7, begin + second, false); /* nothing was dropped */
	assert_int_equal(tally_settle(t), 0);
	c = cell_of(t, LABEL_BENIGN);
	assert_int_equal(c->condemned, 6);
	assert_int_equal(c->first_only, 4);
	assert_int_equal(c->retry_us.count, 2);
	assert_int_equal(histogram_percentile(&c->retry_us, .5), histogram_floor(histogram_class(1000000)));
	assert_int_equal(histogram_percentile(&c->retry_us, 1), histogram_floor(histogram_class(3000000)));
	assert_int_equal(groups_make(&g, t, LABEL_BENIGN, GROUP_ALL), 0);
	assert_int_equal(g.group->sum.retry_us.count, 2);
	groups_free(&g);
	tally_close(t);
}

static void honest_flow_under_a_flood_is_counted_apart(void **state)
{
	struct tally *t = tally_open(1000);
	const struct tally_cell *c;

	(void)state;
	flow_first(t, 500, honest, 1000000, VERDICT_DROP); /* before it */
	for (int i = 0; i < TALLY_FLOOD_FLOWS; i++)
		flow_first(t, 10 + i, malicious, 2000000, VERDICT_PASS);
	flow_first(t, 501, honest, 3000000, VERDICT_DROP_ONCE);
	flow_first(t, 502, honest, 3000000, VERDICT_PASS);
	for (int i = 2; i <= 4; i++)
		flow_more(t, 502, 3000000, i == 4);
	flow_first(t, 503, honest, 3000000, VERDICT_PASS);
	flow_first(t, 504, honest, 3000000 + (20ull << 32), VERDICT_DROP); /* long behind it */
	assert_int_equal(tally_settle(t), 0);
	c = cell_of(t, LABEL_BENIGN);
	assert_int_equal(c->flows, 5);
	assert_int_equal(c->condemned, 4);
	assert_int_equal(c->flood_flows, 3);
	assert_int_equal(c->flood_condemned, 2);
	assert_int_equal(c->flood_first, 1);
	assert_int_equal(c->flood_late, 1);
	tally_close(t);
}

static void another_flow_of_the_same_key_counts_anew(void **state)
{
	struct tally *t = tally_open(100);

	(void)state;
	flow_first(t, 1, honest, 1000000, VERDICT_DROP);
	flow_first(t, 1, honest, 9000000, VERDICT_PASS);
	assert_int_equal(tally_settle(t), 0);
	assert_int_equal(cell_of(t, LABEL_BENIGN)->flows, 2);
	assert_int_equal(cell_of(t, LABEL_BENIGN)->condemned, 1);
	tally_close(t);
}

static void rates_are_pooled_or_the_mean_of_captures(void **state)
{
	const struct share s[] = { { 90, 100 }, { 0, 10 }, { 0, 0 } };
	struct interval i;

	(void)state;
	assert_true(fabs(rate_find(s, 3, RATE_POOLED) - 90.0 / 110) < 1e-12);
	assert_true(fabs(rate_find(s, 3, RATE_MEAN) - .45) < 1e-12);
	assert_true(isnan(rate_find(s + 2, 1, RATE_POOLED)));
	i = rate_interval(s, 3, RATE_MEAN);
	assert_true(i.low == 0 && i.high == .9);
	assert_true(isnan(rate_interval(s, 1, RATE_POOLED).low));
}

static void interval_narrows_with_captures(void **state)
{
	struct share few[4], many[400];
	struct interval a, b;

	(void)state;
	for (int i = 0; i < 400; i++)
		many[i] = (struct share){ i % 2 ? 40 : 60, 100 };
	memcpy(few, many, sizeof(few));
	a = rate_interval(few, 4, RATE_POOLED);
	b = rate_interval(many, 400, RATE_POOLED);
	assert_true(a.low <= .45 && a.high >= .55);
	assert_true(b.low > .485 && b.high < .515 && b.low < .5 && b.high > .5);
}

static struct capture_labels labels_of(const char *text, int wanted)
{
	char path[] = "/tmp/labels.XXXXXX", why[256] = "";
	FILE *file = fdopen(mkstemp(path), "w");
	struct capture_labels l = { 0 };

	fputs(text, file);
	fclose(file);
	assert_int_equal(capture_labels_load(&l, path, why, sizeof(why)), wanted);
	assert_true(!wanted == !*why || !wanted);
	unlink(path);
	return l;
}

static void capture_is_labelled_by_the_end_of_its_path(void **state)
{
	struct capture_labels l = labels_of("capture,label,attack,malicious_hosts,other_flows,origin\n"
					    "a/x.pcap,malicious,scan,0.0.0.9;10.0.0.0/8,benign,here\n"
					    "b/x.pcap,benign,,,,\nc/x.pcap,unlabelled,,,,\n", 0);
	const struct capture_label *line = capture_labels_find(&l, "/data/a/x.pcap");
	struct flow_key key = { 0 };
	struct flow_label label;

	(void)state;
	assert_non_null(line);
	assert_null(capture_labels_find(&l, "/data/aa/x.pcap2"));
	assert_null(capture_labels_find(&l, "/data/za/x.pcap"));
	key.addr[0][2] = key.addr[1][2] = bpf_htonl(0xffff);
	key.addr[1][3] = bpf_htonl(0x0a000001);
	label = flow_label_find(&l, line, &key, 0, 0);
	assert_int_equal(label.label, LABEL_MALICIOUS);
	assert_string_equal(label.attack, "scan");
	key.addr[1][3] = bpf_htonl(0x0b000001);
	assert_int_equal(flow_label_find(&l, line, &key, 0, 0).label, LABEL_BENIGN);
	line = capture_labels_find(&l, "c/x.pcap");
	assert_int_equal(flow_label_find(&l, line, &key, 0, 0).label, LABEL_SKIP);
	capture_labels_free(&l);
}

static void labels_of_rules_serve_too(void **state)
{
	struct capture_labels l = labels_of("label,attack,src,dest_port\nmalicious,web,,80\nbenign,,10.0.0.0/8,\n", 0);
	struct flow_key key = { .l4_proto = IPPROTO_TCP, .port = { bpf_htons(80), bpf_htons(4000) } };

	(void)state;
	key.addr[0][2] = key.addr[1][2] = bpf_htonl(0xffff);
	key.addr[0][3] = bpf_htonl(0x0a000001);
	assert_int_equal(flow_label_find(&l, NULL, &key, 1, 0).label, LABEL_MALICIOUS);
	assert_int_equal(flow_label_find(&l, NULL, &key, 0, 0).label, LABEL_BENIGN);
	capture_labels_free(&l);
}

static void bad_labels_are_refused(void **state)
{
	(void)state;
	labels_of("capture,label\nx.pcap,evil\n", -EINVAL);
	labels_of("capture,label\n,benign\n", -EINVAL);
	labels_of("capture,label,malicious_hosts\nx.pcap,malicious,10.0.0.\n", -EINVAL);
	labels_of("capture,attack\nx.pcap,scan\n", -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(condemned_first_packet_only_and_spared_are_told_apart),
		cmocka_unit_test(first_packets_are_late_by_the_time_to_the_retry_that_passes),
		cmocka_unit_test(honest_flow_under_a_flood_is_counted_apart),
		cmocka_unit_test(another_flow_of_the_same_key_counts_anew),
		cmocka_unit_test(rates_are_pooled_or_the_mean_of_captures),
		cmocka_unit_test(interval_narrows_with_captures),
		cmocka_unit_test(capture_is_labelled_by_the_end_of_its_path),
		cmocka_unit_test(labels_of_rules_serve_too),
		cmocka_unit_test(bad_labels_are_refused),
	};

	return cmocka_run_group_tests_name("replay_tally", tests, NULL, NULL);
}
