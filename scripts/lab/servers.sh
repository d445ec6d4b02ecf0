# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# What the lab's server serves: web pages (nginx), names and TFTP (dnsmasq), bulk data and media (iperf3), and what it only
# takes: syslog (socat). Needs lib.sh.

# servers_start HTTP_PORT BULK_PORT: returns when all of them listen. Media have the port behind BULK_PORT.
servers_start() {
	HTTP_PORT=$1 BULK_PORT=$2 MEDIA_PORT=$(($2 + 1))
	SERVER=$(ns_address server) SERVER6=$(ns_address6 server)
	servers_write_files "$LAB_DIR/server"
	ns_start server "$LAB_DIR/server/nginx.log" nginx -p "$LAB_DIR/server" -c nginx.conf
	ns_start server "$LAB_DIR/server/dnsmasq.log" dnsmasq --keep-in-foreground --conf-file="$LAB_DIR/server/dnsmasq.conf"
	ns_start server "$LAB_DIR/server/iperf3.log" iperf3 --server --port "$BULK_PORT"
	ns_start server "$LAB_DIR/server/media.log" iperf3 --server --port "$MEDIA_PORT"
	ns_start server "$LAB_DIR/server/syslog" socat -u UDP-RECV:514 STDOUT
	wait_for 10 servers_listen || {
		echo "lab: the servers did not start:" >&2
		cat "$LAB_DIR"/server/*.log >&2
		return 1
	}
}

servers_listen() {
	local listening
	listening=$(in_ns server ss -Hltun | awk '{ print $1 "/" $5 }')
	grep -q "^tcp/0.0.0.0:$HTTP_PORT$" <<<"$listening" &&
		grep -q '^udp/.*:53$' <<<"$listening" && grep -q '^udp/.*:514$' <<<"$listening" &&
		grep -q "^tcp/.*:$BULK_PORT$" <<<"$listening" && grep -q "^tcp/.*:$MEDIA_PORT$" <<<"$listening"
}

servers_write_files() {
	local dir=$1
	mkdir -p "$dir/www/private" "$dir/tmp"
	echo 'It works, whoever else is at the door.' >"$dir/www/index.html"
	echo 'Not for everybody.' >"$dir/www/private/index.html"
	head -c 20000 /dev/urandom | base64 >"$dir/www/page"
	head -c 1000000 /dev/urandom >"$dir/www/large"
	echo 'admin:{PLAIN}correct horse battery staple' >"$dir/passwords"
	cat >"$dir/nginx.conf" <<-END
		daemon off;
		user root;
		worker_processes 1;
		error_log $dir/error.log;
		pid $dir/nginx.pid;
		events { worker_connections 8192; }
		http {
			access_log off;
			keepalive_timeout 65;
			keepalive_requests 100000;
			client_body_temp_path $dir/tmp;
			proxy_temp_path $dir/tmp;
			fastcgi_temp_path $dir/tmp;
			uwsgi_temp_path $dir/tmp;
			scgi_temp_path $dir/tmp;
			server {
				listen $HTTP_PORT backlog=4096;
				listen [::]:$HTTP_PORT backlog=4096;
				root $dir/www;
				location /page { try_files /page =404; }
				location /large { limit_rate \$arg_rate; }
				location /private/ { auth_basic members; auth_basic_user_file $dir/passwords; }
			}
		}
	END
	cat >"$dir/dnsmasq.conf" <<-END
		port=53
		user=root
		pid-file=$dir/dnsmasq.pid
		no-resolv
		no-hosts
		local=/test/
		server=/tunnel.test/127.0.0.1#5354
		address=/lab.test/192.0.2.80
		address=/x.test/192.0.2.80
		enable-tftp
		tftp-root=$dir/www
	END
	printf 'host%d.lab.test A\n' {1..200} >"$dir/names"
}

# servers_ignore A.B/BITS…: the server gets their packets but has no way to answer, and none to invented addresses either.
servers_ignore() {
	local block
	for block; do
		in_ns server ip route add blackhole "10.$LAB_NET.$block"
	done
	in_ns server ip route replace blackhole default
}
