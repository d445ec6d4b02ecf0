// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "clock.h"
#include "model_slots.h"
#include "shadow_report.h"

/* --- what there is to tell -------------------------------------------------- */

static int model_note(const struct datapath *dp, __u32 slot, enum arm arm, struct shadow_report *r)
{
	struct model *m = slot_read(dp, slot);
	int err = m ? 0 : -errno;

	if (m && m->class_count > 1) {
		r->class_name[arm] = malloc(sizeof(m->class_name));
		err = r->class_name[arm] ? 0 : -ENOMEM;
	}
	if (!err && r->class_name[arm])
		memcpy(r->class_name[arm], m->class_name, sizeof(m->class_name));
	if (!err)
		r->model_id[arm] = m->id;
	free(m);
	return err;
}

/* "" where there is nothing to say: who passes is of no class. */
static const char *class_of(const struct shadow_report *r, const struct shadow_key *key, enum arm arm)
{
	if (!r->class_name[arm] || key->verdict[arm] == VERDICT_PASS)
		return "";
	return r->class_name[arm][key->class[arm] % MODEL_CLASSES_MAX];
}

static bool verdicts_differ(const struct shadow_key *key)
{
	return key->verdict[ARM_CHAMPION] != key->verdict[ARM_CHALLENGER];
}

static bool classes_differ(const struct shadow_report *r, const struct shadow_key *key)
{
	return strcmp(class_of(r, key, ARM_CHAMPION), class_of(r, key, ARM_CHALLENGER));
}

static void pair_add(struct shadow_report *r, const struct shadow_pair *p)
{
	struct shadow_arm_result *arm = &r->arm[p->key.arm % ARM_COUNT];

	r->verdicts += p->count.verdicts;
	r->flows += p->count.flows;
	r->flows_differ += p->count.differing;
	r->told += p->count.told;
	if (verdicts_differ(&p->key))
		r->verdicts_differ += p->count.verdicts;
	else if (classes_differ(r, &p->key))
		r->classes_differ += p->count.verdicts;
	arm->flows += p->count.flows;
	arm->scored += p->count.verdicts;
	arm->logged += p->count.logged;
	arm->condemned += p->count.condemned;
	if (p->key.verdict[p->key.arm % ARM_COUNT] == VERDICT_DROP_ONCE)
		arm->drop_once += p->count.verdicts;
}

/* The same opinions, whoever judged. */
static int opinions_compare(const struct shadow_key *a, const struct shadow_key *b)
{
	int verdicts = memcmp(a->verdict, b->verdict, sizeof(a->verdict));

	return verdicts ? verdicts : memcmp(a->class, b->class, sizeof(a->class));
}

static int pairs_by_opinions(const void *a, const void *b)
{
	return opinions_compare(&((const struct shadow_pair *)a)->key, &((const struct shadow_pair *)b)->key);
}

static int pairs_by_count(const void *a, const void *b)
{
	__u64 left = ((const struct shadow_pair *)a)->count.verdicts, right = ((const struct shadow_pair *)b)->count.verdicts;

	return left < right ? 1 : left > right ? -1 : pairs_by_opinions(a, b);
}

/* Makes one of the pairs that differ only in who judged. */
static void pairs_join(struct shadow_report *r)
{
	int kept = 0;

	qsort(r->pair, r->pair_count, sizeof(*r->pair), pairs_by_opinions);
	for (int i = 1; i < r->pair_count; i++) {
		if (opinions_compare(&r->pair[kept].key, &r->pair[i].key)) {
			r->pair[++kept] = r->pair[i];
			continue;
		}
		r->pair[kept].count.verdicts += r->pair[i].count.verdicts;
		r->pair[kept].count.flows += r->pair[i].count.flows;
	}
	r->pair_count = r->pair_count ? kept + 1 : 0;
	qsort(r->pair, r->pair_count, sizeof(*r->pair), pairs_by_count);
}

int shadow_report_read(const struct datapath *dp, const struct settings *s, const struct agent_state *agent,
		       struct shadow_report *out)
{
	int err;

	if (!s->shadow || s->shadow > MODEL_SLOTS)
		return 0;
	err = model_note(dp, s->model_slot, ARM_CHAMPION, out);
	err = err ? err : model_note(dp, s->shadow - 1, ARM_CHALLENGER, out);
	if (err)
		return err;
	memcpy(out->from, agent->loaded_from[s->shadow - 1], sizeof(out->from));
	out->since = agent->compared_from;
	out->split = (double)s->split / SPLIT_WHOLE;
	out->pair_count = shadow_counts_read(dp, s->shadow_since, &out->pair);
	if (out->pair_count < 0)
		return out->pair_count;
	for (int i = 0; i < out->pair_count; i++)
		pair_add(out, &out->pair[i]);
	pairs_join(out);
	return 1;
}

void shadow_report_free(struct shadow_report *r)
{
	free(r->pair);
	for (int arm = 0; arm < ARM_COUNT; arm++)
		free(r->class_name[arm]);
	*r = (struct shadow_report){ 0 };
}

/* --- as text ---------------------------------------------------------------- */

static double percent(__u64 part, __u64 whole)
{
	return whole ? 100.0 * part / whole : 0;
}

