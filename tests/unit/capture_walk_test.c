// SPDX-License-Identifier: BSD-2-Clause
/* Capture files as libpcap reads them: record for record, error for error, whichever of both ways they are read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <pcap/pcap.h>
#include "capture.h"
#include "capture_walk.h"

#define RECORDS 2000 /* several buffers full */

/* What differs from an ordinary file. */
struct oddity {
	const char *name;
	uint32_t magic, record_max; /* 0: of microseconds; 65535 */
	uint16_t major, minor;	    /* 0: 2.4 */
	bool swapped;
	int at; /* of which record; what follows holds only there */
	uint32_t seconds, fraction, captured;
	int cut; /* bytes off the end */
	bool walks; /* all of it, so that libpcap is not asked */
};

static const struct oddity oddities[] = {
	{ .name = "ordinary", .walks = true },
	{ .name = "of nanoseconds", .magic = 0xa1b23c4d, .fraction = 999999999, .walks = true },
	{ .name = "of another machine", .swapped = true, .walks = true },
	{ .name = "of another machine, nanoseconds", .magic = 0xa1b23c4d, .swapped = true, .walks = true },
	{ .name = "an old version, whose lengths may be swapped", .minor = 3 },
	{ .name = "a version to come", .major = 3 },
	{ .name = "a modified form, with longer records", .magic = 0xa1b2cd34 },
	{ .name = "nobody's", .magic = 0x12345678 },
	{ .name = "a record longer than the file says", .record_max = 100, .captured = 150 },
	{ .name = "a record longer than any", .captured = 1u << 30 },
	{ .name = "a record longer than the buffer", .record_max = 200000, .captured = 150000 },
	{ .name = "any length allowed", .record_max = 0xffffffff, .walks = true },
	{ .name = "a second of 1,000,000 microseconds", .fraction = 1000000 },
	{ .name = "after 2038", .seconds = 0x90000000 },
	{ .name = "cut in a packet", .cut = 1 },
	{ .name = "cut in a record's header", .cut = 70 + 3 },
	{ .name = "cut behind a record", .cut = 70 + 16, .walks = true },
	{ .name = "cut in the file's header", .cut = 1 << 30 },
};

static void word_write(FILE *file, const struct oddity *o, uint32_t word)
{
	if (o->swapped)
		word = __builtin_bswap32(word);
	fwrite(&word, sizeof(word), 1, file);
}

static void halves_write(FILE *file, const struct oddity *o, uint16_t first, uint16_t second)
{
	uint16_t half[] = { o->swapped ? __builtin_bswap16(first) : first, o->swapped ? __builtin_bswap16(second) : second };

	fwrite(half, sizeof(half), 1, file);
}

static void file_make(char *path, const struct oddity *o)
{
	unsigned char *data = calloc(1, 200000);
	FILE *file = fdopen(mkstemp(path), "w");
	long size;

	memset(data, 0x45, 200000);
	word_write(file, o, o->magic ? o->magic : 0xa1b2c3d4);
	halves_write(file, o, o->major ? o->major : 2, o->minor ? o->minor : 4);
	word_write(file, o, 0);
	word_write(file, o, 0);
	word_write(file, o, o->record_max ? o->record_max : 65535);
	word_write(file, o, 1);
	for (int i = 0; i < RECORDS; i++) {
		bool odd = i == RECORDS / 2;
		uint32_t captured = odd && o->captured ? o->captured : i == RECORDS - 1 ? 70u : 60u + i % 40;

		word_write(file, o, odd && o->seconds ? o->seconds : 1600000000u + i);
		word_write(file, o, odd && o->fraction ? o->fraction : (uint32_t)i);
		word_write(file, o, captured);
		word_write(file, o, captured + i % 3);
		data[20] = i;
		data[21] = i >> 8;
		fwrite(data, captured > 200000 ? 100 : captured, 1, file);
	}
	fflush(file);
	size = ftell(file);
	assert_int_equal(ftruncate(fileno(file), o->cut > size ? 10 : size - o->cut), 0);
	fclose(file);
	free(data);
}

/* Reads the file to its end both ways. Returns how many packets there were. */
static size_t file_compare(const char *path, const struct oddity *o)
{
	char why[CAPTURE_WHY] = "", text[PCAP_ERRBUF_SIZE] = "";
	uint64_t skipped[CAPTURE_SKIP_COUNT] = { 0 };
	pcap_t *theirs = pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, text);
	struct capture *ours = NULL;
	int err = capture_open(&ours, path, why, sizeof(why)), got, wanted;
	size_t count = 0;

	assert_int_equal(!err, theirs != NULL);
	assert_string_equal(why, text);
	while (!err) {
		const unsigned char *data;
		struct capture_packet p;
		struct pcap_pkthdr *h;

		wanted = pcap_next_ex(theirs, &h, &data);
		got = capture_next(ours, &p, skipped, why, sizeof(why));
		if (wanted != 1) {
			assert_int_equal(got, wanted == PCAP_ERROR_BREAK ? 0 : -EBADMSG);
			assert_string_equal(why, wanted == PCAP_ERROR_BREAK ? "" : pcap_geterr(theirs));
			break;
		}
		if (got != 1)
			fail_msg("%s: packet %zu is missed", o->name, count);
		assert_true(p.time_ns == (uint64_t)h->ts.tv_sec * 1000000000 + h->ts.tv_usec);
		assert_int_equal(p.len, h->len);
		assert_int_equal(p.captured, h->caplen);
		assert_memory_equal(p.body, data, h->caplen);
		count++;
	}
	capture_close(ours);
	if (theirs)
		pcap_close(theirs);
	return count;
}

/* True when all of the file can be walked, without libpcap. */
static bool file_walks(const char *path, uint32_t record_max, size_t count)
{
	FILE *file = fopen(path, "r");
	struct capture_walk w;
	struct pcap_pkthdr h;
	const unsigned char *data;
	bool walks = capture_walk_open(&w, fileno(file), record_max);

	for (size_t i = 0; walks && i < count; i++)
		walks = capture_walk_next(&w, &h, &data);
	fseek(file, 0, SEEK_END);
	walks = walks && !capture_walk_next(&w, &h, &data) && capture_walk_place(&w) == ftell(file);
	capture_walk_close(&w);
	fclose(file);
	return walks;
}

static void files_are_read_as_libpcap_reads_them(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(oddities) / sizeof(*oddities); i++) {
		char path[] = "/tmp/capture.XXXXXX";
		size_t count;

		file_make(path, &oddities[i]);
		count = file_compare(path, &oddities[i]);
		if (file_walks(path, oddities[i].record_max ? oddities[i].record_max : 65535, count) != oddities[i].walks)
			fail_msg("%s: %s", oddities[i].name, oddities[i].walks ? "libpcap is asked" : "libpcap is not asked");
		unlink(path);
	}
}

static void what_cannot_be_opened_is_told_as_by_libpcap(void **state)
{
	struct oddity nothing = { .name = "nothing" };

	(void)state;
	assert_int_equal(file_compare("/nowhere/capture.pcap", &nothing), 0);
	assert_int_equal(file_compare("/tmp", &nothing), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_read_as_libpcap_reads_them),
		cmocka_unit_test(what_cannot_be_opened_is_told_as_by_libpcap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
