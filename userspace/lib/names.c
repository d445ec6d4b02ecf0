// SPDX-License-Identifier: BSD-2-Clause
#include "names.h"

const char *const mode_names[MODE_COUNT] = { [MODE_MONITOR] = "monitor", [MODE_ENFORCE] = "enforce" };

const char *const dead_agent_names[DEAD_AGENT_COUNT] = {
	[DEAD_AGENT_KEEP] = "keep",
	[DEAD_AGENT_MONITOR] = "monitor",
};

const char *const answers_names[ONE_WAY_COUNT] = {
	[ONE_WAY_NOT] = "seen",
	[ONE_WAY_EVER] = "unseen",
	[ONE_WAY_LOST] = "lost",
};

const char *const engine_names[ENGINE_COUNT] = {
	[ENGINE_KERNEL] = "kernel",
	[ENGINE_USER] = "user",
	[ENGINE_BOTH] = "both",
};

const char *const verdict_names[VERDICT_COUNT] = {
	[VERDICT_PASS] = "pass",
	[VERDICT_LOG] = "log",
	[VERDICT_DROP_ONCE] = "drop_once",
	[VERDICT_DROP] = "drop",
};

const char *const reason_names[REASON_COUNT] = {
	[REASON_NONE] = "none",		  [REASON_SOURCE] = "source", [REASON_DESTINATION] = "destination",
	[REASON_CONDEMNED] = "condemned", [REASON_AGENT] = "agent",   [REASON_BLOCKED] = "blocked",
};

/* What the verdict on a flow of the class is at most. */
const char *const class_role_names[CLASS_ROLE_COUNT] = {
	[CLASS_HONEST] = "pass",
	[CLASS_SUSPECT] = "log",
	[CLASS_ATTACK] = "drop",
};

const char *const response_names[RESPONSE_KINDS] = {
	[RESPONSE_UNSET] = "",	      [RESPONSE_LOG] = "log",	       [RESPONSE_DROP] = "drop",
	[RESPONSE_BLOCK] = "block", [RESPONSE_LIMIT] = "rate-limit",
};

const char *const no_yes_names[2] = { "no", "yes" };

const char *const tunnels_names[TUNNELS_COUNT] = { [TUNNELS_OUTER] = "outer", [TUNNELS_INNER] = "inner" };

const char *const tunnel_names[TUNNEL_COUNT] = {
	[TUNNEL_NONE] = "none",
	[TUNNEL_IP] = "ip",
	[TUNNEL_GRE] = "gre",
	[TUNNEL_VXLAN] = "vxlan",
};

const char *const score_is_names[SCORE_IS_COUNT] = {
	[SCORE_EXACT] = "exact",
	[SCORE_AT_MOST] = "at_most",
	[SCORE_AT_LEAST] = "at_least",
};

const char *const arm_names[ARM_COUNT] = { [ARM_CHAMPION] = "champion", [ARM_CHALLENGER] = "challenger" };

const char *const suspension_names[SUSPENSIONS] = {
	[SUSPENDED_NOT] = "none",
	[SUSPENDED_WARM_UP] = "warm-up",
	[SUSPENDED_DEAD_AGENT] = "dead-agent",
	[SUSPENDED_BREAKER] = "breaker",
	[SUSPENDED_COMPANION] = "companion",
};

_Static_assert(SUSPENSIONS == 5, "a suspension has no name");
_Static_assert(SCORE_IS_COUNT == 3 && RESPONSE_KINDS == 5, "a bound has no name");
_Static_assert(VERDICT_COUNT == 4 && REASON_COUNT == 6, "a value has no name");
_Static_assert(CLASS_ROLE_COUNT == 3 && TUNNELS_COUNT == 2 && TUNNEL_COUNT == 4, "a value has no name");

static const char *name_of(const char *const *names, unsigned int count, unsigned int value)
{
	return value < count ? names[value] : "unknown";
}

const char *mode_name(unsigned int mode)
{
	return name_of(mode_names, MODE_COUNT, mode);
}

const char *engine_name(unsigned int engine)
{
	return name_of(engine_names, ENGINE_COUNT, engine);
}

const char *verdict_name(unsigned int verdict)
{
	return name_of(verdict_names, VERDICT_COUNT, verdict);
}

const char *reason_name(unsigned int reason)
{
	return name_of(reason_names, REASON_COUNT, reason);
}

const char *class_role_name(unsigned int role)
{
	return name_of(class_role_names, CLASS_ROLE_COUNT, role);
}

const char *score_is_name(unsigned int score_is)
{
	return name_of(score_is_names, SCORE_IS_COUNT, score_is);
}

const char *tunnels_name(unsigned int tunnels)
{
	return name_of(tunnels_names, TUNNELS_COUNT, tunnels);
}

const char *answers_name(unsigned int one_way)
{
	return name_of(answers_names, ONE_WAY_COUNT, one_way);
}

const char *tunnel_name(unsigned int tunnel)
{
	return name_of(tunnel_names, TUNNEL_COUNT, tunnel);
}

const char *arm_name(unsigned int arm)
{
	return name_of(arm_names, ARM_COUNT, arm);
}

const char *suspension_name(unsigned int suspension)
{
	return name_of(suspension_names, SUSPENSIONS, suspension);
}