static void arm_print(const struct shadow_report *r, enum arm arm)
{
	const struct shadow_arm_result *a = &r->arm[arm];

	printf("  judged by %-10s %08x  %llu flows, %llu scores: %llu logged, %llu to drop once, %llu condemned\n",
	       arm_names[arm], r->model_id[arm], (unsigned long long)a->flows, (unsigned long long)a->scored,
	       (unsigned long long)a->logged, (unsigned long long)a->drop_once, (unsigned long long)a->condemned);
}

static void pair_print(const struct shadow_report *r, const struct shadow_pair *p)
{
	for (enum arm arm = 0; arm < ARM_COUNT; arm++) {
		const char *class = class_of(r, &p->key, arm);
		char text[16 + MODEL_CLASS_NAME];

		snprintf(text, sizeof(text), "%s%s%.*s", verdict_name(p->key.verdict[arm]), *class ? " " : "",
			 MODEL_CLASS_NAME, class);
		printf("  %-24s", text);
	}
	printf(" %14llu %6.2f %%%s\n", (unsigned long long)p->count.verdicts, percent(p->count.verdicts, r->verdicts),
	       verdicts_differ(&p->key) ? "  differ" : classes_differ(r, &p->key) ? "  another class" : "");
}

void shadow_report_print(const struct shadow_report *r, bool pairs)
{
	char since[CLOCK_TEXT_SIZE];

	printf("%-10s %08x, %s: judges %.2f %% of the flows, since %s\n", "challenger", r->model_id[ARM_CHALLENGER],
	       r->from[0] ? r->from : "-", 100 * r->split, clock_print(r->since * SECOND_NS, since));
	printf("  both scored %llu vectors of %llu flows; verdicts differ on %llu (%.2f %%), on %llu of the flows (%.2f %%)\n",
	       (unsigned long long)r->verdicts, (unsigned long long)r->flows, (unsigned long long)r->verdicts_differ,
	       percent(r->verdicts_differ, r->verdicts), (unsigned long long)r->flows_differ,
	       percent(r->flows_differ, r->flows));
	if (r->classes_differ)
		printf("  the verdict is the same for another class on %llu (%.2f %%)\n",
		       (unsigned long long)r->classes_differ, percent(r->classes_differ, r->verdicts));
	arm_print(r, ARM_CHAMPION);
	arm_print(r, ARM_CHALLENGER);
	if (!pairs || !r->pair_count)
		return;
	printf("  %-24s  %-24s %14s\n", arm_names[ARM_CHAMPION], arm_names[ARM_CHALLENGER], "vectors");
	for (int i = 0; i < r->pair_count; i++)
		pair_print(r, &r->pair[i]);
}

/* --- for machines ----------------------------------------------------------- */

static json_t *opinion_json(const struct shadow_report *r, const struct shadow_key *key, enum arm arm)
{
	const char *class = class_of(r, key, arm);
	json_t *object = json_pack("{s:s}", "verdict", verdict_name(key->verdict[arm]));

	if (*class)
		json_object_set_new(object, "class", json_stringn(class, strnlen(class, MODEL_CLASS_NAME)));
	return object;
}

static json_t *pairs_json(const struct shadow_report *r)
{
	json_t *all = json_array();

	for (int i = 0; i < r->pair_count; i++) {
		const struct shadow_pair *p = &r->pair[i];

		json_array_append_new(all, json_pack("{s:o, s:o, s:I, s:I, s:b}", arm_names[ARM_CHAMPION],
						     opinion_json(r, &p->key, ARM_CHAMPION), arm_names[ARM_CHALLENGER],
						     opinion_json(r, &p->key, ARM_CHALLENGER), "verdicts",
						     (json_int_t)p->count.verdicts, "flows", (json_int_t)p->count.flows,
						     "differ", verdicts_differ(&p->key)));
	}
	return all;
}

static json_t *arm_json(const struct shadow_report *r, enum arm arm)
{
	const struct shadow_arm_result *a = &r->arm[arm];
	char id[9];

	snprintf(id, sizeof(id), "%08x", r->model_id[arm]);
	return json_pack("{s:s, s:I, s:I, s:I, s:I, s:I}", "model", id, "flows", (json_int_t)a->flows, "scored",
			 (json_int_t)a->scored, "logged", (json_int_t)a->logged, "drop_once",
			 (json_int_t)a->drop_once, "condemned", (json_int_t)a->condemned);
}

json_t *shadow_report_json(const struct shadow_report *r)
{
	char since[CLOCK_TEXT_SIZE], id[9];

	snprintf(id, sizeof(id), "%08x", r->model_id[ARM_CHALLENGER]);
	return json_pack("{s:s, s:s, s:s, s:f, s:{s:I, s:I}, s:{s:I, s:I, s:I}, s:I, s:{s:o, s:o}, s:o}", "model", id, "from",
			 r->from, "since", clock_print(r->since * SECOND_NS, since), "split", r->split, "compared",
			 "verdicts", (json_int_t)r->verdicts, "flows", (json_int_t)r->flows, "differ", "verdicts",
			 (json_int_t)r->verdicts_differ, "flows", (json_int_t)r->flows_differ, "told", (json_int_t)r->told,
			 "another_class", (json_int_t)r->classes_differ, "arms", arm_names[ARM_CHAMPION],
			 arm_json(r, ARM_CHAMPION), arm_names[ARM_CHALLENGER], arm_json(r, ARM_CHALLENGER), "pairs",
			 pairs_json(r));
}
