// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#define PCAP_DONT_INCLUDE_PCAP_BPF_H /* it would define linux/bpf.h's structs again */
#include <pcap/pcap.h>
#include <pcap/dlt.h>
#include <linux/if_ether.h>
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "bpf/hedgerow.skel.h"
#include "captures.h"
#include "clock.h"
#include "csv_reader.h"
#include "log.h"
#include "rows_csv.h"

#define FRAME_LIMIT 3000 /* bytes; what BPF_PROG_TEST_RUN takes in one piece */
#define SEEN_SIZE (1u << 20) /* places of the table of vectors seen, a power of two */
#define SHARE_ALL 65536
#define ROWS_APART 50 /* as many vectors are recorded for one row of rows.csv */

enum { LABELS_CAPTURE, LABELS_LABEL, LABELS_ATTACK, LABELS_HOSTS, LABELS_OTHERS, LABELS_COLUMNS };

struct recorder {
	struct vectors out;
	__u32 *seen;	 /* 1 + index of a vector, by its hash */
	size_t room, rows;
	FILE *csv;
	char *const *label; /* of the present capture: the columns of labels.csv */
};

static __u32 vector_hash(const struct features *x)
{
	__u64 h = 0xcbf29ce484222325ull; /* FNV-1a, by words */

	for (int i = 0; i < FEATURE_COUNT; i++)
		h = (h ^ x->value[i]) * 0x100000001b3ull;
	return h >> 32;
}

/* Keeps a vector that was not seen before. */
static int vector_keep(struct recorder *r, const struct features *x, bool malicious)
{
	__u32 at = vector_hash(x) & (SEEN_SIZE - 1);

	for (; r->seen[at]; at = (at + 1) & (SEEN_SIZE - 1))
		if (!memcmp(&r->out.x[r->seen[at] - 1], x, sizeof(*x)))
			return 0;
	if (r->out.count == SEEN_SIZE / 2)
		return -ENOSPC;
	if (r->out.count == r->room) {
		size_t room = r->room ? 2 * r->room : 65536;
		struct features *more = realloc(r->out.x, room * sizeof(*more));
		float *labels = realloc(r->out.malicious, room * sizeof(*labels));

		r->out.x = more ? more : r->out.x;
		r->out.malicious = labels ? labels : r->out.malicious;
		if (!more || !labels)
			return -ENOMEM;
		r->room = room;
	}
	r->out.malicious[r->out.count] = malicious;
	r->out.x[r->out.count++] = *x;
	r->seen[at] = r->out.count;
	return 0;
}

static bool name_is_among(const char *name, const char *names)
{
	size_t length = strlen(name);

	for (; *names; names += strcspn(names, ";"), names += *names == ';')
		if (strcspn(names, ";") == length && !strncmp(names, name, length))
			return true;
	return false;
}

/* Where the capture names the malicious hosts, one of them must be an end of the flow. */
static bool flow_is_malicious(const struct recorder *r, const struct flow_key *key)
{
	const char *hosts = r->label[LABELS_HOSTS];
	char name[INET_ADDRSTRLEN];

	if (strcmp(r->label[LABELS_LABEL], "malicious"))
		return false;
	for (int end = 0; end < 2 && *hosts; end++)
		if (inet_ntop(AF_INET, &key->addr[end][3], name, sizeof(name)) && name_is_among(name, hosts))
			return true;
	return !*hosts;
}

static int snapshot_record(void *context, void *data, size_t size)
{
	struct recorder *r = context;
	const struct snapshot *e = data;
	struct row row = {
		.time_ns = clock_unix_from_monotonic(e->time_ns), .packets = e->packets,
		.record = &e->record, .feature = e->feature,
	};
	struct features x = { 0 };

	if (size < sizeof(*e) || e->type != EVENT_SNAPSHOT)
		return 0;
	if (r->rows++ % ROWS_APART == 0)
		rows_csv_write(r->csv, &row);
	memcpy(x.value, e->feature, sizeof(e->feature));
	return vector_keep(r, &x, flow_is_malicious(r, &e->record.key));
}

