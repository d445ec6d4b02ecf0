# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154
# Bad input: one clear line, an exit status, nothing half-applied.

t_interface_that_does_not_exist() {
	refused "nope: no such interface" hr attach --iface nope
	refused "nope: no such interface" hr detach --iface nope
	refused "nope: no such interface" hr status --iface nope
	refused "nope: no such interface" hr attach --iface eth0 --iface nope
	[[ $(in_ns server ip link show eth0) != *xdp* ]]
}

t_no_program_attached() {
	local command
	for command in "status" "flows" "settings" "model show" "block list" "detach"; do
		# shellcheck disable=SC2086
		refused "no program attached here; attach it first: hedgerow attach" hr $command
	done
	refused "eth0: no program attached; attach it first: hedgerow attach --iface eth0" hr status --iface eth0
}

t_unknown_commands_options_and_operands() {
	refused "frobnicate: no such command" hr frobnicate
	refused "\-\-frobnicate: no such option" hr status --frobnicate
	refused "'eth0' is not expected here" hr status eth0
	refused "wanted .load FILE., .show., .rollback., .*given 'lod'" hr model lod x
	refused "model load: FILE is missing" hr model load
	refused "model split: SHARE is missing" hr model split
	refused "model show: 'x' is not expected here" hr model show x
	refused "model load: 'b.hgm' is not expected here" hr model load a.hgm b.hgm
	refused "scope add: which name\? For example: hedgerow scope add web --mode monitor" hr scope add
	refused "scope: wanted .add NAME --mode MODE .*, given 'x'" hr scope list x
	refused "\-\-row goes with --rows FILE" hr explain --row 1
	refused "wanted .add CIDR" hr block
	refused "wanted .add CIDR.*, given 'put'" hr block put 192.0.2.1
	refused "block add: which address or network\? .*: hedgerow block add 192.0.2.7" hr block add
	refused "allow del: which address or network\? .*: hedgerow allow del 192.0.2.7" hr allow del
	refused "guard load: which file\? .*: hedgerow guard load feed.txt" hr guard load
	refused "block add-flow: wanted protocol and both ends, .*: hedgerow block add-flow tcp" hr block add-flow tcp
	refused "\-\-mode: 'enforced' is none of: monitor, enforce" hr settings --mode enforced
	refused "\-\-xdp-mode: 'fast' is none of" hr attach --iface eth0 --xdp-mode fast
	refused "\-\-checkpoints: '3' will not do" hr settings --checkpoints 3
	refused "\-\-iface is missing" hr attach
	refused "eth0 is given twice" hr attach --iface eth0 --iface eth0
	[[ $(in_ns server ip link show eth0) != *xdp* ]]
}

t_bad_settings_attach_nothing() {
	refused "\-\-timeout-udp: too short" hr attach --iface eth0 --timeout-udp 10ms
	refused "\-\-snapshot-share: '2' will not do, wanted a share from 0% to 100%, such as 10% or 0.1" hr attach --iface eth0 --snapshot-share 2
	refused "\-\-max-flows: 99999999999 will not do" hr attach --iface eth0 --max-flows 99999999999
	refused "\-\-max-flows: '0' will not do, wanted a whole number, 1 or more" hr attach --iface eth0 --max-flows 0
	refused "'0.0.0.0/0' covers every IPv4 address and would keep the model from dropping anything; mode monitor does that" \
		hr attach --iface eth0 --protect 0.0.0.0/0
	[[ $(in_ns server ip link show eth0) != *xdp* ]]
}

t_missing_privileges_are_named() {
	local unprivileged=(setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all --bounding-set=-all)
	cp "$hedgerow" "$LAB_DIR/hedgerow" # the build may lie where nobody else can look
	refused "not permitted; needs root" in_ns server "${unprivileged[@]}" "$LAB_DIR/hedgerow" attach --iface eth0
	hr attach --iface eth0
	refused "not permitted; needs root" in_ns server "${unprivileged[@]}" "$LAB_DIR/hedgerow" status
	refused "not permitted; needs root" in_ns server "${unprivileged[@]}" "$LAB_DIR/hedgerow" detach --iface eth0
	refused "eth0: what it carries: not permitted; needs root" in_ns server "${unprivileged[@]}" "$LAB_DIR/hedgerow" attach --iface eth0
	refused "eth0: what it carries: not permitted; needs root" in_ns server "${unprivileged[@]}" "$LAB_DIR/hedgerow" run --iface eth0 --log -
	in_ns server ip link show eth0 | has hedgerow_xdp
}

