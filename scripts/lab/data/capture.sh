# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# capture.sh KIND VARIANT SEED NET FILE: makes one capture; scripts/lab-data.sh runs it in a lab of its own. KIND is a function
# in one of the files beside this; VARIANT is explained in lib.sh. Prints `WICKED,RATE,UNIT,PACKETS,P10,P90`: who sent what was
# wicked, `malicious_hosts` of a labels file, empty for honest kinds; then what rates_show and round_trips_show say.
KIND=$1 VARIANT=$2 SEED=$3 NET=$4 FILE=$5
PICK_STATE=$SEED
for file in ../servers lib honest_{web,other,services,udp,gone,devices,nets,swarm} attack_{scan,flood,session} live; do
	. "$LAB_HOME/data/$file.sh"
done
PATH=$PATH:/usr/sbin:/sbin:/usr/lib/nagios/plugins:$(echo /usr/lib/postgresql/*/bin)
mkdir "$LAB_DIR/server"
cd "$LAB_DIR"
data_up "$NET" "$VARIANT"
"kind_$KIND" >"$LAB_DIR/kind.log" 2>&1
if ! record_end; then
	tail -n 20 "$LAB_DIR/kind.log" >&2
	exit 1
fi
shown=$(rates_show),$(round_trips_show)
mv "$LAB_DIR/data.pcap" "$FILE"
[[ ! ${LAB_DATA_TALK-} ]] || cat "$LAB_DIR/kind.log" >&2
echo "${WICKED-},$shown"
