#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Installs the Debian packages that are missing, and says which. Sets: build (default), test, demo, lab-data, bench, interop;
# each holds the first. Works on Debian 12 and 13; no service is started by it.
#
#   setup.sh [build|test|demo|lab-data|bench|interop]…
set -euo pipefail

# What compiles: the BPF objects, the agent, trainer and exporter.
build=(gcc libc6-dev linux-libc-dev make pkg-config clang llvm bpftool libbpf-dev libxdp-dev libelf-dev zlib1g-dev
	libxgboost-dev libjansson-dev libcsv-dev libmd-dev libpcap-dev)
# What the tests add: the test library, sanitizers, capture files, and the lab.
lab=(iproute2 util-linux mount procps jq ethtool)
test=("${build[@]}" "${lab[@]}" libcmocka-dev libasan8 libubsan1 hping3 nmap netsniff-ng tcpdump curl iperf3 socat
	nginx-light dnsmasq-base bind9-dnsutils iputils-ping)
# And the guests in which it is tried on other kernels: an emulator, and what stands in them.
test+=(qemu-system-x86 busybox-static cpio xz-utils xdp-tools)
# What the demo adds: real servers, real clients, real attacks.
demo=("${build[@]}" "${lab[@]}" nginx-light dnsmasq-base curl dnsperf bind9-dnsutils iperf3 wrk socat
	nmap hping3 netsniff-ng tcpdump slowhttptest hydra)
# What lab data adds: more servers, clients and attacks, each for some kinds. What an archive does not have is left out; kinds that
# need it are skipped (scripts/lab-data.sh).
lab_data=("${demo[@]}" apache2-utils aria2 avahi-daemon bsdutils caddy chrony coturn dns2tcp fping freeradius freeradius-utils
	haproxy knot-dnsutils ldap-utils libcoap3-bin masscan medusa miniupnpc monitoring-plugins-basic mosquitto
	mosquitto-clients mtr-tiny ncrack nghttp2-client ngtcp2-client ngtcp2-server ntpsec-ntpdig openssh-client openssh-server
	openssl opentracker openvpn postgresql python3-aiosmtpd redis-server redis-tools samba-common-bin sip-tester sipsak
	slapd snmp snmpd stun-client tftp-hpa traceroute transmission-cli udhcpc vsftpd wireguard-go wireguard-tools zmap)
# What the bench adds: the objects of xdp-filter, and flow exporters, which it measures beside ours.
bench=("${build[@]}" iproute2 libxdp1 nfdump softflowd)
# What the tests against programs from other registries add: what fetches and runs those.
interop=("${build[@]}" ca-certificates python3-venv)

setup_fail() {
	echo "setup: $*" >&2
	exit 1
}

# The packages among the arguments that are not installed.
setup_missing() {
	local installed
	installed=$({ dpkg-query -W -f '${db:Status-Abbrev}${Package}\n' "$@" 2>/dev/null || true; } | sed -n 's/^ii *//p')
	printf '%s\n' "$@" | sort -u | grep -vxF -e "$installed" || true
}

# Keeps packages from starting their services, where the machine has no rule of its own for that.
policy=/usr/sbin/policy-rc.d
setup_hold_services() {
	[[ ! -e $policy ]] || return 0
	trap 'rm -f "$policy"' EXIT
	printf '#!/bin/sh\nexit 101\n' >"$policy"
	chmod +x "$policy"
}

# The packages among the arguments that the archive has; says which it has not.
setup_known() {
	local package
	for package; do
		if apt-cache show "$package" >/dev/null 2>&1; then
			echo "$package"
		else
			echo "setup: $package is not in this archive: left out" >&2
		fi
	done
}

setup_install() {
	local apt=(apt-get -qq -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300)
	local install=(env DEBIAN_FRONTEND=noninteractive "${apt[@]}" install -y --no-install-recommends "$@")
	setup_hold_services
	"${install[@]}" >/dev/null 2>&1 && return
	echo "setup: fetching the package lists"
	"${apt[@]}" update || setup_fail "the package lists could not be fetched; is there a network?"
	"${install[@]}" >/dev/null || setup_fail "the packages could not be installed; try: apt-get install $*"
}

command -v apt-get >/dev/null || setup_fail "needs apt-get (Debian 12 or 13)"
wanted=()
for set in "${@:-build}"; do
	case $set in
	build) wanted+=("${build[@]}") ;;
	test) wanted+=("${test[@]}") ;;
	demo) wanted+=("${demo[@]}") ;;
	lab-data) wanted+=("${lab_data[@]}") ;;
	bench) wanted+=("${bench[@]}") ;;
	interop) wanted+=("${interop[@]}") ;;
	*) setup_fail "no such set of packages: '$set'; there are build, test, demo, lab-data, bench and interop" ;;
	esac
done

mapfile -t missing < <(setup_missing "${wanted[@]}")
if [[ ${#missing[@]} -eq 0 ]]; then
	echo "setup: nothing to install"
	exit 0
fi
if [[ $EUID -ne 0 ]]; then
	setup_fail "not installed: ${missing[*]}; run: sudo scripts/setup.sh ${*:-build}"
fi
if [[ " $* " == *" lab-data "* ]]; then
	apt-cache show tcpdump >/dev/null 2>&1 || apt-get -qq update || setup_fail "the package lists could not be fetched; is there a network?"
	mapfile -t missing < <(setup_known "${missing[@]}")
	[[ ${#missing[@]} -gt 0 ]] || exit 0
fi
echo "setup: installing ${missing[*]}"
setup_install "${missing[@]}"
echo "setup: done"
