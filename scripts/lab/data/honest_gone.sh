# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Honest traffic to many of whom a part has gone: what watches, asks and tries again. kind_NAME makes it; see capture.sh.

# Hosts that are pinged over and over from three places, half of which are down.
kind_ping_watch() {
	local from i targets=() pids=()
	half_gone
	for ((i = 0; i < 70; i++)); do targets+=("$(stands_or_gone 35 "$i")"); done
	asked 97 packets
	record
	for from in 30 31 32; do
		client fping -S "$(at 20 "$from")" -q -c 6 -i 8 -p $((from * 50)) -t 700 "${targets[@]:$((from % 3 * 10)):50}" &
		pids+=($!)
	done
	wait "${pids[@]}"
}

# Ways to hosts, of which half are down: one port more with every hop, or echo requests, or SYNs.
kind_traceroute() {
	half_gone
	record
	LONGEST=9 crowd 44 4 traceroute_run
}

traceroute_run() {
	local to
	to=$(stands_or_gone 40 "$1")
	case $(($1 / 2 % 6)) in
	0) client traceroute -n -q 1 -w 1 -N 4 -m 10 "$to" ;;
	1) client traceroute -n -q 3 -w 1 -N 6 -m 6 "$to" ;;
	2) client traceroute -n -I -q 1 -w 1 -N 4 -m 10 "$to" ;;
	3) client traceroute -n -T -p "$HTTP_PORT" -q 1 -w 1 -N 4 -m 8 "$to" ;;
	4) client mtr --report --no-dns --report-cycles 3 --max-ttl 6 --udp "$to" ;;
	5) client mtr --report --no-dns --report-cycles 4 --max-ttl 6 "$to" ;;
	esac
}

# A forwarder that asks all its name servers at once, and people's machines that ask the next when the first keeps silent.
kind_dns_gone() {
	local i forwarded
	half_gone
	{
		printf '%s\n' 'port=53' 'user=root' "pid-file=$PWD/forwarder.pid" 'no-resolv' 'no-hosts' 'cache-size=0' \
			'listen-address=127.0.0.1' 'bind-interfaces' 'all-servers'
		for i in {1..6}; do echo "server=$(stands_or_gone 20 "$i")"; done
	} >forwarder.conf
	ns_start client forwarder.log dnsmasq --keep-in-foreground --conf-file="$PWD/forwarder.conf"
	wait_for 10 in_ns client dig @127.0.0.1 +short +tries=1 +time=2 host0.lab.test
	record
	client dnsperf -s 127.0.0.1 -d "$LAB_DIR/server/names" -l 10 -Q 6 -c 2 -q 20 &
	forwarded=$!
	crowd 100 9 dns_next
	wait "$forwarded"
}

dns_next() {
	local from
	from=$(at 20 $(($1 % 60 + 1)))
	client dig "@$(one_of_many $((64 + $1 % 5)))" -b "$from" +short +tries=$(($1 % 2 + 1)) +time=1 "host$1.lab.test"
	client dig "@$(one_of_many $(($1 % 5)))" -b "$from" +short +tries=2 +time=1 "host$1.lab.test"
}

# Clocks that ask servers of a list, half of which have gone; a daemon, and single questions.
kind_ntp_gone() {
	local i daemon
	half_gone
	printf '%s\n' 'local stratum 5' 'allow all' 'cmdport 0' "pidfile $PWD/ntp_server.pid" 'bindcmdaddress /' >ntp_server.conf
	ns_start server ntp.log chronyd -x -d -u root -f "$PWD/ntp_server.conf"
	{
		for i in {0..39}; do echo "server $(stands_or_gone 40 "$i") minpoll 0 maxpoll 2 iburst"; done
		printf '%s\n' 'cmdport 0' 'port 0' "pidfile $PWD/ntp_client.pid" 'bindcmdaddress /'
	} >ntp_client.conf
	wait_for 5 serves_udp 123
	record
	in_ns client timeout 12 chronyd -x -d -u root -f "$PWD/ntp_client.conf" &
	daemon=$!
	crowd 70 7 ntp_ask
	wait "$daemon" || true
}

ntp_ask() { client ntpdig -t 1 "$(stands_or_gone 50 "$1")" "$(stands_or_gone 50 $(($1 + 7)))"; }

# Log-ins that are checked by RADIUS servers, the first of which has gone.
kind_radius() {
	half_gone
	radius_serve
	record
	crowd 100 8 radius_ask
}

radius_ask() {
	local server
	for server in $((64 + $1 % 5)) $(($1 % 5)); do
		(($1 % 3 || server < 64)) || continue
		echo "User-Name = user$1, User-Password = secret$1, NAS-Port = $1" |
			client radclient -q -r $(($1 % 3 + 1)) -t 1 "$(bracketed "$(one_of_many "$server")"):1812" auth labsecret
	done
}

radius_serve() {
	mkdir -p raddb radlog
	cat >raddb/radiusd.conf <<-END
		prefix = /usr
		logdir = $PWD/radlog
		libdir = $(dirname "$(find /usr/lib/freeradius -name rlm_always.so)")
		pidfile = $PWD/radlog/pid
		client lab { ipaddr = 10.0.0.0/8
			secret = labsecret }
		client lab6 { ipv6addr = fd00::/8
			secret = labsecret }
		modules {
			always accept { rcode = ok }
		}
		server default {
			listen { type = auth
				ipaddr = *
				port = 1812 }
			listen { type = auth
				ipv6addr = ::
				port = 1812 }
			authorize { update control { Auth-Type := Accept } }
			authenticate { }
		}
	END
	ns_start server radius.log freeradius -f -l stdout -n radiusd -d "$PWD/raddb"
	wait_for 10 serves_udp 1812
}

# Names with several addresses, of which the first have gone: each client tries the next, after a while or at once.
kind_first_gone() {
	half_gone
	record
	LONGEST=12 crowd 120 9 first_gone_fetch
}

first_gone_fetch() {
	local gone stands other
	gone=$(one_of_many $((64 + $1 % 20))) stands=$(one_of_many $(($1 % 20)))
	other=$([[ $VARIANT == *6 ]] && echo "10.$LAB_NET.0.$((192 + $1 % 20))" || printf '[fd00:%s::%x]' "$LAB_NET" $((192 + $1 % 20)))
	case $(($1 % 4)) in
	0) first_gone_curl 4 "$(bracketed "$gone"),$(bracketed "$stands")" ;;
	1) first_gone_curl 6 "$other,$(bracketed "$stands")" ;; # the other family's has gone
	2) first_gone_curl 5 "$(bracketed "$gone"),$(bracketed "$(one_of_many $((90 + $1 % 9)))"),$(bracketed "$stands")" --retry 1 ;;
	3)
		client socat -u "TCP:$(bracketed "$gone"):22,connect-timeout=3" /dev/null
		client socat -u "TCP:$(bracketed "$stands"):22" /dev/null # refused
		;;
	esac
}

first_gone_curl() { # seconds, addresses, options
	client curl --silent --output /dev/null --connect-timeout "$1" "${@:3}" \
		--resolve "lab.test:$HTTP_PORT:$2" "http://lab.test:$HTTP_PORT/page"
}
