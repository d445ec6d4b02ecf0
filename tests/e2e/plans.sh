# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154
# The demo's plans keep training and evaluation apart; its rows stand in one file each; it empties no folder but its own.
# shellcheck source=lib/agent.sh
. "$repository/tests/e2e/lib/agent.sh"
. "$repository/scripts/demo/plans.sh"
. "$repository/scripts/demo/folder.sh"

# plan_facts NET PLAN…: its lines as facts, one each: `address 10.NET.A`, `port N`, `rate KIND N`, one for each rate that may be drawn.
plan_facts() (
	local net=$1
	servers_start() { printf 'port %s\n' "$1" "$2" $(($2 + 1)) $(($1 + 1)); } # web, bulk, media, misguided
	servers_ignore() { :; }
	ns_stack() { :; }
	plan_rate() { echo "$1..$2"; }
	sender() {
		echo "address 10.$net.${2%.*}"
		seq -f "rate ${1%.*} %.0f" "${5%..*}" "${5#*..}"
	}
	ordinary() { sender "$@"; }
	attack() {
		sender "$@"
		case ${1%.*} in
		flood_mimic | flood_options) echo "port $7" ;;
		flood_*) [[ ! ${6-} ]] || echo "port $6" ;;
		esac
	}
	"${@:2}"
)

# Lines `NET PLAN` of the training phases and `NET A` of those that judge, as main.sh has them.
main_phases() { sed -n "s/$1/\1 \2/p" "$repository/scripts/demo/main.sh"; }

training_facts() {
	local net plan
	while read -r net plan; do
		plan_facts "$net" "$plan"
	done < <(main_phases '^train_phase [a-z_]* \([0-9]*\) .* \([a-z_]*\)$')
}

evaluation_facts() {
	local net a
	plan_facts 60 plan_evaluation_ordinary 40
	while read -r net a; do
		plan_facts "$net" plan_evaluation_ordinary "$a"
		plan_facts "$net" plan_evaluation_attacks $((a + 60)) 1
	done < <(main_phases '^demo_judge_phase [a-z]* \([0-9]*\) \([0-9]*\) .*')
}

t_training_and_evaluation_share_no_address_rate_or_port_but_those_of_dns() {
	LAB_HOST=()
	training_facts | sort -u >training
	evaluation_facts | sort -u >evaluation
	expect "facts are missing" test "$(grep -c ^rate training)" -ge 80 -a "$(grep -c ^rate evaluation)" -ge 100
	expect "networks are missing" test "$(grep -o '10\.[0-9]*' training evaluation | sort -u | wc -l)" -eq 7
	same "$(comm -12 training evaluation | paste -sd,)" "port 53"
}

# Every kind of client that is trained on is judged as well. With EDNS or without, dns_lookup does both.
t_every_kind_of_client_in_training_is_evaluated() {
	LAB_HOST=()
	training_facts | sed -n 's/^rate \([a-z_0-9]*\) .*/\1/p' | grep -v -e ^scan_ -e ^sweep_ -e ^flood_ -e ^slow_ -e ^brute_ |
		sort -u >training
	evaluation_facts | sed -n 's/^rate \([a-z_0-9]*\) .*/\1/p' | sort -u >evaluation
	same "$(comm -23 training evaluation | paste -sd,)" dns_edns
}

t_rows_of_a_phase_are_spread_without_copies() {
	local i
	printf '%s\n' label,attack,src benign,web,10.7.1.0/24 malicious,flood,10.7.2.1 >labels.csv
	{
		echo flow_id,src_ip,dest_ip,dest_port,packets
		for i in 1 2 3 4; do
			printf '%s\n' "$i,10.7.1.9,10.7.0.2,80,1" "$i,10.7.1.9,10.7.0.2,80,2"
		done
		echo 5,10.7.2.1,10.7.0.2,80,1
	} >rows_thinned.csv
	awk -F, -v labels=labels.csv -v files=2 -v folder="$PWD" -f "$repository/scripts/demo/kinds.awk" \
		-f "$repository/scripts/demo/spread.awk" rows_thinned.csv
	same "$(tail -n +2 rows_1.csv | cut -d, -f 1,5 | paste -sd' ')" "1,1 1,2 3,1 3,2 5,1"
	same "$(tail -n +2 rows_2.csv | cut -d, -f 1,5 | paste -sd' ')" "2,1 2,2 4,1 4,2"
	same "$(head -qn 1 rows_1.csv rows_2.csv | sort -u)" "$(head -n 1 rows_thinned.csv)"
}

t_a_folder_with_other_files_is_not_emptied() {
	mkdir mine
	echo kept >mine/letter
	refused "^demo: .*/mine holds files that no earlier run left there; " "$repository/scripts/demo.sh" "$PWD/mine"
	refused "^demo: .*/letter is no folder; " "$repository/scripts/demo.sh" "$PWD/mine/letter"
	refused "^starter-model: .*/mine holds files " "$repository/scripts/starter-model.sh" "$PWD/mine"
	same "$(cat mine/letter)" kept
}

t_an_empty_folder_or_an_earlier_runs_is_taken() {
	mkdir empty
	folder_take demo "$PWD/empty"
	echo old >empty/summary.json
	folder_take demo "$PWD/empty"
	folder_take demo "$PWD/new"
	expect "what an earlier run left is still there" test ! -e empty/summary.json -a -d new
}
