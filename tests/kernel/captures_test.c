// SPDX-License-Identifier: BSD-2-Clause
/*
 * All packets of the shared captures through the real XDP object. At every checkpoint the kernel tells the vector that
 * it scored: the host must give the same score and the same verdict. Nothing may be lost from the packet counts.
 * CAPTURES in the environment names their folder.
 */
#include <dirent.h>
#define PCAP_DONT_INCLUDE_PCAP_BPF_H /* it would define linux/bpf.h's structs again */
#include <pcap/pcap.h>
#include <pcap/dlt.h>
#include <sys/stat.h>
#include "datapath_fixture.h"
#include "models.h"

#define CAPTURES_DEFAULT "../shared/data/captures"
#define FRAME_LIMIT 3000 /* bytes; what BPF_PROG_TEST_RUN takes in one piece */

static struct model *scorer;
static __u64 files, files_cut, sent, skipped, compared, condemned;

static int snapshot_check(void *unused, void *data, size_t size)
{
	static struct features x;
	static struct judging room;
	struct snapshot *e = data;
	enum reason reason;
	enum verdict verdict;
	__s64 score;

	(void)unused;
	assert_true(size >= sizeof(*e));
	memcpy(x.value, e->feature, sizeof(e->feature));
	verdict = verdict_from_features(scorer, &x, &room, e->packets, &score, &reason);
	assert_int_equal(e->record.flow.score, score);
	assert_int_equal(e->verdict, verdict);
	assert_int_equal(e->reason, reason);
	compared++;
	condemned += verdict >= VERDICT_DROP_ONCE;
	return 0;
}

/* The frame as Ethernet, padded with zeros to its original length. Returns false for what the call cannot carry. */
static bool frame_from_capture(unsigned char *big, __u32 *len, int link, const struct pcap_pkthdr *h,
			       const unsigned char *data)
{
	__u32 offset = 0, body = h->caplen;

	if (link == DLT_RAW || link == DLT_IPV4 || link == DLT_IPV6 || link == 14) {
		struct ethhdr eth = { .h_proto = htons((data[0] >> 4) == 6 ? ETH_P_IPV6 : ETH_P_IP) };

		memcpy(big, &eth, sizeof(eth));
		offset = sizeof(eth);
	} else if (link != DLT_EN10MB) {
		return false;
	}
	*len = h->len + offset;
	if (*len < ETH_HLEN + 1 || *len > FRAME_LIMIT || body + offset > *len)
		return false;
	memcpy(big + offset, data, body);
	memset(big + offset + body, 0, *len - offset - body);
	return true;
}

static void capture_replay(const char *path, struct ring_buffer *ring)
{
	static unsigned char big[FRAME_LIMIT + 64];
	char why[PCAP_ERRBUF_SIZE];
	pcap_t *p = pcap_open_offline(path, why);
	struct pcap_pkthdr *h;
	const unsigned char *data;
	int got;

	if (!p)
		fail_msg("%s: %s", path, why);
	files++;
	while ((got = pcap_next_ex(p, &h, &data)) == 1) {
		LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = big);
		__u32 len;

		if (!frame_from_capture(big, &len, pcap_datalink(p), h, data)) {
			skipped++;
			continue;
		}
		run.data_size_in = len;
		assert_int_equal(bpf_prog_test_run_opts(bpf_program__fd(skel->progs.hedgerow_xdp), &run), 0);
		if (++sent % 1000 == 0)
			ring_buffer__consume(ring);
	}
	files_cut += got == PCAP_ERROR; /* some end in the middle of a packet, on purpose */
	ring_buffer__consume(ring);
	pcap_close(p);
}

static bool is_capture(const char *name)
{
	const char *end = strrchr(name, '.');

	return end && (!strcmp(end, ".pcap") || !strcmp(end, ".pcapng"));
}

static void folder_replay(const char *folder, struct ring_buffer *ring)
{
	struct dirent **entries;
	int n = scandir(folder, &entries, NULL, alphasort);

	if (n < 0)
		fail_msg("%s: %s", folder, strerror(errno));
	for (int i = 0; i < n; i++) {
		char path[1024];
		struct stat st;

		snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
		if (entries[i]->d_name[0] != '.' && !stat(path, &st)) {
			if (S_ISDIR(st.st_mode))
				folder_replay(path, ring);
			else if (is_capture(path))
				capture_replay(path, ring);
		}
		free(entries[i]);
	}
	free(entries);
}

static void kernel_and_host_agree_on_all_packets_of_the_captures(void **state)
{
	const char *folder = getenv("CAPTURES");
	struct ring_buffer *ring;
	struct settings s;
	__u32 slot = 0;
	uint64_t seed = 5;
	__u64 outcomes = 0;

	(void)state;
	NEEDS_ROOT();
	if (!folder)
		folder = CAPTURES_DEFAULT;
	if (access(folder, F_OK)) {
		print_message("skip: no folder %s; CAPTURES=FOLDER names another\n", folder);
		skip();
	}
	s = settings_read();
	s.snapshot_share = 65536;
	s.snapshot_rate = 0xffffffff;
	settings_write(&s, false);
	scorer = model_random(100, 6, &seed);
	assert_int_equal(bpf_map_update_elem(map_fd("hr_models"), &slot, scorer, BPF_ANY), 0);
	ring = ring_buffer__new(map_fd("hr_snapshots"), snapshot_check, NULL, NULL);
	assert_non_null(ring);
	folder_replay(folder, ring);
	ring_buffer__free(ring);
	free(scorer);

#define X(name, kind, doc)                                                                                             \
	if (COUNTER_KIND_##kind == COUNTER_KIND_OUTCOME)                                                               \
		outcomes += counter(COUNTER_##name);
	COUNTERS(X)
#undef X
	print_message("# %llu captures, %llu of them cut short; %llu packets, %llu not carried by the call; %llu scores equal, %llu of them condemn\n", files, files_cut, sent,
		      skipped, compared, condemned);
	assert_int_equal(outcomes, sent);
	assert_int_equal(compared, counter(COUNTER_scores));
	assert_int_equal(counter(COUNTER_lost_snapshots), 0);
	assert_true(compared > 100000);
	assert_in_range(condemned, 1, compared - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(kernel_and_host_agree_on_all_packets_of_the_captures, datapath_reset),
	};

	return cmocka_run_group_tests_name("captures", tests, datapath_load, datapath_unload);
}
