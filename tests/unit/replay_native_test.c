// SPDX-License-Identifier: BSD-2-Clause
/* The datapath compiled for the host, fed with captures: the rows that come out, and which way packets go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <elf.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/libbpf.h>
#include "bpf/hedgerow.skel.h"
#include "bpf/egress.skel.h"
#include "capture_file.h"
#include "dataset.h"
#include "packets.h"
#include "replay.h"
#include "tables.h"
#include "userspace/replay/egress_replay.skel.h"
#include "userspace/replay/xdp_replay.skel.h"

#define CLIENT "10.1.0.1"
#define SERVER "10.1.0.2"

/* A handshake, a request, its answer; a second apart from each other. Later a SYN to another port is refused. */
static void capture_make(char *path)
{
	const struct frame frames[] = {
		frame_tcp(CLIENT, 4000, SERVER, 80, TCP_SYN, 100, 0, 0),
		frame_tcp(SERVER, 80, CLIENT, 4000, TCP_SYN | TCP_ACK, 900, 101, 0),
		frame_tcp(CLIENT, 4000, SERVER, 80, TCP_ACK, 101, 901, 0),
		frame_tcp(CLIENT, 4000, SERVER, 80, TCP_ACK | TCP_PSH, 101, 901, 50),
		frame_tcp(SERVER, 80, CLIENT, 4000, TCP_ACK | TCP_PSH, 901, 151, 500),
		frame_tcp(CLIENT, 4001, SERVER, 81, TCP_SYN, 100, 0, 0),
		frame_tcp(SERVER, 81, CLIENT, 4001, TCP_RST | TCP_ACK, 0, 101, 0),
	};
	FILE *file = capture_file_begin(path, LINK_ETHERNET);

	for (size_t i = 0; i < sizeof(frames) / sizeof(*frames); i++)
		capture_file_add(file, (i < 5 ? i : i + 3) * 1000000, frames[i].data, frames[i].len, frames[i].len);
	fclose(file);
}

struct outcome {
	struct replay_totals totals;
	struct dataset rows;
};

/* Replays the capture above and reads its rows back. */
static struct outcome replay_made(struct replay_options *o)
{
	char path[] = "/tmp/capture.XXXXXX", rows_path[] = "/tmp/rows.XXXXXX", why[256];
	const char *paths[] = { rows_path };
	struct dataset_options any = { 0 };
	struct overlay none = OVERLAY_NONE;
	struct capture_set set = { 0 };
	struct outcome out = { 0 };

	capture_make(path);
	assert_int_equal(capture_set_add(&set, path, &none, why, sizeof(why)), 0);
	o->set = &set;
	settings_defaults(&o->settings);
	o->settings.snapshot_share = 65536;
	o->settings.snapshot_rate = 0xffffffff;
	o->settings.one_way = o->direction.ingress_only;
	o->rows = fdopen(mkstemp(rows_path), "w");
	assert_int_equal(replay_run(o, &out.totals), 0);
	fclose(o->rows);
	if (dataset_load(&out.rows, paths, 1, &any, why, sizeof(why)))
		fail_msg("%s", why);
	capture_set_free(&set);
	unlink(path);
	unlink(rows_path);
	return out;
}

static float value(const struct dataset *d, size_t row, enum feature_id id)
{
	assert_true(row < d->rows);
	return dataset_row(d, row)[id];
}

static void answers_leave_unless_told_otherwise(void **state)
{
	struct replay_options o = { 0 };
	struct outcome out = replay_made(&o);

	(void)state;
	assert_int_equal(out.totals.packets, 7);
	assert_int_equal(out.totals.entered, 4);
	assert_int_equal(out.totals.left, 3);
	assert_int_equal(out.totals.flows, 2);
	assert_int_equal(out.rows.rows, 4); /* at packets 1, 3 (the 2nd left) and 4, and the refused one's 1 */
	assert_int_equal(out.rows.packets[1], 3);
	assert_int_equal(value(&out.rows, 1, FEATURE_tstate), FLOW_STATE_ESTABLISHED);
	assert_int_equal(value(&out.rows, 1, FEATURE_ans), 1);
	assert_int_equal(value(&out.rows, 1, FEATURE_s_hs_long), 1);
	assert_true(out.rows.time[1] == CAPTURE_START + 2);
	dataset_free(&out.rows);
}

