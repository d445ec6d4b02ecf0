# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Honest traffic over HTTP, made by real clients. kind_NAME makes it; see capture.sh.

# Visitors: each from an address of its own, six or twelve connections at once.
kind_browsing() {
	record
	crowd 46 2 browsing_visit
}

browsing_visit() {
	local at_once=$(($1 % 3 ? 6 : 12))
	fetch "$(at 20 "$1")" --parallel --parallel-immediate --parallel-max "$at_once" "$URL/page/[1-$((at_once * 2))]"
}

# Programs that ask again and again over a connection that they keep; some addresses have several.
kind_api_keepalive() {
	record
	crowd 230 13 api_session
}

api_session() { fetch "$(at 20 $(($1 % 60 + 1)))" --rate $(($1 % 5 + 2))/s "$URL/?[1-$(($1 % 9 + 2))]"; }

# One client that opens a connection for every request, whether the last was answered or not.
kind_proxy_60() { proxy 60; }
kind_proxy_300() { proxy 300; }

proxy() {
	asked "$1" connections
	record
	client h2load --h1 -t 1 -r "$1" -c $(($1 * 10)) -n $(($1 * 10)) -T 20 -N 20 "$URL/page"
}

# Everybody at once, nobody twice.
kind_flash_crowd() {
	record
	crowd 240 24 flash_visit
}

flash_visit() { fetch "$(at 20 "$1")" --parallel --parallel-immediate "$URL/page/[1-$(($1 % 2 + 1))]"; }

# 250 people behind one address: pages, an API, names, mail checks that find the port closed now and then.
kind_nat_office() {
	record
	crowd 250 14 nat_person
}

nat_person() {
	local office
	office=$(at 20 7)
	fetch "$office" --retry 1 --parallel --parallel-immediate --parallel-max $(($1 % 4 + 1)) "$URL/page/[1-$(($1 % 6 + 1))]"
	(($1 % 3)) || client dig "@$TARGET" -b "$office" +short +tries=2 +time=2 "host$1.lab.test"
	(($1 % 7)) || fetch "$office" --rate 2/s "$URL/?[1-6]"
	(($1 % 25)) || fetch "$office" "http://$(bracketed "$TARGET"):$((HTTP_PORT + 1))/"
}

# Clients that try again when the server is gone for a while, and all of them when it comes back.
kind_retry_storm() {
	record
	retry_outage &
	crowd 150 10 retry_client
	wait $!
}

retry_outage() {
	local nginx
	nginx=$(<"$LAB_DIR/server/nginx.pid")
	sleep 4
	kill -TERM "$nginx"
	sleep 5
	ns_start server "$LAB_DIR/server/nginx.log" nginx -p "$LAB_DIR/server" -c nginx.conf
}

retry_client() { fetch "$(at 20 $(($1 % 50 + 1)))" --retry 8 --retry-connrefused --retry-all-errors --retry-delay 1 "$URL/page"; }

# Downloads over lines of different widths, and bulk tests of several streams.
kind_bulk() {
	record
	client iperf3 --client "$TARGET" --port "$BULK_PORT" --parallel 4 --bitrate 1M --time 4 &
	crowd 72 5 bulk_download
	wait $!
}

bulk_download() {
	fetch "$(at 20 $(($1 % 30 + 1)))" --parallel --parallel-immediate --range "0-$((60000 + $1 % 11 * 30000))" \
		--limit-rate $((60 + $1 % 7 * 40))k "$URL/large?[1-3]"
}
