# SPDX-License-Identifier: BSD-2-Clause
# The summary from the phases' kinds: input {control, monitor, kernel, user, dropped_by_monitor, model, seconds, seconds_most,
# held_out, dropped_before_attacks, suspended, starter}.
def share_kept_off: if (.sent_late // 0) > 0 then (.sent_late - (.reached_late // 0)) / .sent_late else null end;
def with_share: with_entries(.value |= if .side == "attack" then . + {kept_off: share_kept_off}
	else . + {dropped: ((.sent // 0) - (.reached // 0))} end);
def percent: if . == null then "none sent" else "\(. * 1000 | floor / 10) %" end;
# A lost SYN costs a second. Two cost three, or two with the linear retries of newer kernels.
def second_loss_ms: 2000;
# So many of the control run's requests must have been made for a bar to say anything.
def requests_least: .requests * 0.9;
def is_volume: test("^(scan|flood)_");
def of_side(side): to_entries[] | select(.value.side == side);

(.control | with_share) as $control | (.monitor | with_share) as $monitor |
(.kernel | with_share) as $kernel | (.user | with_share) as $user |
[
	($control | of_side("ordinary") | .key as $key | ($kernel[$key] // {}) as $value |
		(($value.failed // 0) - ($control[$key].failed // 0)) as $more | {
			bar: "enforce, kernel engine: no \($key) request fails beyond the control run, of at least 9/10 as many",
			ok: ($more <= 0 and .value.requests > 0 and ($value.requests // 0) >= (.value | requests_least)),
			figure: "\($value.failed // 0) of \($value.requests // 0) failed, control run \($control[$key].failed // 0) of \($control[$key].requests // 0)"
		}),
	(.held_out[] as $key | ($kernel[$key] // {}) as $value | {
		bar: "enforce, kernel engine: \($key), in no training run: no flow condemned, no more packets dropped than flows, no request as slow as two lost packets make it (2 s)",
		ok: (($value.flows // 0) > 0 and $value.condemned == 0 and $value.dropped <= $value.flows and
			($value.max_ms // second_loss_ms) < second_loss_ms),
		figure: "\($value.condemned) of \($value.flows // 0) flows condemned, \($value.dropped) of \($value.sent) packets dropped, slowest \($value.max_ms) ms"
	}),
	([$kernel | of_side("ordinary") | .value] | (map(.condemned) | add) as $condemned | {
		bar: "enforce, kernel engine: no flow of any ordinary client condemned",
		ok: ($condemned == 0),
		figure: "\($condemned) of \(map(.flows) | add)"
	}),
	{
		bar: "enforce, kernel engine: nothing of ordinary clients dropped before the first attack",
		ok: (.dropped_before_attacks == 0),
		figure: "\(.dropped_before_attacks) packets dropped"
	},
	{
		bar: "enforce, both engines: no breaker, nor anything else, suspended the model",
		ok: (.suspended.kernel == "none" and .suspended.user == "none"),
		figure: (.suspended | to_entries | map("\(.key) engine: \(.value)") | join(", "))
	},
	($kernel | of_side("attack") | select(.key | is_volume) | {
		bar: "enforce, kernel engine: 95 % of \(.key) after its first second kept off",
		ok: ((.value.kept_off // 0) >= 0.95),
		figure: (.value.kept_off | percent)
	}),
	($kernel | of_side("attack") | select(.key | is_volume | not) | {
		bar: "enforce, kernel engine: \(.key) was carried out",
		ok: ((.value.sent_late // 0) > 0),
		figure: "\(.value.sent // 0) packets sent"
	}),
	([$monitor[] | .sent // 0] | add) as $sent | ([$monitor[] | .reached // 0] | add) as $reached | {
		bar: "monitor mode drops nothing: none by its counters, and each sender's packets all reach the server",
		ok: (.dropped_by_monitor == 0 and $sent > 0 and ([$monitor[] | (.sent // 0) == (.reached // 0)] | all)),
		figure: "\(.dropped_by_monitor) packets dropped, \($reached) of \($sent) reached the server"
	},
	{bar: "the phases and the training take \(.seconds_most) seconds at most", ok: (.seconds <= .seconds_most), figure: "\(.seconds) s"}
] as $bars |
{
	ok: ($bars | all(.ok)), seconds, model, starter, bars: $bars,
	runs: {control: $control, monitor: $monitor, kernel: $kernel, user: $user}
}
