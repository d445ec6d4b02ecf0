# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Honest traffic over TCP that is not the web, made by real clients and servers. kind_NAME makes it; see capture.sh.

listens() { in_ns server ss -Hltn "sport = :$1" | grep -q .; }
serves_udp() { in_ns server ss -Hlun "sport = :$1" | grep -q .; }

# Checks of a host's services: most stand, some are refused, one host never answers.
kind_monitoring() {
	silence server "10.$LAB_NET.0.255/32" "fd00:$LAB_NET::ff/128"
	record
	crowd 280 16 monitoring_check
}

monitoring_check() {
	case $(($1 % 10)) in
	0) client check_tcp -H "$TARGET" -p "$((HTTP_PORT + 1 + $1 % 30))" -t 4 ;;
	1) client check_tcp -H "$(one_of_many 127)" -p "$HTTP_PORT" -t 4 ;;
	2 | 3) client check_ping -H "$(one_of_many $(($1 % 50)))" -w 500,50% -c 900,80% -p 2 -t 6 ;;
	4 | 5) client check_http -H "$(bracketed "$TARGET")" -p "$HTTP_PORT" -u /page -t 5 ;;
	*) client check_tcp -H "$(one_of_many $(($1 % 50)))" -p "$HTTP_PORT" -t 5 ;;
	esac
}

# A load balancer that opens a connection to each of its servers every second or so, and resets it.
kind_lb_checks() {
	local i
	{
		printf 'global\n\tmaxconn 100\ndefaults\n\tmode tcp\n\ttimeout connect 3s\n\ttimeout client 3s\n\ttimeout server 3s\n'
		printf '\ttimeout check 3s\nfrontend f\n\tbind 127.0.0.1:9\n\tdefault_backend b\nbackend b\n'
		for i in {1..24}; do
			echo "	server s$i $(one_of_many "$i"):$HTTP_PORT check inter $((700 + i * 29))ms"
		done
	} >haproxy.cfg
	asked 23 connections # of the 24 servers together
	record
	in_ns client timeout 15 haproxy -db -f haproxy.cfg || true
}

kind_ssh() {
	ssh_serve
	head -c 200000 /dev/urandom >parcel
	record
	crowd 210 9 ssh_session
}

ssh_serve() { # further lines of its settings
	mkdir -p /run/sshd
	ssh_account
	ssh-keygen -q -t ed25519 -N '' -f host_key
	ssh-keygen -q -t ed25519 -N '' -f user_key
	printf '%s\n' 'Port 22' "HostKey $PWD/host_key" "AuthorizedKeysFile $PWD/user_key.pub" 'StrictModes no' 'UsePAM no' \
		'PermitRootLogin yes' 'MaxStartups 300:30:500' 'PidFile none' 'UseDNS no' 'Subsystem sftp internal-sftp' "$@" >sshd_config
	ns_start server sshd.log "$(command -v sshd)" -D -e -f "$PWD/sshd_config"
	wait_for 10 listens 22
}

# Who logs in is root, with a home and a shell of the lab's: what this machine's root has its shell start at each login would
# start here, hundreds of times. Only the lab, whose mounts are its own, sees this file.
ssh_account() {
	mkdir home
	awk -F: -v OFS=: -v home="$PWD/home" '$1 == "root" { $6 = home; $7 = "/bin/sh" } { print }' /etc/passwd >passwd
	chmod 644 passwd
	mount --bind passwd /etc/passwd
}

ssh_session() {
	local options=(-q -F none -i user_key -o IdentitiesOnly=yes -o IdentityAgent=none -o BatchMode=yes
		-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o ConnectTimeout=10 -o BindAddress="$(at 20 $(($1 % 40 + 1)))")
	if (($1 % 5)); then
		client ssh "${options[@]}" "root@$TARGET" "sleep .$(($1 % 9)); cat user_key.pub"
	else
		client scp "${options[@]}" parcel "root@$(bracketed "$TARGET"):/dev/null"
	fi
}

kind_mail() {
	ns_start server mail.log aiosmtpd -n -c aiosmtpd.handlers.Sink -l "$TARGET:25"
	wait_for 10 listens 25
	record
	crowd 230 13 mail_send
}

mail_send() {
	printf 'Subject: letter %d\n\n%*s\n' "$1" $(($1 * 131 % 9000)) hello |
		fetch "$(at 20 $(($1 % 12 + 1)))" --mail-from "a$1@lab.test" --mail-rcpt b@lab.test --upload-file - "smtp://$(bracketed "$TARGET"):25"
}

# A program that opens a connection for each transaction, at a steady rate.
kind_database() {
	local as=(setpriv --reuid postgres --regid postgres --clear-groups)
	mkdir db
	chown postgres db
	chmod 711 "$LAB_DIR"
	(cd db && "${as[@]}" initdb --auth trust --no-sync --pgdata data >/dev/null)
	echo 'host all all all trust' >>db/data/pg_hba.conf
	ns_start server postgres.log "${as[@]}" postgres -D db/data -k '' -c listen_addresses='*' -c fsync=off
	wait_for 20 in_ns client psql -h "$TARGET" -U postgres -c 'select 1'
	echo 'select count(*) from pg_class;' >query.sql
	asked 16 connections
	record
	client pgbench -h "$TARGET" -U postgres -n -f query.sql --connect --client 12 --jobs 12 --rate 16 --time 16 postgres
}

# Web servers' cache: bursts of short connections, some that stay.
kind_cache() {
	ns_start server redis.log redis-server --port 6379 --bind 0.0.0.0 :: --protected-mode no --save '' --dir "$LAB_DIR"
	wait_for 10 listens 6379
	record
	client redis-benchmark -h "$TARGET" -q -c 4 -n 4000 -t get,set &
	crowd 24 2 cache_burst
	wait $!
}

cache_burst() { client redis-benchmark -h "$TARGET" -q -k 0 -c $(($1 % 4 + 1)) -n $((10 + $1 % 7 * 2)) -t get; }

# Many peers that fetch pieces from each other; some have gone, and are asked all the same.
kind_peers() {
	head -c 4000000 /dev/urandom >share.bin
	silence client "10.$LAB_NET.20.200/29" "fd00:$LAB_NET::20:200/125"
	ns_start server peers.log socat "TCP6-LISTEN:6881,ipv6only=0,fork,reuseaddr,backlog=200" SYSTEM:"head -c 20000 share.bin"
	ns_start client peers_too.log socat "TCP6-LISTEN:6881,ipv6only=0,fork,reuseaddr,backlog=200" SYSTEM:"head -c 20000 share.bin"
	wait_for 10 listens 6881
	record
	crowd 170 10 peers_ask &
	crowd 120 7 peers_are_asked
	wait $!
}

# The server's peer is asked by many, and asks many itself, of which every third is gone or was never there.
peers_are_asked() { client socat -u -T 5 "TCP:$(bracketed "$TARGET"):6881,bind=$(bracketed "$(at 20 $(($1 % 90 + 1)))")" /dev/null; }

peers_ask() {
	local peer port=6881
	peer=$(at 20 $(($1 % 100 + 100)))
	case $(($1 % 6)) in
	0) peer=$(at 20 $(($1 % 8 + 200))) ;;
	1) port=$((7000 + $1)) ;;
	esac
	in_ns server timeout 8 socat -u -T 5 "TCP:$(bracketed "$peer"):$port,bind=$(bracketed "$TARGET")" /dev/null || true
}
