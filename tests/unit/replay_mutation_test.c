// SPDX-License-Identifier: BSD-2-Clause
/*
 * Broken captures: small files of every form, mutated, in each run others (HEDGEROW_FUZZ_SEED repeats one,
 * HEDGEROW_FUZZ_ROUNDS says how many). What libpcap reads of them is read, and not a packet more; what is wrong is one line; and
 * the replay of what is left goes on to its end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <pcap/pcap.h>
#include "capture_images.h"
#include "replay.h"

#define ROUNDS 20000
#define REPLAYED 400 /* files of one replay */

static uint64_t seed;

static uint64_t number_from_environment(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 10) : otherwise;
}

static uint32_t chance(uint32_t below)
{
	seed = seed * 6364136223846793005ull + 1442695040888963407ull; /* Knuth's MMIX */
	return (seed >> 33) % below;
}

/* Numbers that readers stumble over, in either byte order. */
static uint32_t odd_number(const struct image *i)
{
	static const uint32_t odd[] = { 0, 1, 2, 3, 4, 6, 7, 11, 12, 13, 14, 15, 16, 28, 32, 0x7f, 0x80, 0xff, 0xffff, 65536, 65553,
					262143, 262144, 262145, 1 << 20, 0x01000000, 0x7fffffff, 0x80000000, 0xfffffff0,
					0xfffffffc, 0xffffffff, 113, 276, 101, 0x0a0d0d0a, 0x1a2b3c4d, 0xa1b23c4d };
	uint32_t n = chance(8) ? odd[chance(sizeof(odd) / sizeof(*odd))] : i->size + chance(64) - 32;

	return chance(2) ? n : __builtin_bswap32(n);
}

static void image_edit(struct image *i)
{
	uint32_t at = chance(i->size), len = 1 + chance(64), n = odd_number(i);

	switch (chance(8)) {
	case 0:
		i->data[at] = chance(256);
		break;
	case 1:
		i->data[at] ^= 1 << chance(8);
		break;
	case 2: /* a piece is lost */
		len = len < i->size - at ? len : i->size - at;
		memmove(i->data + at, i->data + at + len, i->size - at - len);
		i->size -= len;
		break;
	case 3: /* or is there twice */
		len = len < i->size - at ? len : i->size - at;
		if (i->size + len > sizeof(i->data))
			break;
		memmove(i->data + at + len, i->data + at, i->size - at);
		i->size += len;
		break;
	default:
		at &= ~3u;
		if (at + sizeof(n) <= i->size)
			memcpy(i->data + at, &n, chance(4) ? sizeof(n) : 2);
	}
	i->size += !i->size;
}

static void image_mutate(struct image *i)
{
	for (uint32_t edits = chance(5); edits; edits--)
		image_edit(i);
	if (!chance(4))
		i->size = 1 + chance(i->size);
}

static void image_write(const struct image *i, const char *path)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(i->data, i->size, 1, file), 1);
	fclose(file);
}

static void is_one_line(const char *text)
{
	assert_true(*text);
	assert_null(strpbrk(text, "\r\n"));
}

static uint64_t sum_of(const uint64_t skipped[CAPTURE_SKIP_COUNT])
{
	uint64_t sum = 0;

	for (int i = 0; i < CAPTURE_SKIP_COUNT; i++)
		sum += skipped[i];
	return sum;
}

/* Our packet is theirs, but for what stands in place of its link layer. */
static void packet_compare(const struct capture_packet *p, const struct pcap_pkthdr *h, const unsigned char *data)
{
	uint32_t captured = h->caplen < h->len ? h->caplen : h->len, body = p->captured - p->prefix_len;

	assert_true(p->time_ns == (uint64_t)h->ts.tv_sec * 1000000000 + h->ts.tv_usec);
	assert_true(p->prefix_len <= p->captured && p->captured <= p->len && p->len <= CAPTURE_FRAME_MAX);
	assert_true(body <= captured);
	assert_memory_equal(p->body, data + captured - body, body);
}

/* The packets that libpcap reads, with those that are skipped, and the same end. Returns how many were kept. */
static uint64_t packets_compare(struct capture *ours, pcap_t *theirs)
{
	uint64_t skipped[CAPTURE_SKIP_COUNT] = { 0 }, passed = 0, kept = 0;
	char why[CAPTURE_WHY] = "";
	const unsigned char *data;
	struct capture_packet p;
	struct pcap_pkthdr *h;
	int got, wanted;

	for (;; kept++) {
		got = capture_next(ours, &p, skipped, why, sizeof(why));
		for (; passed < sum_of(skipped); passed++)
			assert_int_equal(pcap_next_ex(theirs, &h, &data), 1);
		wanted = pcap_next_ex(theirs, &h, &data);
		assert_int_equal(got, wanted == 1 ? 1 : wanted == PCAP_ERROR_BREAK ? 0 : -EBADMSG);
		if (got != 1)
			break;
		packet_compare(&p, h, data);
	}
	if (got < 0)
		is_one_line(why);
	return kept;
}