static void both_directions_can_enter(void **state)
{
	struct replay_options o = { .direction.rule = DIRECTION_ALL_ENTER };
	struct outcome out = replay_made(&o);

	(void)state;
	assert_int_equal(out.totals.entered, 7);
	assert_int_equal(out.rows.rows, 5);
	assert_int_equal(out.rows.packets[1], 2);
	dataset_free(&out.rows);
}

static void what_a_host_inside_begins_is_never_judged(void **state)
{
	struct replay_options o = { .direction = { .rule = DIRECTION_INSIDE_LEAVES, .inside_count = 1 } };
	struct outcome out;

	(void)state;
	assert_int_equal(ip_prefix_parse(CLIENT, &o.direction.inside[0], NULL), 0);
	out = replay_made(&o);
	assert_int_equal(out.totals.left, 4);
	assert_int_equal(out.totals.entered, 3);
	dataset_free(&out.rows);
}

static void without_egress_a_handshake_alone_tells_of_an_answer(void **state)
{
	struct replay_options o = { .direction.ingress_only = true };
	struct outcome out = replay_made(&o);

	(void)state;
	assert_int_equal(out.totals.packets, 4);
	assert_int_equal(out.totals.skipped[CAPTURE_SKIP_not_entering], 3);
	assert_int_equal(out.rows.rows, 3); /* 1 and 2, which is the ACK; the other's 1 */
	assert_int_equal(value(&out.rows, 0, FEATURE_ans), 0);
	assert_int_equal(value(&out.rows, 1, FEATURE_ans), 1); /* which the ACK acknowledges */
	assert_int_equal(value(&out.rows, 1, FEATURE_s_hs_long), 1); /* a handshake shows from this side alone */
	assert_int_equal(value(&out.rows, 2, FEATURE_ans), 0);
	dataset_free(&out.rows);
}

static void last_packets_have_rows_of_their_own(void **state)
{
	struct replay_options o = { .last = true };
	struct outcome out = replay_made(&o);

	(void)state;
	assert_int_equal(out.rows.rows, 6);
	assert_int_equal(out.rows.packets[4], 5);
	assert_int_equal(out.rows.packets[5], 2);
	assert_int_equal(value(&out.rows, 5, FEATURE_tstate), FLOW_STATE_RST);
	assert_true(out.rows.time[4] == CAPTURE_START + 4);
	dataset_free(&out.rows);
}

static void windows_begin_where_the_clock_is_moved_to(void **state)
{
	struct replay_options o = { 0 };
	struct outcome out;
	int differ = 0;

	(void)state;
	for (long long offset = 0; offset < 9; offset++) {
		o.clock_offset_ns = offset * 1000000000;
		out = replay_made(&o);
		assert_true(out.rows.time[0] == CAPTURE_START); /* rows keep the capture's time */
		differ += value(&out.rows, 3, FEATURE_s_hs_short) == 0;
		dataset_free(&out.rows);
	}
	assert_in_range(differ, 1, 8);
}

