/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The counters: one per CPU and line. Outcomes partition the packets that entered: they sum up to all of them. Losses
 * say how much of what we report went missing and why. The other counts are of no partition.
 */
#ifndef COUNTERS_H
#define COUNTERS_H

/* X(name, kind, documentation) */
#define COUNTERS(X) \
X(pass_flow, OUTCOME, "packets of followed flows that passed") \
X(pass_would_drop, OUTCOME, "packets that enforce mode would have dropped") \
X(pass_allowed, OUTCOME, "packets whose sender is on the allow list: never judged, never dropped") \
X(pass_limited, OUTCOME, "packets of condemned flows within the rate that their class's policy lets pass") \
X(pass_seen_elsewhere, OUTCOME, "packets that another of our hooks had counted before") \
X(pass_icmp_error, OUTCOME, "ICMP errors: never judged") \
X(pass_exempt, OUTCOME, "neighbour discovery, multicast listener and DHCP packets: never judged") \
X(pass_not_ip, OUTCOME, "frames that are neither IPv4 nor IPv6") \
X(pass_truncated, OUTCOME, "frames that end before their headers or the length they claim") \
X(pass_bad_header, OUTCOME, "packets whose headers contradict themselves") \
X(pass_too_deep, OUTCOME, "packets with more IPv6 extension headers than we look behind") \
X(pass_table_full, OUTCOME, "packets of new flows for which there was no place") \
X(drop_source, OUTCOME, "first packets dropped by the model, on evidence about the source or the flow") \
X(drop_destination, OUTCOME, "packets dropped by the model, on evidence about the destination") \
X(drop_condemned, OUTCOME, "further packets of condemned flows") \
X(drop_agent, OUTCOME, "first packets dropped by a verdict of the agent") \
X(drop_blocked, OUTCOME, "packets dropped by the block list") \
X(drop_offender, OUTCOME, "packets of sources that were blocked for their condemned flows") \
X(would_source, COUNT, "monitor mode: what drop_source would have counted") \
X(would_destination, COUNT, "monitor mode: what drop_destination would have counted") \
X(would_condemned, COUNT, "monitor mode: what drop_condemned would have counted") \
X(would_agent, COUNT, "monitor mode: what drop_agent would have counted") \
X(would_blocked, COUNT, "monitor mode: what drop_blocked would have counted") \
X(told_blocked, COUNT, "packets of drop_blocked that were told; the others are in the counts of their entries") \
X(told_would_blocked, COUNT, "monitor mode: the same of would_blocked") \
X(spared_guarded, COUNT, "condemnations that the management guard turned into log lines") \
X(retries_passed, COUNT, "packets that passed because they, or one of their source, had been dropped once, or are mistaken for such") \
X(unawaited, COUNT, "verdicts that drop what no socket here is for, without evidence about the source: --end-host") \
X(blocks_proven, COUNT, "sources blocked for condemned flows that had completed a handshake") \
X(blocks_unproven, COUNT, "sources blocked without one: for a minute at most") \
X(blocks_withheld, COUNT, "condemned flows that blocked nobody: others may have sent them in the name of an honest address") \
X(would_block, COUNT, "monitor mode: sources that would have been blocked") \
X(flows_begun, COUNT, "flows begun") \
X(flows_admitted, COUNT, "flows that went from probation to the flow table") \
X(flows_restarted, COUNT, "records that ended in the kernel because their flow began anew") \
X(flows_ended, COUNT, "flows that the agent took out at their end") \
X(scores, COUNT, "walks through the model that gave a verdict") \
X(unscored, COUNT, "checkpoints at which there was no model to ask") \
X(egress_packets, COUNT, "packets seen leaving") \
X(fragments_joined, COUNT, "later fragments counted with the flow that their first fragment showed") \
X(fragments_apart, COUNT, "later fragments whose first was not seen: a flow of their own, without ports") \
X(tunnels_entered, COUNT, "packets taken out of a tunnel: --tunnels inner") \
X(tunnels_kept, COUNT, "tunnelled packets that could not be taken out, counted with the tunnel's own flow") \
X(lost_newcomers, LOSS, "flows on probation that newer ones pushed out: counted and judged, never exported") \
X(lost_scores, LOSS, "checkpoints at which a model was there and gave no verdict: replaced that moment, or one for the agent alone") \
X(lost_leaving, LOSS, "packets leaving, of new flows for which there was no place") \
X(lost_events, LOSS, "drops whose event found the ring full") \
X(lost_notes, LOSS, "verdicts without a drop whose event found the ring full") \
X(lost_snapshots, LOSS, "scored vectors not told: ring full or above the rate") \
X(lost_ends, LOSS, "restarted flows whose last state found the ring full") \
X(lost_comparisons, LOSS, "vectors for two models in no comparison: the table of such was full, or a model replaced that moment") \
X(lost_rows, LOSS, "rows of flows and vectors that the agent could not write") \
X(lost_log_lines, LOSS, "lines of the verdict log that the agent could not write") \
X(lost_log_packets, LOSS, "packets dropped, or in monitor mode to be dropped, of which those lines told")

enum counter {
#define X(name, ...) COUNTER_##name,
	COUNTERS(X)
#undef X
	COUNTER_COUNT
};

enum counter_kind { COUNTER_KIND_OUTCOME, COUNTER_KIND_COUNT, COUNTER_KIND_LOSS };

#endif