/* What came of the files. */
static struct {
	uint64_t refused, packets;
} seen;

static void file_compare(const char *path)
{
	char why[CAPTURE_WHY] = "", text[PCAP_ERRBUF_SIZE] = "";
	pcap_t *theirs = pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, text);
	struct capture *ours = NULL;
	int err = capture_open(&ours, path, why, sizeof(why));

	assert_int_equal(!err, theirs != NULL);
	if (err) {
		is_one_line(why);
		seen.refused++;
		return;
	}
	seen.packets += packets_compare(ours, theirs);
	capture_close(ours);
	pcap_close(theirs);
}

static void broken_captures_are_read_as_libpcap_reads_them(void **state)
{
	uint64_t rounds = number_from_environment("HEDGEROW_FUZZ_ROUNDS", ROUNDS);
	char path[] = "/tmp/capture.XXXXXX";
	struct image i;

	(void)state;
	close(mkstemp(path));
	for (uint64_t round = 0; round < rounds; round++) {
		image_make(&i, round % IMAGE_KINDS);
		if (round >= IMAGE_KINDS) /* first each as it is */
			image_mutate(&i);
		image_write(&i, path);
		file_compare(path);
	}
	unlink(path);
	print_message("# %" PRIu64 " captures: %" PRIu64 " refused, %" PRIu64 " packets of the others\n", rounds, seen.refused,
		      seen.packets);
	assert_true(rounds < ROUNDS || (seen.refused > rounds / 50 && seen.packets > rounds));
}

/* Fills a folder of mutated captures, and the set with those that begin as captures do. */
static void captures_make(struct capture_set *set, char *folder)
{
	struct overlay none = OVERLAY_NONE;
	char path[64], why[CAPTURE_WHY];
	struct image i;

	assert_non_null(mkdtemp(folder));
	for (int n = 0; n < REPLAYED; n++) {
		image_make(&i, chance(IMAGE_KINDS));
		image_mutate(&i);
		snprintf(path, sizeof(path), "%s/%d.pcap", folder, n);
		image_write(&i, path);
		if (capture_set_add(set, path, &none, why, sizeof(why)))
			is_one_line(why); /* it does not begin as a capture any more: a list, whose lines are no paths */
	}
}

static void captures_unmake(const char *folder)
{
	char path[64];

	for (int n = 0; n < REPLAYED; n++) {
		snprintf(path, sizeof(path), "%s/%d.pcap", folder, n);
		unlink(path);
	}
	rmdir(folder);
}

/* What is said on the way: a line for each capture that cannot be read, or not to its end, which names it. */
static void words_check(FILE *words, const char *folder, const struct replay_totals *t)
{
	char *line = NULL;
	uint64_t count = 0;
	size_t size = 0;
	ssize_t length;

	rewind(words);
	for (; (length = getline(&line, &size, words)) > 0; count++) {
		assert_true(length < 1024 && strstr(line, folder));
		for (const char *at = line; at[1]; at++)
			assert_true(isprint((unsigned char)*at));
	}
	free(line);
	assert_true(t->unread && t->cut && count >= t->unread && count >= t->cut); /* who is cut at once may be both */
}

static void the_replay_of_broken_captures_goes_on_to_its_end(void **state)
{
	struct replay_options o = { .settings = { 0 }, .sizes = { 4096, 1024, 1024 } };
	char folder[] = "/tmp/captures.XXXXXX", *rows = NULL;
	struct capture_set set = { 0 };
	struct replay_totals totals;
	FILE *words = tmpfile(), *before = stderr;
	int err;
	size_t size;

	(void)state;
	captures_make(&set, folder);
	settings_defaults(&o.settings);
	o.settings.snapshot_share = 65536;
	o.settings.snapshot_rate = 0xffffffff;
	o.set = &set;
	o.rows = open_memstream(&rows, &size);
	stderr = words; /* ours, not the sanitizers' */
	err = replay_run(&o, &totals);
	stderr = before;
	fclose(o.rows);
	assert_int_equal(err, 0);
	assert_int_equal(totals.captures + totals.unread, set.count);
	assert_true(totals.packets > REPLAYED && totals.rows > REPLAYED / 4);
	words_check(words, folder, &totals);
	print_message("# %zu captures replayed, %" PRIu64 " not opened, %" PRIu64 " ended early: %" PRIu64 " packets, %" PRIu64
		      " rows\n", set.count, totals.unread, totals.cut, totals.packets, totals.rows);
	fclose(words);
	captures_unmake(folder);
	capture_set_free(&set);
	free(rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(broken_captures_are_read_as_libpcap_reads_them),
		cmocka_unit_test(the_replay_of_broken_captures_goes_on_to_its_end),
	};
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	seed = number_from_environment("HEDGEROW_FUZZ_SEED", now.tv_sec * 1000000000ull + now.tv_nsec);
	printf("# HEDGEROW_FUZZ_SEED=%" PRIu64 "\n", seed);
	return cmocka_run_group_tests_name("replay_mutation", tests, NULL, NULL);
}
