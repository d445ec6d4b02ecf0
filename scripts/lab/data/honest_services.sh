# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154
# Honest traffic over TCP of services with a protocol of their own, made by real clients and servers. kind_NAME makes it; see
# capture.sh.

# Files by FTP: a connection more for each, which the client opens, or the server.
kind_ftp() {
	mkdir -p empty
	printf '%s\n' listen_ipv6=YES background=NO anonymous_enable=YES "anon_root=$LAB_DIR/server/www" local_enable=NO pasv_promiscuous=YES \
		port_promiscuous=YES connect_from_port_20=YES no_anon_password=YES "secure_chroot_dir=$PWD/empty" seccomp_sandbox=NO >vsftpd.conf
	chmod 755 "$LAB_DIR" "$LAB_DIR/server" "$LAB_DIR/server/www"
	ns_start server vsftpd.log vsftpd "$PWD/vsftpd.conf"
	wait_for 10 listens 21
	record
	crowd 70 6 ftp_session
}

ftp_session() {
	local from options=()
	from=$(at 20 $(($1 % 50 + 1)))
	(($1 % 3)) || options+=(--ftp-port "$from")
	fetch "$from" "${options[@]}" "ftp://$(bracketed "$TARGET")/{,page,index.html,page}"
}

# Things that report to a broker, and things that listen to it, for a while or for one message.
kind_mqtt() {
	printf '%s\n' 'listener 1883' 'allow_anonymous true' 'user root' >mosquitto.conf
	ns_start server mqtt.log mosquitto -c "$PWD/mosquitto.conf"
	wait_for 10 listens 1883
	record
	crowd 120 9 mqtt_thing
}

mqtt_thing() {
	local as=(-h "$TARGET" -A "$(at 20 $(($1 % 80 + 1)))" -t "lab/$(($1 % 7))" -k 5)
	if (($1 % 3)); then
		mqtt_readings "$1" | client mosquitto_pub "${as[@]}" -q $(($1 % 3)) -l
	else
		client mosquitto_sub "${as[@]}" -W $(($1 % 5 + 2)) -C 9
	fi
}

mqtt_readings() {
	for _ in 1 2 3; do
		echo "reading $1"
		read -rt .$(($1 % 9 + 1)) -u "$pause_fd" || true
	done
}

# Log-ins and address books: a directory that is asked a question or two on each connection.
kind_directory() {
	local i schema
	mkdir -p ldap
	{
		for schema in core cosine inetorgperson; do echo "include /etc/ldap/schema/$schema.schema"; done
		printf '%s\n' "pidfile $PWD/slapd.pid" 'modulepath /usr/lib/ldap' 'moduleload back_mdb' 'database mdb' 'suffix "dc=lab,dc=test"' \
			'rootdn "cn=admin,dc=lab,dc=test"' 'rootpw secret' "directory $PWD/ldap"
	} >slapd.conf
	{
		printf 'dn: dc=lab,dc=test\nobjectClass: dcObject\nobjectClass: organization\no: lab\ndc: lab\n\n'
		for i in {1..50}; do printf 'dn: cn=person%d,dc=lab,dc=test\nobjectClass: person\ncn: person%d\nsn: %d\n\n' "$i" "$i" "$i"; done
	} | slapadd -q -f slapd.conf
	ns_start server slapd.log slapd -d 0 -f "$PWD/slapd.conf" -h 'ldap:///'
	wait_for 10 listens 389
	record
	crowd 120 9 directory_ask
}

directory_ask() {
	local as=(-x -H "ldap://$(bracketed "$TARGET")" -o nettimeout=5)
	(($1 % 2)) || as+=(-D "cn=admin,dc=lab,dc=test" -w secret)
	client ldapsearch "${as[@]}" -b dc=lab,dc=test "(cn=person$(($1 % 5 ? $1 % 50 : 0))*)"
}
