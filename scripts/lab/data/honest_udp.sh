# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Honest traffic over UDP, made by real clients and servers. kind_NAME makes it; see capture.sh.

# A resolver asks on behalf of others: every question from a port of its own.
kind_resolver() {
	printf '%s\n' 'port=53' 'user=root' "pid-file=$PWD/forwarder.pid" 'no-resolv' 'no-hosts' 'cache-size=0' \
		'listen-address=127.0.0.1' 'bind-interfaces' "server=$TARGET" >forwarder.conf
	ns_start client forwarder.log dnsmasq --keep-in-foreground --conf-file="$PWD/forwarder.conf"
	asked 40 calls
	wait_for 10 in_ns client dig @127.0.0.1 +short +tries=1 +time=2 host0.lab.test
	record
	client dnsperf -s 127.0.0.1 -d "$LAB_DIR/server/names" -l 12 -Q 40 -c 4 -q 60
}

# People's machines, each with its questions, with and without EDNS.
kind_dns_lookups() {
	record
	crowd 260 16 dns_lookup
}

dns_lookup() {
	local edns=+edns=0
	(($1 % 2)) || edns=+noedns
	client dig "@$TARGET" -b "$(at 20 $(($1 % 80 + 1)))" +short +tries=3 +time=1 $edns "host$1.lab.test"
}

# Clocks: one asks many servers over and over, others come once.
kind_ntp() {
	local i
	printf '%s\n' 'local stratum 5' 'allow all' 'cmdport 0' "pidfile $PWD/ntp_server.pid" 'bindcmdaddress /' >ntp_server.conf
	ns_start server ntp.log chronyd -x -d -u root -f "$PWD/ntp_server.conf"
	{
		for i in {1..60}; do echo "server $(one_of_many "$i") minpoll 0 maxpoll $((i % 2 + 1)) iburst"; done
		printf '%s\n' 'cmdport 0' 'port 0' "pidfile $PWD/ntp_client.pid" 'bindcmdaddress /'
	} >ntp_client.conf
	wait_for 5 in_ns server ss -Hlun 'sport = :123'
	asked - calls
	record
	in_ns client timeout 16 chronyd -x -d -u root -f "$PWD/ntp_client.conf" || true
}

# Log lines, which nobody answers: from a socket each, as scripts send them, and from one, as a daemon does.
kind_syslog() {
	ns_start server syslog6.log socat -u UDP6-RECV:514,ipv6only=1 /dev/null
	record
	syslog_daemon | client logger --server "$TARGET" --port 514 --udp &
	crowd 240 15 syslog_line
	wait $!
}

syslog_daemon() {
	local i
	for i in {1..160}; do
		printf 'all is well %*s\n' $((i * 37 % 200)) .
		read -rt .1 -u "$pause_fd" || true
	done
}

syslog_line() { client logger --server "$TARGET" --port 514 --udp "job $1 done, $(printf '%*s' $(($1 * 53 % 150)) .)"; }

# Figures for a statsd, which does not answer either: programs of 30 hosts, each with a socket of its own for some seconds.
kind_metrics() {
	ns_start server statsd.log socat -u UDP6-RECV:8125,ipv6only=0 /dev/null
	record
	crowd 240 14 metrics_send
}

metrics_send() {
	local i
	for ((i = 0; i < $1 % 5 + 1; i++)); do
		echo "lab.jobs.$1:$i|c"
		read -rt .$((2 + $1 % 7)) -u "$pause_fd" || true
	done | client socat -u - "UDP:$(bracketed "$TARGET"):8125,bind=$(bracketed "$(at 20 $(($1 % 30 + 1)))")"
}

# Calls: each has a socket of its own; and streams of media.
kind_media() {
	ns_start server sip.log sipp -sn uas -i "$TARGET" -p 5060 -nostdin -bg -max_socket 5000
	asked 14 calls
	record
	client iperf3 --client "$TARGET" --port "$MEDIA_PORT" --udp --length 172 --bitrate 64k --parallel 8 --time 10 &
	client sipp -sn uac -i "$(at 20 254)" -t un -r 14 -m 230 -d 900 -nostdin -max_socket 5000 -timeout 40 "$(bracketed "$TARGET"):5060"
	wait $!
}

kind_quic() {
	openssl req -x509 -newkey rsa:2048 -nodes -keyout quic.key -out quic.crt -days 2 -subj /CN=lab.test 2>/dev/null
	ns_start server quic.log gtlsserver -q -d "$LAB_DIR/server/www" "$TARGET" 443 quic.key quic.crt
	wait_for 10 in_ns client gtlsclient -q --exit-on-all-streams-close --no-quic-dump --no-http-dump --timeout=2s "$TARGET" 443 https://lab.test/
	record
	crowd 220 12 quic_get
}

quic_get() { client gtlsclient -q --exit-on-all-streams-close --no-quic-dump --no-http-dump --timeout=8s "$TARGET" 443 "https://lab.test/page"; }
