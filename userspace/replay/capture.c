// SPDX-License-Identifier: BSD-2-Clause
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>
#include "capture.h"
#include "capture_walk.h"

const char *const capture_skip_texts[CAPTURE_SKIP_COUNT] = {
#define X(name, text) text,
	CAPTURE_SKIPS(X)
#undef X
};

#define SLL_HEADER 16  /* Linux cooked, version 1: the protocol is its last two bytes */
#define SLL2_HEADER 20 /* version 2: its first two */

struct capture {
	pcap_t *pcap;
	int link;
	bool is_read; /* packets of this link */
	struct capture_walk walk; /* until it comes to something that is libpcap's */
};

/* As pcap_open_offline() would. */
static pcap_t *pcap_begin(const char *path, char *text)
{
	FILE *file = fopen(path, "rbe");
	pcap_t *pcap;

	if (!file) {
		snprintf(text, PCAP_ERRBUF_SIZE, "%s: %s", path, strerror(errno));
		return NULL;
	}
	pcap = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, text);
	if (!pcap)
		fclose(file);
	return pcap;
}

int capture_open(struct capture **out, const char *path, char *why, size_t why_size)
{
	char text[PCAP_ERRBUF_SIZE] = "";
	struct capture *c = calloc(1, sizeof(*c));

	if (c)
		c->pcap = pcap_begin(path, text);
	if (!c || !c->pcap) {
		snprintf(why, why_size, "%s", c ? text : strerror(ENOMEM));
		free(c);
		return c ? -EINVAL : -ENOMEM;
	}
	c->link = pcap_datalink(c->pcap);
	c->is_read = capture_link_is_read(c);
	if (c->is_read)
		capture_walk_open(&c->walk, fileno(pcap_file(c->pcap)), pcap_snapshot(c->pcap));
	*out = c;
	return 0;
}

void capture_close(struct capture *c)
{
	if (!c)
		return;
	capture_walk_close(&c->walk);
	pcap_close(c->pcap);
	free(c);
}

const char *capture_link_name(const struct capture *c)
{
	const char *name = pcap_datalink_val_to_name(c->link);

	return name ? name : "unknown";
}

bool capture_link_is_read(const struct capture *c)
{
	switch (c->link) {
	case DLT_EN10MB:
	case DLT_RAW:
	case DLT_IPV4:
	case DLT_IPV6:
	case DLT_NULL:
	case DLT_LOOP:
	case DLT_LINUX_SLL:
	case DLT_LINUX_SLL2:
		return true;
	default:
		return false;
	}
}

static uint16_t be16_at(const unsigned char *p)
{
	return p[0] << 8 | p[1];
}

static uint32_t be32_at(const unsigned char *p)
{
	return (uint32_t)be16_at(p) << 16 | be16_at(p + 2);
}

static uint16_t type_of_ip(const unsigned char *data)
{
	return data[0] >> 4 == 6 ? ETH_P_IPV6 : data[0] >> 4 == 4 ? ETH_P_IP : 0;
}

/* An address family as some BSD or Linux numbers it, in the byte order of the machine that captured. */
static uint16_t type_of_family(uint32_t family)
{
	if (family > 0xffff)
		family = __builtin_bswap32(family);
	switch (family) {
	case 2:
		return ETH_P_IP;
	case 10:
	case 24:
	case 28:
	case 30:
		return ETH_P_IPV6;
	default:
		return 0;
	}
}

/* The frame type, 0 where it has none, and the size of the link layer; the header is there as far as `size` says. */
static uint16_t link_read(int link, const unsigned char *data, uint32_t captured, uint32_t *size)
{
	static const struct {
		int link;
		uint32_t size;
	} sizes[] = { { DLT_NULL, 4 }, { DLT_LOOP, 4 }, { DLT_LINUX_SLL, SLL_HEADER }, { DLT_LINUX_SLL2, SLL2_HEADER } };

	*size = 0;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		if (sizes[i].link == link)
			*size = sizes[i].size;
	if (captured < *size + 1)
		return 0;
	switch (link) {
	case DLT_NULL:
	case DLT_LOOP:
		return type_of_family(be32_at(data));
	case DLT_LINUX_SLL:
		return be16_at(data + SLL_HEADER - 2);
	case DLT_LINUX_SLL2:
		return be16_at(data);
	default:
		return type_of_ip(data);
	}
}

