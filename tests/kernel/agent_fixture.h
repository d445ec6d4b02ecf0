/* SPDX-License-Identifier: BSD-2-Clause */
/* The datapath of datapath_fixture.h with the agent's own functions on it. Include it instead of that. */
#ifndef AGENT_FIXTURE_H
#define AGENT_FIXTURE_H

#define datapath_load fixture_load /* the agent has functions of these names */
#define settings_read fixture_settings_read
#include "datapath_fixture.h"
#undef datapath_load
#undef settings_read
#include "log.h"
#include "model_slots.h"
#include "model_store.h"
#include "settings_store.h"

static struct datapath dp;

static inline int agent_take(void **state)
{
	int err = fixture_load(state);

	if (err || !skel)
		return err;
	log_level = LOG_LEVEL_WARN;
	dp = datapath_none();
	return datapath_take(&dp, dup(bpf_program__fd(skel->progs.hedgerow_xdp)), "the program under test");
}

static inline int agent_leave(void **state)
{
	datapath_close(&dp);
	return datapath_unload(state);
}

static inline struct model_given given_of(struct model *m)
{
	return (struct model_given){ .model = m, .path = "made", .form = m->code ? MODEL_FORM_CODE : MODEL_FORM_TABLE };
}

/* As `hedgerow model load` does. */
static inline void model_load(struct model *m)
{
	struct model_given given = given_of(m);
	struct settings s;
	int lock = settings_change_begin(&dp, &s);

	assert_true(lock >= 0);
	assert_int_equal(model_store_stage(&dp, &given, &s), 0);
	assert_int_equal(settings_change_end(&dp, lock, &s), 0);
}

static inline struct settings settings_now(void)
{
	struct settings s;

	assert_int_equal(settings_read(&dp, &s), 0);
	return s;
}

#endif