# Nothing is made and no file is blamed when it is root that is missing, or the interface.
t_run_that_cannot_be_makes_nothing() {
	local unprivileged=(setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all --bounding-set=-all)
	mount -t tmpfs tmpfs /var/log # the lab's mounts are its own
	cp "$hedgerow" "$LAB_DIR/hedgerow" # the build may lie where nobody else can look
	refused "eth0: not permitted; needs root .the capabilities" in_ns server "${unprivileged[@]}" "$LAB_DIR/hedgerow" run --iface eth0
	refused "nosuch: no such interface" hr run --iface nosuch
	refused "nosuch: no such interface" in_ns server "${unprivileged[@]}" "$LAB_DIR/hedgerow" run --iface nosuch
	refused "absent: No such file" hr run --iface eth0 --model absent
	refused "'300.0.0.0/8' is no address" hr run --iface eth0 --protect 300.0.0.0/8
	refused "absent/flows.csv: there is no folder absent" hr run --iface eth0 --flows-out absent/flows.csv
	[[ ! -e /var/log/hedgerow && $(in_ns server ip link show eth0) != *xdp* ]]
}

t_program_of_another_version_is_refused() {
	local other=$PWD/other.o
	printf '%s\n' '#include <linux/bpf.h>' '#include <bpf/bpf_helpers.h>' \
		'struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, __u32); __type(value, __u64); } hr_flows SEC(".maps");' \
		'SEC("xdp") int hedgerow_xdp(struct xdp_md *c) { __u32 z = 0; return bpf_map_lookup_elem(&hr_flows, &z) ? XDP_PASS : XDP_PASS + 0 * z; }' \
		'char l[] SEC("license") = "GPL";' >other.c
	"$(command -v clang-19 || command -v clang)" -O2 -g -target bpf -idirafter "/usr/include/$(uname -m)-linux-gnu" -c other.c -o "$other" ||
		skip "no clang"
	xdp_attach server "$other"
	refused "eth0: its table hr_flows is .*: another version's program" hr status --iface eth0
}

t_folder_that_is_not_there_is_not_made() {
	refused "absent/log: there is no folder absent; make it first: mkdir -p absent" hr run --iface eth0 --log absent/log
	refused "absent/rows.csv: there is no folder absent" hr run --iface eth0 --log log --snapshots absent/rows.csv
	refused "absent/flows.csv: there is no folder absent" hr run --iface eth0 --log log --flows-out absent/flows.csv
	[[ ! -e log ]]
	touch log
	refused "log/x: its folder: Not a directory" hr run --iface eth0 --log log/x
	[[ ! -e absent && $(in_ns server ip link show eth0) != *xdp* ]]
}

t_own_folder_is_made_and_said_to_be() {
	mount -t tmpfs tmpfs /var/log # the lab's mounts are its own
	ns_start server talk.txt "$hedgerow" run --iface eth0 --snapshot-share 1
	wait_for 10 grep -q ready talk.txt
	same "$(grep -c '/var/log/hedgerow/: made' talk.txt)" 1
	same "$(cd /var/log/hedgerow && echo *)" "snapshots.csv verdicts.jsonl"
	end_process "$!"
}

# 2: the command line is wrong, whatever the machine is like; 1: it could not be done.
t_exit_status_tells_a_wrong_command_line_from_a_failure() {
	local command
	exits() { # status, command line of hedgerow
		local got=0
		# shellcheck disable=SC2086
		hr $2 >/dev/null 2>&1 || got=$?
		[[ $got -eq $1 ]] || {
			echo "exit status $got, not $1: hedgerow $2"
			return 1
		}
	}
	for command in "" frobnicate --frobnicate "status --jso" "status eth0" "run" "attach" "run --iface eth0 --mode no" \
		"attach --iface eth0 --xdp-mode fast" "attach --iface eth0 --max-flows 99999999999" \
		"attach --iface eth0 --instance $(printf 'x%.0s' {1..40})" "attach --iface eth0 --timeout-udp 1ms" \
		"settings --checkpoints 3" "flows --format xml" "flows a" "model" "model load" "block" "block add" "block add 1.2.3" \
		"block add 192.0.2.1/24" "block add 192.0.2.1 --for 0" "allow list --for 1" "features x" "detach x"; do
		exits 2 "$command"
	done
	for command in status flows settings detach "model show" "model load absent" "block list" "block add 192.0.2.1" \
		"block load absent" "attach --iface nope" "run --iface nope --log -" "flows --snapshots absent"; do
		exits 1 "$command"
	done
	for command in --help "run --help" "block -h" features; do
		exits 0 "$command"
	done
}

t_long_options_are_written_out() {
	refused "\-\-jso: no such option, --json perhaps; see --help" hr status --jso
	refused "\-\-mod=enforce: no such option" hr settings --mod=enforce
}

t_long_options_behind_one_dash_are_told() {
	refused "\-iface: no such option, did you mean --iface\?" hr run -iface eth0
	refused "\-json: no such option, did you mean --json\?" hr status -json
	refused "\-rows=x: no such option, did you mean --rows=x\?" "$LAB_BUILD/hedgerow-train" -rows=x
	[[ $(in_ns server ip link show eth0) != *xdp* ]]
}