static enum capture_skip packet_frame(const struct capture *c, struct capture_packet *out, const struct pcap_pkthdr *h,
				      const unsigned char *data)
{
	uint32_t captured = h->caplen < h->len ? h->caplen : h->len, link_len = 0;

	if (!c->is_read)
		return CAPTURE_SKIP_link;
	if (h->len > CAPTURE_FRAME_MAX - ETH_HLEN)
		return CAPTURE_SKIP_too_long;
	out->prefix_len = 0;
	if (c->link != DLT_EN10MB) {
		uint16_t type = link_read(c->link, data, captured, &link_len);
		struct ethhdr eth = { 0 };

		if (captured < link_len + 1)
			return CAPTURE_SKIP_too_short;
		if (type < ETH_P_802_3_MIN) /* a length of IEEE 802.3, or one of Linux' own numbers */
			return CAPTURE_SKIP_not_ip;
		eth.h_proto = htons(type);
		memcpy(out->prefix, &eth, sizeof(eth));
		out->prefix_len = sizeof(eth);
	}
	out->time_ns = (uint64_t)h->ts.tv_sec * 1000000000 + h->ts.tv_usec; /* nanoseconds, as it was opened */
	out->len = h->len - link_len + out->prefix_len;
	out->captured = captured - link_len + out->prefix_len;
	out->body = data + link_len;
	return out->len < ETH_HLEN + 1 ? CAPTURE_SKIP_too_short : CAPTURE_KEPT;
}

/* As pcap_next_ex(). */
static int record_next(struct capture *c, struct pcap_pkthdr *h, const unsigned char **data)
{
	struct pcap_pkthdr *theirs;
	int got;

	if (c->walk.buffer) {
		if (capture_walk_next(&c->walk, h, data))
			return 1;
		capture_walk_close(&c->walk);
		if (fseeko(pcap_file(c->pcap), capture_walk_place(&c->walk), SEEK_SET))
			return PCAP_ERROR;
	}
	got = pcap_next_ex(c->pcap, &theirs, data);
	if (got == 1)
		*h = *theirs;
	return got;
}

int capture_next(struct capture *c, struct capture_packet *out, uint64_t skipped[CAPTURE_SKIP_COUNT], char *why,
		 size_t why_size)
{
	const unsigned char *data;
	struct pcap_pkthdr h;
	int got;

	while ((got = record_next(c, &h, &data)) == 1) {
		enum capture_skip skip = packet_frame(c, out, &h, data);

		if (skip == CAPTURE_KEPT)
			return 1;
		skipped[skip]++;
	}
	if (got == PCAP_ERROR_BREAK)
		return 0;
	snprintf(why, why_size, "%s", pcap_geterr(c->pcap));
	return -EBADMSG;
}

/* Returns false where the file has no such bytes. */
static bool file_begin(const char *path, unsigned char *out, size_t size)
{
	FILE *file = fopen(path, "re");
	bool is_read = file && fread(out, size, 1, file) == 1;

	if (file)
		fclose(file);
	return is_read;
}

bool capture_file_is_one(const char *path)
{
	static const uint32_t magics[] = { 0xa1b2c3d4, 0xa1b23c4d, 0xa1b2cd34, 0x0a0d0d0a };
	uint32_t magic = 0;
	bool is_one = false;

	if (file_begin(path, (unsigned char *)&magic, sizeof(magic)))
		for (size_t i = 0; i < sizeof(magics) / sizeof(*magics); i++)
			is_one |= magic == magics[i] || magic == __builtin_bswap32(magics[i]);
	return is_one;
}

const char *file_unpacker(const char *path)
{
	static const struct {
		const char *begin, *unpacker;
	} packed[] = {
		{ "\x1f\x8b", "gunzip" }, { "BZh", "bunzip2" }, { "\xfd" "7zXZ", "unxz" }, { "\x28\xb5\x2f\xfd", "unzstd" },
	};
	unsigned char begin[6];

	if (!file_begin(path, begin, sizeof(begin)))
		return NULL;
	for (size_t i = 0; i < sizeof(packed) / sizeof(*packed); i++)
		if (!memcmp(begin, packed[i].begin, strlen(packed[i].begin)))
			return packed[i].unpacker;
	return NULL;
}
