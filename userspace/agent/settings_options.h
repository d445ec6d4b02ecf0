/* SPDX-License-Identifier: BSD-2-Clause */
/* The settings as command-line options: the same for `run`, `attach` and `settings`. */
#ifndef SETTINGS_OPTIONS_H
#define SETTINGS_OPTIONS_H

#include "model_given.h"
#include "options.h"
#include "settings_store.h"

#define SETTINGS_OPTION_ABSENT (~0ull)

struct settings_options {
	const char *mode, *engine, *checkpoints, *tunnels, *end_host, *dead_agent;
	struct option_list policy;
	unsigned long event_rate, suspicious_rate, snapshot_rate, breaker_least, ipv6_prefix;
	double snapshot_share, breaker_share;
	unsigned long long warm_up_ns, dead_after_ns;
	unsigned long long condemn_for_ns, unblock_quiet_ns, timeout_ns[TIMEOUTS];
};

/* What the options hold before they are parsed: none was given. */
struct settings_options settings_options_none(void);

/* The rows of an option table that fill a struct settings_options `o`. */
#define SETTINGS_OPTION_ROWS(o)                                                                                        \
	{ "mode", 'm', OPTION_STRING, &(o).mode, "MODE", "monitor drops nothing; enforce drops" },                     \
	{ "engine", 'e', OPTION_STRING, &(o).engine, "ENGINE", "who scores: kernel, user or both" },                   \
	{ "checkpoints", 0, OPTION_STRING, &(o).checkpoints, "LIST", "score at these packets: 1,2,4,… or all or none" }, \
	{ "tunnels", 0, OPTION_STRING, &(o).tunnels, "WHICH", "GRE, IP in IP, VXLAN: flows of the outer or inner packets" }, \
	{ "end-host", 0, OPTION_STRING, &(o).end_host, "yes|no",                                                       \
	  "packets are for sockets here or for nobody: ask them before a drop; not with forwarding, NAT, containers" },  \
	{ "warm-up", 0, OPTION_SECONDS, &(o).warm_up_ns, "TIME", "enforce so long after the tables began to fill; 0: at once" }, \
	{ "dead-agent", 0, OPTION_STRING, &(o).dead_agent, "WHAT",                                                     \
	  "when the agent dies: keep enforcing, or monitor" },                                                         \
	{ "dead-after", 0, OPTION_SECONDS, &(o).dead_after_ns, "TIME", "it is dead after so long without a sign of life" }, \
	{ "breaker-share", 0, OPTION_SHARE, &(o).breaker_share, "SHARE",                                               \
	  "stop enforcing when so many of the flows that came to something are condemned, such as 20%" },              \
	{ "breaker-least", 0, OPTION_UNSIGNED, &(o).breaker_least, "N", "and at least so many; 0: never" },            \
	{ "condemn-for", 0, OPTION_SECONDS, &(o).condemn_for_ns, "TIME", "a condemnation ends after it; 0: never" },   \
	{ "policy", 0, OPTION_LIST, &(o).policy, "[CLASS=]WHAT",                                                       \
	  "what the model condemns: log, drop, block:5/10s:1h or rate-limit:100/s; more than once" },                  \
	{ "unblock-when-quiet", 0, OPTION_SECONDS, &(o).unblock_quiet_ns, "TIME",                                      \
	  "a source block ends when nothing came from it for so long; 0: only with its time" },                        \
	{ "ipv6-prefix", 0, OPTION_UNSIGNED, &(o).ipv6_prefix, "BITS", "IPv6 sources are networks of so many bits" },  \
	{ "event-rate", 0, OPTION_UNSIGNED, &(o).event_rate, "N",                                                      \
	  "verdicts told one by one, a second, reason and destination" },                                              \
	{ "suspicious-rate", 0, OPTION_UNSIGNED, &(o).suspicious_rate, "N",                                            \
	  "flows that are only suspicious told one by one, an hour and destination" },                                 \
	{ "snapshot-share", 0, OPTION_SHARE, &(o).snapshot_share, "SHARE", "flows whose scored vectors are told, such as 10%" }, \
	{ "snapshot-rate", 0, OPTION_UNSIGNED, &(o).snapshot_rate, "N", "such vectors a second and CPU at most" },     \
	{ "timeout-tcp", 0, OPTION_SECONDS, &(o).timeout_ns[TIMEOUT_TCP], "TIME", "an open TCP flow ends after this silence" }, \
	{ "timeout-tcp-opening", 0, OPTION_SECONDS, &(o).timeout_ns[TIMEOUT_TCP_OPENING], "TIME",                      \
	  "one whose handshake is not completed" },                                                                    \
	{ "timeout-tcp-closed", 0, OPTION_SECONDS, &(o).timeout_ns[TIMEOUT_TCP_CLOSED], "TIME",                        \
	  "one after FIN or RST" },                                                                                    \
	{ "timeout-udp", 0, OPTION_SECONDS, &(o).timeout_ns[TIMEOUT_UDP], "TIME", "a UDP flow" },                      \
	{ "timeout-icmp", 0, OPTION_SECONDS, &(o).timeout_ns[TIMEOUT_ICMP], "TIME", "an ICMP flow" },                  \
	{ "timeout-other", 0, OPTION_SECONDS, &(o).timeout_ns[TIMEOUT_OTHER], "TIME", "any other flow" }

/* Puts what was given into `s`. Returns 0, or -EINVAL after one logged line; *s is then as it was. */
int settings_options_put(const struct settings_options *o, struct settings *s);

/*
 * The same into the datapath's settings, together with a model when one is given: both take effect at once, after all
 * that can be said against either was asked. Returns 0, or a negative errno after one logged line; the kernel then goes on
 * as it did.
 */
int settings_options_apply(const struct datapath *dp, const struct settings_options *o, const struct model_given *given);

/* Whoever starts without --mode and finds packets being dropped is told so in one line. */
void settings_tell_inherited(const struct datapath *dp, const struct settings_options *o);

/* Whoever enforces, everywhere or in a scope, and has no model, so that little is dropped, is told so in one line. */
void settings_tell_no_model(const struct datapath *dp, bool scope_enforces);

/* --ipv6-prefix as it is. */
int settings_ipv6_prefix(const struct settings *s);

/* The mask of "1,2,4", "all" or "none". Returns 0, or -EINVAL and leaves *mask as it was. */
int checkpoints_parse(const char *text, __u32 *mask);

#define CHECKPOINTS_TEXT_SIZE 256 /* all 32 of them one by one are shorter */

/* The mask as text of at most `size` bytes, as --checkpoints takes it; returns `text`. */
const char *checkpoints_print(__u32 mask, char *text, size_t size);

#endif