# The warning comes beside what was asked for, and does not come with a model or in monitor mode.
t_enforcing_without_a_model_is_told() {
	warned() { # yes or no, command
		local want=$1 said
		shift
		said=$("$@" 2>&1 >/dev/null)
		same "$(grep -c 'warning: enforcing without a model: only what is on the block list is dropped' <<<"$said")" "$want"
	}
	warned 0 hr attach --iface eth0
	warned 1 hr settings --mode enforce
	warned 0 hr settings --event-rate 5
	warned 0 hr settings --mode monitor
	warned 1 hr scope add web --mode enforce --port 80
	warned 0 hr scope add web --mode monitor --port 80
	model_make drop.hgm 'kind>=0' >/dev/null
	hr model load drop.hgm >/dev/null
	warned 0 hr settings --mode enforce
	hr detach >/dev/null
	warned 1 hr attach --iface eth0 --mode enforce
}

t_version_and_features_are_told() {
	local program
	for program in hedgerow hedgerow-train hedgerow-export; do
		"$LAB_BUILD/$program" --version >"$program.txt"
		has "^$program [0-9.]*, features [0-9a-f]\{16\}$" <"$program.txt"
	done
	same "$(cut -d' ' -f2- hedgerow.txt)" "$(cut -d' ' -f2- hedgerow-train.txt)"
	same "$(cut -d' ' -f2- hedgerow.txt)" "$(cut -d' ' -f2- hedgerow-export.txt)"
}

t_help_is_no_error() {
	hr --help | has '^Commands:'
	hr attach --help | has '--xdp-mode'
	hr block --help | has '--vlan'
	same "$(hr allow --help | grep -c -- --vlan)" 0 # which go by address alone
	refused '\-\-vlan: no such option' hr guard list --vlan 5
}

# A file that is something else is named in a line, or two where the first of a log may have been cut off.
t_files_of_another_kind_are_named_and_not_shown() {
	local file
	mkdir folder
	printf 'a\033[31mred\n' >colour
	head -c 300 /bin/ls >binary
	printf '192.0.2.2\n192.0.2\0003\n' >zero
	hr attach --iface eth0 >/dev/null
	for file in folder binary zero colour /etc/passwd; do
		refused "^hedgerow: error: $file" hr block load "$file"
		refused "^hedgerow: error: $file" hr model load "$file"
		refused "^hedgerow: error: $file" hr replay "$file"
		refused "^hedgerow: error: $file" hr explain --log "$file" --flow-id 1
		refused "^hedgerow: error: $file" hr explain --rows "$file" --row 1
		refused "^hedgerow: error: $file: (no rows: its first line|cannot be read: Is a)" hr flows --snapshots "$file"
		same "$(hr flows --snapshots "$file" 2>/dev/null || true)" ""
	done
	{ hr block load colour 2>&1 || true; } | has "colour:1: 'a?\[31mred' is no address"
	refused "standard input cannot be read: Is a directory" eval 'hr explain <folder'
	same "$(hr explain </etc/passwd 2>&1 | grep -c 'not a line of the verdict log')" 2
	same "$(hr block list)" ""
	same "$(hr_status .model)" ""
}

t_lists_of_other_systems_are_read() {
	hr attach --iface eth0 >/dev/null
	printf '\xef\xbb\xbfaddress,expires,reason\r\n192.0.2.1,,seen\r\n\r\n192.0.2.2\r\n' >windows.csv
	hr block load windows.csv | has '^block list: 2 entries added'
	hr block list | has '^192.0.2.1/32 .* seen$'
	refused "'192.0.2.9-192.0.2.1' is no address, network or range, wanted .*192.0.2.4-192.0.2.11" hr block add 192.0.2.9-192.0.2.1
}

t_bad_scopes_are_refused_whole() {
	hr attach --iface eth0 >/dev/null
	refused "\-\-port: '0' will not do, wanted 1 to 65535" hr scope add web --mode enforce --port 0
	refused "\-\-port: '90-80' will not do" hr scope add web --mode enforce --port 90-80
	refused "\-\-dest: '192.0.2.7/24' has bits behind its prefix; the network is 192.0.2.0/24" hr scope add web --mode enforce --dest 192.0.2.7/24
	refused "\-\-dest: '192.0.2.0/33' is no address or network" hr scope add web --mode enforce --dest 192.0.2.0/33
	refused "\-\-instance: the name is empty" hr attach --iface eth0 --instance ''
	same "$(hr_status '.scopes | length')" 0
	local status=0
	hr scope add web --mode enforce --on nowhere0 2>/dev/null || status=$?
	same "$status" 1 # nothing is wrong with the command line
}
