# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Honest traffic of devices, and of what asks for them: some are off, asleep or gone. kind_NAME makes it; see capture.sh.

# Devices that a poller asks for their figures, every third of them switched off.
kind_snmp() {
	local i
	half_gone
	printf '%s\n' 'rocommunity public' 'rocommunity6 public' "agentaddress udp:161$(for ((i = 0; i < 60; i++)); do
		printf ',udp6:[fd00:%s::%x]:161' "$LAB_NET" $((128 + i))
	done)" >snmpd.conf
	ns_start server snmpd.log env SNMP_PERSISTENT_DIR="$PWD" snmpd -f -Lo -C -c "$PWD/snmpd.conf" -p "$PWD/snmpd.pid"
	wait_for 10 serves_udp 161
	record
	crowd 130 9 snmp_poll
}

snmp_poll() {
	local device family=
	device=$(one_of_many $(($1 % 3 ? $1 % 60 : 64 + $1 % 60)))
	[[ $VARIANT != *6 ]] || family=udp6:
	if (($1 % 4)); then
		client snmpget -v2c -c public -r $(($1 % 3)) -t 1 "$family$(bracketed "$device")" 1.3.6.1.2.1.1.3.0 1.3.6.1.2.1.1.5.0
	else
		client snmpbulkwalk -v2c -c public -r 1 -t 1 "$family$(bracketed "$device")" 1.3.6.1.2.1.1
	fi
}

# A telephone exchange asks its phones whether they are there, half of which are not. Phones ask the exchange.
kind_sip_phones() {
	local asking
	gone_clients
	sip_options >options.xml
	ns_start server exchange.log sipp -sn uas -aa -i "$TARGET" -p 5060 -nostdin
	ns_start client phones.log sipp -sn uas -aa -i "$(at 20 254)" -p 5060 -nostdin
	wait_for 5 serves_udp 5060
	record
	crowd 80 7 sip_ask &
	asking=$!
	crowd 60 5 sip_is_asked
	wait "$asking"
}

# OPTIONS of the exchange to a phone, of a phone to the exchange. Every other one of IPv4 by sipsak, which has no IPv6.
sip_ask() {
	local phone
	phone=$(at 20 $(($1 % 2 ? 254 : $1 % 54 + 200)))
	sip_options_send server "$TARGET" "$phone" "$1"
}

sip_is_asked() { sip_options_send client "$(at 20 $(($1 % 60 + 1)))" "$TARGET" "$1"; }

sip_options_send() { # namespace, from, to, number
	if [[ $VARIANT == *6 ]] || (($4 / 2 % 2)); then
		in_ns "$1" timeout 9 sipp -sf options.xml -i "$2" -m 1 -max_retrans $(($4 % 4 + 1)) -timeout 8 -nostdin "$(bracketed "$3"):5060" || true
	else
		in_ns "$1" timeout $(($4 % 5 + 2)) sipsak -s "sip:phone$4@$3" || true
	fi
}

sip_options() {
	cat <<-'END'
		<?xml version="1.0"?>
		<scenario name="options">
		<send retrans="500"><![CDATA[

		OPTIONS sip:[service]@[remote_ip]:[remote_port] SIP/2.0
		Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
		From: <sip:exchange@[local_ip]:[local_port]>;tag=[call_number]
		To: <sip:[service]@[remote_ip]:[remote_port]>
		Call-ID: [call_id]
		CSeq: 1 OPTIONS
		Max-Forwards: 70
		Accept: application/sdp
		Content-Length: 0

		]]></send>
		<recv response="200"/>
		</scenario>
	END
}

# Machines that start from the network: they ask one of two servers for a file, and the other when the first has gone.
kind_netboot() {
	half_gone
	record
	crowd 110 8 netboot_start
}

netboot_start() {
	local from server file=page
	from=$(at 20 $(($1 % 70 + 1)))
	(($1 % 2)) || file=index.html
	for server in $((64 + $1 % 4)) $(($1 % 4)); do
		if (($1 % 3 == 0)); then
			LONGEST=7 client tftp -m binary "$(one_of_many "$server")" -c get page /dev/null
			continue
		fi
		LONGEST=5 fetch "$from" "tftp://$(bracketed "$(one_of_many "$server")")/$file"
	done
}

# Sensors that sleep most of the time, and what asks them: a poller, by CoAP with and without confirmation.
kind_sensors() {
	half_gone
	ns_start server coap.log coap-server-notls -A :: -p 5683
	wait_for 5 serves_udp 5683
	record
	crowd 120 9 sensor_ask
}

sensor_ask() {
	local sensor what=time options=(-B $(($1 % 4 + 2)))
	sensor=$(stands_or_gone 45 "$1")
	(($1 % 5)) || options+=(-N)
	(($1 % 6)) || options+=(-s 4)
	(($1 % 3)) || what=.well-known/core
	client coap-client-notls "${options[@]}" -m get "coap://$(bracketed "$sensor")/$what"
}

# What machines ask when they come up: names, devices and services nearby, of all at once, of whom hardly anybody answers.
kind_discovery() {
	local i
	in_ns server ip route add 224.0.0.0/4 dev eth0
	# What is said to all leaves where its source is at home.
	for i in {1..60}; do printf 'address add %s/32 dev eth0\n' "10.$LAB_NET.20.$i"; done | in_ns client ip -batch -
	in_ns client ip route add 224.0.0.0/4 dev eth0
	ns_start server coap.log coap-server-notls -A :: -p 5683 -g "$([[ $VARIANT == *6 ]] && echo ff05::fd || echo 224.0.1.187)"
	mkdir -p /run/avahi-daemon
	printf '[server]\nhost-name=lab\nenable-dbus=no\n[publish]\npublish-workstation=yes\n' >avahi.conf
	ns_start server avahi.log avahi-daemon --no-drop-root --no-rlimits --no-chroot -f "$PWD/avahi.conf"
	wait_for 5 serves_udp 5683
	wait_for 5 serves_udp 5353
	record
	LONGEST=5 crowd 80 7 discovery_ask
}

discovery_ask() {
	local from group=224.0.0.251 names=224.0.0.252 sensors=224.0.1.187 devices=()
	from=$(at 20 $(($1 % 60 + 1)))
	devices=(-m "$from")
	[[ $VARIANT != *6 ]] || group=ff05::fb names=ff05::1:3 sensors='[ff05::fd]' devices=(-6 -m eth0)
	client dig -p 5353 "@$group" -b "$from" +short +tries=1 +time=1 +norecurse _services._dns-sd._udp.local ptr &
	client dig -p 5355 "@$names" -b "$from" +short +tries=2 +time=1 +norecurse "printer$1" &
	case $(($1 % 4)) in
	0) client upnpc "${devices[@]}" -s ;;
	1) client coap-client-notls -N -B 2 -m get "coap://$sensors/.well-known/core" ;;
	# What has no IPv6:
	2) [[ $VARIANT == *6 ]] || client nmblookup -s /dev/null -B "10.$LAB_NET.255.255" "SHARE$1" ;;
	3) [[ $VARIANT == *6 ]] || client udhcpc -i eth0 -n -q -f -t 2 -T 1 -s /bin/true ;;
	esac
	wait
}