/* The frame as Ethernet, padded with zeros to its original length. Returns false for what the call cannot carry. */
static bool frame_from_capture(unsigned char *out, __u32 *len, int link, const struct pcap_pkthdr *h,
			       const unsigned char *data)
{
	__u32 offset = 0;

	if (link == DLT_RAW || link == DLT_IPV4 || link == DLT_IPV6) {
		struct ethhdr eth = { .h_proto = htons((data[0] >> 4) == 6 ? ETH_P_IPV6 : ETH_P_IP) };

		memcpy(out, &eth, sizeof(eth));
		offset = sizeof(eth);
	} else if (link != DLT_EN10MB) {
		return false;
	}
	*len = h->len + offset;
	if (*len < ETH_HLEN + 1 || *len > FRAME_LIMIT || h->caplen + offset > *len)
		return false;
	memcpy(out + offset, data, h->caplen);
	memset(out + offset + h->caplen, 0, *len - offset - h->caplen);
	return true;
}

static int capture_replay(const struct stage *s, const char *path, struct ring_buffer *ring)
{
	static unsigned char frame[FRAME_LIMIT + 64];
	char why[PCAP_ERRBUF_SIZE];
	pcap_t *p = pcap_open_offline(path, why);
	const unsigned char *data;
	struct pcap_pkthdr *h;
	int err = 0;

	for (unsigned int sent = 0; p && !err && pcap_next_ex(p, &h, &data) == 1;) {
		LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = frame);

		if (!frame_from_capture(frame, &run.data_size_in, pcap_datalink(p), h, data))
			continue;
		err = bpf_prog_test_run_opts(bpf_program__fd(s->ours->progs.hedgerow_xdp), &run);
		if (!err && ++sent % 1000 == 0)
			err = ring_buffer__consume(ring) < 0 ? -EIO : 0;
	}
	if (p)
		pcap_close(p);
	return err ? err : ring_buffer__consume(ring) < 0 ? -EIO : 0;
}

static int captures_replay(const struct stage *s, struct recorder *r)
{
	struct ring_buffer *ring = ring_buffer__new(stage_map_fd(s, "hr_snapshots"), snapshot_record, r, NULL);
	char path[PATH_MAX], why[512];
	struct csv_reader labels;
	int err = ring ? csv_reader_open(&labels, CAPTURES "/labels.csv", why, sizeof(why)) : -ENOMEM;

	if (err)
		goto out;
	csv_reader_next(&labels, why, sizeof(why)); /* the header */
	while (!err && csv_reader_next(&labels, why, sizeof(why)) == 1) {
		if (labels.count < LABELS_COLUMNS || !strcmp(labels.field[LABELS_LABEL], "unlabelled"))
			continue;
		r->label = labels.field;
		snprintf(path, sizeof(path), "%s/%s", CAPTURES, labels.field[LABELS_CAPTURE]);
		err = capture_replay(s, path, ring);
	}
	csv_reader_close(&labels);
out:
	ring_buffer__free(ring);
	return err;
}

static int recorder_open(struct recorder *r, const char *dir)
{
	char path[PATH_MAX];

	*r = (struct recorder){ 0 };
	snprintf(path, sizeof(path), "%s/rows.csv", dir);
	r->seen = calloc(SEEN_SIZE, sizeof(*r->seen));
	r->csv = fopen(path, "w");
	if (!r->seen || !r->csv)
		return -ENOMEM;
	rows_csv_write_header(r->csv, NULL);
	return 0;
}

static int recorder_close(struct recorder *r)
{
	free(r->seen);
	return r->csv && fclose(r->csv) ? -EIO : 0;
}

void vectors_free(struct vectors *v)
{
	free(v->x);
	free(v->malicious);
	*v = (struct vectors){ 0 };
}

int captures_record(struct stage *s, const char *dir, struct vectors *out)
{
	struct recorder r;
	int err, closed;

	if (access(CAPTURES "/labels.csv", R_OK))
		return -ENOENT;
	err = recorder_open(&r, dir);
	if (!err)
		err = stage_reset(s);
	s->model->id = 0;
	s->settings.snapshot_rate = UINT_MAX;
	s->settings.snapshot_share = SHARE_ALL;
	if (!err)
		err = stage_put_model(s);
	if (!err)
		err = stage_put_settings(s);
	if (!err)
		err = captures_replay(s, &r);
	closed = recorder_close(&r);
	err = err ? err : closed;
	if (err) {
		log_error(CAPTURES ": not recorded: %s", strerror(-err));
		vectors_free(&r.out);
		return err;
	}
	*out = r.out;
	return 0;
}
