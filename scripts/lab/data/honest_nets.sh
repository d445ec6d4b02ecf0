# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Honest traffic of what looks for its peers, its gateways or its servers, some of which have gone. kind_NAME makes it; see
# capture.sh.

# Programs that want to know how they are seen from outside: each asks a list of servers, some of which have gone; some have their
# data relayed, to peers that are there and to peers that are not.
kind_stun() {
	local i relayed
	half_gone
	gone_clients
	{
		printf '%s\n' no-cli no-tls no-dtls no-auth no-software-attribute 'log-file=stdout' simple-log allow-loopback-peers \
			"userdb=$PWD/turn.db" "pidfile=$PWD/turn.pid" 'min-port=30000' 'max-port=39999' "relay-ip=$TARGET"
		echo "listening-ip=$TARGET"
		for i in {1..5}; do echo "listening-ip=$(one_of_many "$i")"; done
	} >turn.conf
	ns_start server turn.log turnserver -c "$PWD/turn.conf"
	ns_start client turn_peer.log turnutils_peer -L "$(at 20 254)" -p 3480
	wait_for 10 serves_udp 3478
	record
	LONGEST=12 crowd 16 2 stun_relayed &
	relayed=$!
	LONGEST=2 crowd 80 8 stun_ask
	wait "$relayed"
}

stun_ask() {
	local i server
	for i in 1 2 3 4; do
		server=$(one_of_many $((i % 2 ? 64 + ($1 + i) % 9 : 1 + ($1 + i) % 5)))
		if (($1 % 3)) || [[ $VARIANT == *6 ]]; then
			client turnutils_stunclient -p 3478 -L "$(at 20 $(($1 % 60 + 1)))" "$server" &
		else
			client stun "$server" 1 &
		fi
	done
	wait
}

stun_relayed() {
	local peer
	peer=$(at 20 $(($1 % 2 ? 254 : 200 + $1)))
	client turnutils_uclient -L "$(at 20 $(($1 + 100)))" -e "$peer" -r 3480 -n 20 -m 2 -l 120 -X "$TARGET"
}

certify() { # name
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$1.key" -out "$1.crt" -days 2 -subj /CN=lab.test
}

# Machines that keep a tunnel to one of three gateways, the first two of which have gone; a third of them knows that.
kind_openvpn() {
	VPN_PROTOCOL=udp$([[ $VARIANT != *6 ]] || echo 6)
	half_gone
	certify vpn
	ns_start server vpn.log openvpn --dev tun --server 172.30.0.0 255.255.255.0 --topology subnet --proto "$VPN_PROTOCOL" --multihome \
		--port 1194 --dh none --ca vpn.crt --cert vpn.crt --key vpn.key --duplicate-cn --keepalive 1 5
	wait_for 10 serves_udp 1194
	record
	LONGEST=9 crowd 60 5 openvpn_run
}

openvpn_run() {
	local remotes=() server
	for server in $((64 + $1 % 9)) $((70 + $1 % 5)) $(($1 % 20)); do remotes+=(--remote "$(one_of_many "$server")" 1194); done
	(($1 % 3)) || remotes=("${remotes[@]:6}")
	client openvpn --dev null --client --proto "$VPN_PROTOCOL" --nobind "${remotes[@]}" --ca vpn.crt --cert vpn.crt --key vpn.key \
		--connect-timeout 2 --server-poll-timeout 2 --ifconfig-noexec --route-noexec --ping 1
}

# A hub that keeps tunnels to machines of which most sleep, or have moved; those that are awake call it, too.
kind_wireguard() {
	local i hub peer port=51820
	gone_clients
	hub=$(wg genkey)
	wireguard_up server hub
	{
		wireguard_own "$hub" "$port"
		for i in {1..60}; do
			wg genkey >"peer$i"
			peer=$(at 20 $((i <= 8 ? 254 : 190 + i)))
			wireguard_peer "$(wg pubkey <"peer$i")" "172.30.0.$i/32" 1 "$(bracketed "$peer"):$((port + i))"
		done
	} >hub.conf
	record
	for i in {1..8}; do
		wireguard_up client "w$i"
		{
			wireguard_own "$(<"peer$i")" $((port + i))
			wireguard_peer "$(wg pubkey <<<"$hub")" 172.30.0.0/16 $((i % 3 + 1)) "$(bracketed "$TARGET"):$port"
		} >"w$i.conf"
		in_ns client wg setconf "w$i" "w$i.conf"
	done
	in_ns server wg setconf hub hub.conf
	sleep 15
}

wireguard_own() { printf '[Interface]\nPrivateKey = %s\nListenPort = %d\n' "$@"; }
wireguard_peer() { printf '[Peer]\nPublicKey = %s\nAllowedIPs = %s\nPersistentKeepalive = %d\nEndpoint = %s\n' "$@"; }

wireguard_up() { # namespace, interface
	mkdir -p /run/wireguard
	ns_start "$1" "$2.log" wireguard-go -f "$2"
	wait_for 10 in_ns "$1" wg show "$2"
	in_ns "$1" ip link set "$2" up
}

# Requests over QUIC to a server of another make, some in a version that it does not speak, and to some that are gone; questions
# over QUIC to name servers that do not speak it.
kind_quic_gone() {
	local i
	half_gone
	certify quic
	{
		printf '{\n\tadmin off\n\tauto_https off\n\tstorage file_system %s\n}\nhttps://:443 {\n\tbind' "$PWD/caddy"
		for i in {0..11}; do printf ' %s' "$(one_of_many "$i")"; done # it would answer others from the server's own
		printf '\n\ttls %s %s\n\troot * %s\n\tfile_server\n}\n' "$PWD/quic.crt" "$PWD/quic.key" "$LAB_DIR/server/www"
	} >Caddyfile
	ns_start server caddy.log env HOME="$PWD" caddy run --config "$PWD/Caddyfile" --adapter caddyfile
	wait_for 20 serves_udp 443
	record
	crowd 130 9 quic_try
}

quic_try() {
	local server options=(-q --exit-on-all-streams-close --no-quic-dump --no-http-dump "--timeout=$(($1 % 4 + 1))s")
	server=$(stands_or_gone 12 "$1")
	case $(($1 / 2 % 4)) in
	0) options+=(--version=0x1a2a3a4a --timeout=2s) ;;
	1) options+=(--handshake-timeout=2s) ;;
	3)
		client kdig -b "$(at 20 $(($1 % 40 + 1)))" "@$server" +quic +timeout=1 +retry=1 host.lab.test
		return
		;;
	esac
	client gtlsclient "${options[@]}" "$server" 443 https://lab.test/page
}
