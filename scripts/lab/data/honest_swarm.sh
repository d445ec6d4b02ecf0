# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Honest traffic of BitTorrent, made by a real client and tracker. kind_NAME makes it; see capture.sh.

# A swarm of which half has gone since its members learnt of each other. One comes back and asks whom it knew, by DHT and for
# pieces; new ones ask trackers, of which one has gone as well, and the DHT. The client asks trackers over IPv4 only; over IPv6
# there is none.
kind_swarm() {
	local i seed gone=()
	half_gone
	swarm_describe
	swarm_peer server seed "$TARGET" --seed-time=5 --check-integrity=true share.torrent
	seed=$!
	wait_for 5 serves_udp 6881
	for i in {200..229} {1..24}; do
		swarm_peer client "$i" "$(at 20 "$i")" "${ENTRY[@]}" --seed-time=5 --stop=50 share.torrent
		((i < 200)) || gone+=($!)
	done
	wait_for 25 swarm_stands
	kill -KILL "${gone[@]}"
	gone_clients
	end_process "$seed" # which writes down whom it knows
	rm seed/share.bin
	record
	swarm_peer server seed "$TARGET" --stop=18 share.torrent
	LONGEST=14 crowd 40 6 swarm_join
}

# When many have told others what they have.
swarm_stands() { (($(grep -l 'response announce_peer' ./*.log | wc -l) > 15)); }

swarm_describe() {
	local tracker=() gone=() family=
	head -c 600000 /dev/urandom >share.bin
	mkdir seed
	cp share.bin seed
	if [[ $VARIANT == *6 ]]; then
		family=6
	else
		tracker=(-t "udp://$TARGET:6969/announce")
		gone=(-t "udp://$(one_of_many 72):6969/announce")
	fi
	transmission-create "${tracker[@]}" -o share.torrent share.bin
	transmission-create "${gone[@]}" "${tracker[@]}" -o gone.torrent share.bin
	transmission-show share.torrent | sed -n 's/^ *Hash\( v1\)\{0,1\}: *//p' >whitelist
	[[ $family ]] || ns_start server tracker.log opentracker -i "$TARGET" -p 6969 -P 6969 -w "$PWD/whitelist"
	# Where the DHT begins has a name, which only the lab knows.
	printf '127.0.0.1 localhost\n%s swarm.lab.test\n' "$TARGET" >hosts
	mount --bind hosts /etc/hosts
	ENTRY=("--dht-entry-point$family=swarm.lab.test:6881")
	SWARM=(--no-conf --async-dns=false --enable-color=false --summary-interval=0 --log-level=info --file-allocation=none
		--dht-listen-port=6881 --listen-port=6882)
	[[ $family ]] && SWARM+=(--enable-dht=false --enable-dht6=true) || SWARM+=(--enable-dht=true --disable-ipv6=true)
}

swarm_peer() { # namespace, name, address, options; in the background
	ns_start "$1" "$2.out" aria2c "${SWARM[@]}" --dir "$2" --log "$2.log" --interface "$3" --dht-listen-addr6="$3" \
		"--dht-file-path$([[ $VARIANT != *6 ]] || echo 6)=$PWD/$2.dht" "${@:4}"
}

swarm_join() {
	local i=$(($1 + 40)) torrent=share.torrent
	(($1 % 3)) || torrent=gone.torrent
	swarm_peer client "$i" "$(at 20 "$i")" "${ENTRY[@]}" --seed-time=1 --stop=$((8 + $1 % 4)) "$torrent"
	wait $!
}
