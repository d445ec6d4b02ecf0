/* SPDX-License-Identifier: BSD-2-Clause */
/* The packets of capture files, as Ethernet frames that BPF_PROG_TEST_RUN carries in one piece. */
#ifndef CAPTURES_H
#define CAPTURES_H

#include <dirent.h>
#include <stdio.h>
#define PCAP_DONT_INCLUDE_PCAP_BPF_H /* it would define linux/bpf.h's structs again */
#include <pcap/pcap.h>
#include <pcap/dlt.h>
#include <sys/stat.h>
#include "packets.h"

#define CAPTURES_DEFAULT "../shared/data/captures"
#define CAPTURE_FRAME_MAX 3000 /* bytes */

/* `frame` stands two bytes behind a word boundary, as test packets do. */
typedef void capture_frame_taker(void *context, const unsigned char *frame, __u32 len);

struct captures_read {
	__u64 files, files_cut, frames, skipped;
};

/* The frame as Ethernet, padded with zeros to its original length. Returns false for what the call cannot carry. */
static inline bool frame_from_capture(unsigned char *big, __u32 *len, int link, const struct pcap_pkthdr *h,
				      const unsigned char *data)
{
	__u32 offset = 0, body = h->caplen;

	if (link == DLT_RAW || link == DLT_IPV4 || link == DLT_IPV6 || link == 14) {
		struct ethhdr eth = { .h_proto = htons(body && (data[0] >> 4) == 6 ? ETH_P_IPV6 : ETH_P_IP) };

		memcpy(big, &eth, sizeof(eth));
		offset = sizeof(eth);
	} else if (link != DLT_EN10MB) {
		return false;
	}
	if (h->len > CAPTURE_FRAME_MAX)
		return false;
	*len = h->len + offset;
	if (*len < ETH_HLEN + 1 || *len > CAPTURE_FRAME_MAX || body + offset > *len)
		return false;
	memcpy(big + offset, data, body);
	memset(big + offset + body, 0, *len - offset - body);
	return true;
}

static inline void capture_read(const char *path, capture_frame_taker *take, void *context, struct captures_read *read)
{
	static struct {
		char align[2];
		unsigned char data[CAPTURE_FRAME_MAX + 64];
	} __attribute__((aligned(4))) big;
	char why[PCAP_ERRBUF_SIZE];
	pcap_t *p = pcap_open_offline(path, why);
	struct pcap_pkthdr *h;
	const unsigned char *data;
	int got;

	if (!p)
		fail_msg("%s: %s", path, why);
	read->files++;
	while ((got = pcap_next_ex(p, &h, &data)) == 1) {
		__u32 len;

		if (!frame_from_capture(big.data, &len, pcap_datalink(p), h, data)) {
			read->skipped++;
			continue;
		}
		read->frames++;
		take(context, big.data, len);
	}
	read->files_cut += got == PCAP_ERROR; /* some end in the middle of a packet, on purpose */
	pcap_close(p);
}

static inline bool is_capture(const char *name)
{
	const char *end = strrchr(name, '.');

	return end && (!strcmp(end, ".pcap") || !strcmp(end, ".pcapng"));
}

static inline void captures_read_into(const char *folder, capture_frame_taker *take, void *context,
				      struct captures_read *read)
{
	struct dirent **entries;
	int n = scandir(folder, &entries, NULL, alphasort);

	if (n < 0)
		fail_msg("%s: %s", folder, strerror(errno));
	for (int i = 0; i < n; i++) {
		char path[4096];
		struct stat st;

		if (snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name) < (int)sizeof(path) &&
		    entries[i]->d_name[0] != '.' && !stat(path, &st)) {
			if (S_ISDIR(st.st_mode))
				captures_read_into(path, take, context, read);
			else if (is_capture(path))
				capture_read(path, take, context, read);
		}
		free(entries[i]);
	}
	free(entries);
}

/* The folder of the captures, or one below it. Skips the test where there is none. */
static inline void captures_find(const char *below, char *out, size_t size)
{
	const char *folder = getenv("CAPTURES");

	snprintf(out, size, "%s%s", folder ? folder : CAPTURES_DEFAULT, below);
	if (!access(out, F_OK))
		return;
	print_message("skip: no folder %s; CAPTURES=FOLDER names another\n", out);
	skip();
}

/* Every frame of every capture below a folder, file by file. Fails the test where one cannot be opened. */
static inline struct captures_read captures_read(const char *folder, capture_frame_taker *take, void *context)
{
	struct captures_read read = { 0 };

	captures_read_into(folder, take, context, &read);
	return read;
}

#endif