static void native_frames_of_any_content_are_survived(void **state)
{
	struct native_listener nobody = { 0 };
	struct native_sizes sizes = { .flows = 64, .sources = 16, .dests = 16 };
	struct frame f = frame_tcp(CLIENT, 4000, SERVER, 80, TCP_SYN, 100, 0, 10);
	__u64 seed = 3, entered = 0, outcomes = 0;

	(void)state;
	assert_int_equal(native_open(&sizes, &nobody), 0);
	for (int i = 0; i < 20000; i++) {
		struct native_frame n = { .data = malloc(f.len + 4), .time_ns = i * 1000000ull };
		struct native_look look;

		seed = seed * 6364136223846793005ull + 1442695040888963407ull;
		memcpy(n.data + 2, f.data, f.len);
		n.len = ETH_HLEN + 1 + (seed >> 33) % (f.len - ETH_HLEN);
		for (int change = seed >> 60; change > 0; change--) {
			seed = seed * 6364136223846793005ull + 1442695040888963407ull;
			n.data[2 + 12 + (seed >> 33) % 42] = seed >> 40;
		}
		n.data = realloc(n.data, n.len + 2) + 2; /* so that a sanitizer sees who reads on */
		native_look(&look, &n);
		if (seed >> 63)
			native_leave(&n);
		else
			entered += native_enter(&n) == XDP_PASS;
		free(n.data - 2);
	}
#define X(name, kind, doc)                                                                                             \
	if (COUNTER_KIND_##kind == COUNTER_KIND_OUTCOME)                                                               \
		outcomes += native_counter(COUNTER_##name);
	COUNTERS(X)
#undef X
	assert_int_equal(outcomes, entered);
	native_close();
}

/* Packets of few hosts, both ways, some of them changed anywhere, some cut. */
static void capture_make_motley(char *path)
{
	FILE *file = capture_file_begin(path, LINK_ETHERNET);
	uint64_t seed = 5;

	for (int i = 0; i < 20000; i++) {
		struct frame f;
		int port;

		seed = seed * 6364136223846793005ull + 1442695040888963407ull;
		port = 4000 + (seed >> 33) % 1500;
		f = seed >> 61 > 2 ? frame_tcp(CLIENT, port, SERVER, 80, seed >> 63 ? TCP_SYN : TCP_ACK, 100, 0, 10) :
				     frame_tcp(SERVER, 80, CLIENT, port, TCP_SYN | TCP_ACK, 900, 101, 0);
		for (int change = seed >> 44 & 31; change < 3; change++) {
			seed = seed * 6364136223846793005ull + 1442695040888963407ull;
			f.data[12 + (seed >> 33) % 42] = seed >> 40;
		}
		capture_file_add(file, i * 1000, f.data, seed >> 50 & 7 ? f.len : f.len - (seed >> 53) % 40, f.len);
	}
	fclose(file);
}

static char *rows_of_motley(struct replay_options *o, const struct capture_set *set, struct replay_totals *totals)
{
	char *text = NULL;
	size_t size;

	o->set = set;
	settings_defaults(&o->settings);
	o->settings.snapshot_share = 65536;
	o->settings.snapshot_rate = 0xffffffff;
	o->rows = open_memstream(&text, &size);
	assert_int_equal(replay_run(o, totals), 0);
	fclose(o->rows);
	return text;
}

/* Merged captures are not looked at ahead. */
static void look_ahead_changes_nothing(void **state)
{
	struct replay_options apart = { 0 }, merged = { .merge = true };
	struct replay_totals totals[2];
	char path[] = "/tmp/capture.XXXXXX", why[256], *rows[2];
	struct overlay none = OVERLAY_NONE;
	struct capture_set set = { 0 };

	(void)state;
	capture_make_motley(path);
	assert_int_equal(capture_set_add(&set, path, &none, why, sizeof(why)), 0);
	rows[0] = rows_of_motley(&apart, &set, &totals[0]);
	rows[1] = rows_of_motley(&merged, &set, &totals[1]);
	assert_memory_equal(&totals[0], &totals[1], sizeof(*totals));
	assert_string_equal(rows[0], rows[1]);
	assert_true(totals[0].rows > 3000 && totals[0].left > 1000 && totals[0].flows > 2000);
	free(rows[0]);
	free(rows[1]);
	capture_set_free(&set);
	unlink(path);
}

/* Every map of an object has a table of the same sizes, but for those that hold programs. */
static void maps_compare(struct bpf_object *obj)
{
	struct bpf_map *map;

	assert_non_null(obj);
	bpf_object__for_each_map(map, obj) {
		struct table *t = native_table_find(bpf_map__name(map));

		if (bpf_map__is_internal(map) || bpf_map__type(map) == BPF_MAP_TYPE_PROG_ARRAY) /* no code forms there */
			continue;
		if (!t)
			fail_msg("%s has no table", bpf_map__name(map));
		assert_int_equal(t->type, bpf_map__type(map));
		if (!t->entries) /* one that stays empty */
			continue;
		assert_int_equal(t->key_size, bpf_map__key_size(map));
		assert_int_equal(t->value_size, bpf_map__value_size(map));
		assert_int_equal(t->entries, bpf_map__max_entries(map));
	}
}

static void every_map_has_its_table(void **state)
{
	struct native_listener nobody = { 0 };
	struct native_sizes sizes = { 0 };
	struct hedgerow_bpf *xdp = hedgerow_bpf__open();
	struct egress_bpf *egress = egress_bpf__open();

	(void)state;
	assert_int_equal(native_open(&sizes, &nobody), 0);
	maps_compare(xdp->obj);
	maps_compare(egress->obj);
	native_close();
	egress_bpf__destroy(egress);
	hedgerow_bpf__destroy(xdp);
}

static bool is_call(const struct bpf_insn *i)
{
	return i->code == (BPF_JMP | BPF_CALL);
}

/* What a capture answers in the kernel's place: the time, and whose sockets there are. */
static bool is_answered_by_captures(const struct bpf_insn *i)
{
	static const int helpers[] = { BPF_FUNC_ktime_get_coarse_ns, BPF_FUNC_jiffies64, BPF_FUNC_skc_lookup_tcp,
				       BPF_FUNC_sk_lookup_udp, BPF_FUNC_sk_release, BPF_FUNC_tcp_check_syncookie };

	for (size_t h = 0; h < sizeof(helpers) / sizeof(*helpers); h++)
		if (is_call(i) && i->src_reg != BPF_PSEUDO_CALL && i->imm == helpers[h])
			return true;
	return false;
}

struct elf {
	const char *at;
	const Elf64_Shdr *sections;
	const Elf64_Sym *symbols;
	size_t symbol_count;
	const char *names;
};

/* A copy: a skeleton's bytes lie anywhere. elf_close() frees it. */
static struct elf elf_open(const void *bytes, size_t size)
{
	Elf64_Ehdr *head = malloc(size);
	struct elf e = { .at = memcpy(head, bytes, size) };

	e.sections = (const void *)(e.at + head->e_shoff);
	for (int i = 0; i < head->e_shnum; i++) {
		if (e.sections[i].sh_type != SHT_SYMTAB)
			continue;
		e.symbols = (const void *)(e.at + e.sections[i].sh_offset);
		e.symbol_count = e.sections[i].sh_size / sizeof(*e.symbols);
		e.names = e.at + e.sections[e.sections[i].sh_link].sh_offset;
	}
	assert_non_null(e.symbols);
	return e;
}

static void elf_close(struct elf *e)
{
	free((void *)e->at);
}

static const struct bpf_insn *elf_function(const struct elf *e, const Elf64_Sym *f)
{
	return (const void *)(e->at + e->sections[f->st_shndx].sh_offset + f->st_value);
}

static const Elf64_Sym *elf_find(const struct elf *e, const char *name)
{
	for (size_t i = 0; i < e->symbol_count; i++)
		if (ELF64_ST_TYPE(e->symbols[i].st_info) == STT_FUNC && !strcmp(e->names + e->symbols[i].st_name, name))
			return &e->symbols[i];
	return NULL;
}

/* The name of the function that begins at `offset` of its section. */
static const char *elf_name_at(const struct elf *e, size_t offset)
{
	for (size_t i = 0; i < e->symbol_count; i++)
		if (ELF64_ST_TYPE(e->symbols[i].st_info) == STT_FUNC && e->symbols[i].st_value == offset &&
		    ELF64_ST_BIND(e->symbols[i].st_info) == STB_LOCAL)
			return e->names + e->symbols[i].st_name;
	return "";
}

/*
 * The objects for replays differ from those in earnest in nothing but that: the same instructions, those that ask it calls
 * of another function. (Calls of functions of ours and addresses of maps are filled in when an object is loaded. Those
 * of functions that bpf_loop() calls are offsets before; `in` and `in_b` name them.) Returns how many ask.
 */
static int insns_compare(const struct bpf_insn *a, const struct bpf_insn *b, size_t count, const struct elf *in,
			 const struct elf *in_b)
{
	int asks = 0;

	for (size_t i = 0; i < count; i++) {
		assert_int_equal(a[i].code, b[i].code);
		assert_int_equal(a[i].dst_reg, b[i].dst_reg);
		assert_int_equal(a[i].off, b[i].off);
		if (is_answered_by_captures(&a[i])) {
			assert_int_equal(b[i].src_reg, BPF_PSEUDO_CALL);
			asks++;
			continue;
		}
		assert_int_equal(a[i].src_reg, b[i].src_reg);
		if (in && a[i].code == (BPF_LD | BPF_IMM | BPF_DW) && a[i].imm != b[i].imm) {
			assert_string_equal(elf_name_at(in, a[i].imm), elf_name_at(in_b, b[i].imm));
			assert_string_not_equal(elf_name_at(in, a[i].imm), "");
			continue;
		}
		if (!is_call(&a[i]) || a[i].src_reg != BPF_PSEUDO_CALL)
			assert_int_equal(a[i].imm, b[i].imm);
	}
	return asks;
}

static void programs_compare(const struct bpf_program *earnest, const struct bpf_program *replay)
{
	assert_int_equal(bpf_program__insn_cnt(earnest), bpf_program__insn_cnt(replay));
	assert_true(insns_compare(bpf_program__insns(earnest), bpf_program__insns(replay), bpf_program__insn_cnt(earnest),
				  NULL, NULL) > 0);
}

/* Every function of the one, by its name, with that of the other; programs among them. Returns how many instructions ask. */
static int functions_compare(struct elf a, struct elf b)
{
	int asks = 0;

	for (size_t i = 0; i < a.symbol_count; i++) {
		const Elf64_Sym *f = &a.symbols[i], *other;

		if (ELF64_ST_TYPE(f->st_info) != STT_FUNC)
			continue;
		other = elf_find(&b, a.names + f->st_name);
		assert_non_null(other);
		assert_int_equal(f->st_size, other->st_size);
		asks += insns_compare(elf_function(&a, f), elf_function(&b, other), f->st_size / sizeof(struct bpf_insn), &a, &b);
	}
	elf_close(&a);
	elf_close(&b);
	return asks;
}

static void functions_of_replay_objects_differ_in_what_captures_answer(void **state)
{
	size_t xdp, xdp_replay, egress, egress_replay;
	const void *bytes[] = { hedgerow_bpf__elf_bytes(&xdp), xdp_replay_bpf__elf_bytes(&xdp_replay),
				egress_bpf__elf_bytes(&egress), egress_replay_bpf__elf_bytes(&egress_replay) };

	(void)state;
	assert_true(functions_compare(elf_open(bytes[0], xdp), elf_open(bytes[1], xdp_replay)) >= 5);
	assert_true(functions_compare(elf_open(bytes[2], egress), elf_open(bytes[3], egress_replay)) > 0);
}

static void replay_objects_differ_in_what_captures_answer(void **state)
{
	struct hedgerow_bpf *xdp = hedgerow_bpf__open();
	struct egress_bpf *egress = egress_bpf__open();
	struct xdp_replay_bpf *xdp_replay = xdp_replay_bpf__open();
	struct egress_replay_bpf *egress_replay = egress_replay_bpf__open();

	(void)state;
	programs_compare(xdp->progs.hedgerow_xdp, xdp_replay->progs.hedgerow_xdp);
	programs_compare(egress->progs.hedgerow_egress, egress_replay->progs.hedgerow_egress);
	egress_replay_bpf__destroy(egress_replay);
	xdp_replay_bpf__destroy(xdp_replay);
	egress_bpf__destroy(egress);
	hedgerow_bpf__destroy(xdp);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_leave_unless_told_otherwise),
		cmocka_unit_test(both_directions_can_enter),
		cmocka_unit_test(what_a_host_inside_begins_is_never_judged),
		cmocka_unit_test(without_egress_a_handshake_alone_tells_of_an_answer),
		cmocka_unit_test(last_packets_have_rows_of_their_own),
		cmocka_unit_test(windows_begin_where_the_clock_is_moved_to),
		cmocka_unit_test(native_frames_of_any_content_are_survived),
		cmocka_unit_test(look_ahead_changes_nothing),
		cmocka_unit_test(every_map_has_its_table),
		cmocka_unit_test(replay_objects_differ_in_what_captures_answer),
		cmocka_unit_test(functions_of_replay_objects_differ_in_what_captures_answer),
	};

	return cmocka_run_group_tests_name("replay_native", tests, NULL, NULL);
}
