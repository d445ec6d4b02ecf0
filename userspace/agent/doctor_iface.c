// SPDX-License-Identifier: BSD-2-Clause
/* Doctor: one interface. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <linux/if_ether.h>
#include "attach.h"
#include "datapath_adopt.h"
#include "doctor.h"
#include "end_host.h"
#include "iface.h"
#include "leftovers.h"
#include "log.h"
#include "scope_store.h"

/* A page, less the room that XDP keeps before a frame (256), the kernel's record behind it (320) and the header. */
#define XDP_ONE_BUFFER_MTU (4096 - 256 - 320 - ETH_HLEN)

#define VIRTIO_DRIVER "virtio_net"

static void program_examine(const char *iface, struct findings *out)
{
	struct xdp_found found;
	int err = xdp_find(if_nametoindex(iface), &found);

	if (err)
		finding_add(out, FINDING_STOP, "what it carries cannot be told: %s", datapath_strerror(err));
	else if (found.ours)
		finding_add(out, FINDING_GOOD, "carries %s (id %u), %s mode%s", found.name, found.id,
			    xdp_mode_names[found.mode], found.dispatcher ? ", under the dispatcher of libxdp" : "");
	else if (found.dispatcher)
		finding_add(out, FINDING_STOP, "carries the dispatcher of libxdp (id %u) with other programs; attach with "
			    "--dispatcher, or take them off: xdp-loader unload %s --all", found.id, iface);
	else if (found.id && !found.readable)
		finding_add(out, FINDING_NOTE, "carries a program (id %u); whose can be told with the capability SYS_ADMIN only",
			    found.id);
	else if (found.id)
		finding_add(out, FINDING_STOP, "carries another program, %s (id %u); ip link set dev %s xdp off", found.name,
			    found.id, iface);
}

static void companion_examine(const char *iface, struct findings *out)
{
	if (companion_is_orphan(iface))
		finding_add(out, FINDING_WARN, "carries the companion at TC egress without its program, which costs time and tells "
			    "nothing; hedgerow detach --iface %s", iface);
}

static void driver_examine(int features, const char *driver, struct findings *out)
{
	if (features == -EOPNOTSUPP)
		finding_add(out, FINDING_NOTE, "driver %s: kernels before 6.3 do not tell whether it has native XDP", driver);
	else if (features < 0)
		finding_add(out, FINDING_NOTE, "driver %s: does not tell of XDP: %s", driver, strerror(-features));
	else if (!(features & IFACE_XDP_BASIC))
		finding_add(out, FINDING_NATIVE, "driver %s has no native XDP as it stands", driver);
	else
		finding_add(out, FINDING_GOOD, "driver %s has native XDP%s", driver,
			    features & IFACE_XDP_BUFFERS ? ", with frames of more than one buffer" : "");
}

/* Whether native XDP takes a frame in one buffer only. A kernel that does not tell is older than virtio_net's other way. */
static bool buffer_is_one(int features, const char *driver)
{
	if (features == -EOPNOTSUPP)
		return !strcmp(driver, VIRTIO_DRIVER);
	return features >= 0 && features & IFACE_XDP_BASIC && !(features & IFACE_XDP_BUFFERS);
}

static void mtu_examine(const char *iface, int features, const char *driver, struct findings *out)
{
	int mtu = iface_mtu(iface);

	if (mtu <= ETH_DATA_LEN)
		return;
	if (buffer_is_one(features, driver) && mtu > XDP_ONE_BUFFER_MTU)
		finding_add(out, FINDING_NATIVE,
			    "MTU %d is more than native XDP takes here in its one buffer; ip link set dev %s mtu %d", mtu, iface,
			    XDP_ONE_BUFFER_MTU);
	else
		finding_add(out, FINDING_NOTE, "MTU %d: attach section xdp.frags, as the agent does", mtu);
}

/* virtio_net ends the card's bundling by itself, if its host lets it. */
static void card_bundles_examine(const char *iface, const char *driver, struct findings *out)
{
	bool is_virtio = !strcmp(driver, VIRTIO_DRIVER), is_fixed = iface_offload_is_fixed(iface, "rx-gro-hw") == 1;

	if (iface_offload(iface, "rx-gro-hw") != 1)
		return;
	if (!is_fixed && is_virtio)
		finding_add(out, FINDING_NOTE, "the card bundles packets (rx-gro-hw): no matter in native mode, which ends it; "
			    "generic mode would see bundles as single packets; ethtool -K %s rx-gro-hw off", iface);
	else if (!is_fixed)
		finding_add(out, FINDING_NATIVE, "the card bundles packets (rx-gro-hw), and drivers refuse native XDP then; "
			    "ethtool -K %s rx-gro-hw off", iface);
	else
		finding_add(out, FINDING_NATIVE, "the card bundles packets (rx-gro-hw), nothing here can end it, and drivers "
			    "refuse native XDP then%s", is_virtio ? "; give the virtual card ctrl_guest_offloads=on on its host" : "");
}

static void bundles_examine(const char *iface, const char *driver, struct findings *out)
{
	if (iface_offload(iface, "rx-lro") == 1)
		finding_add(out, FINDING_NATIVE, "LRO is on, and most drivers refuse native XDP then; ethtool -K %s lro off",
			    iface);
	card_bundles_examine(iface, driver, out);
	if (iface_offload(iface, "rx-gro") == 1)
		finding_add(out, FINDING_NOTE,
			    "GRO is on: no matter in native mode; generic mode would see bundles as single packets; "
			    "ethtool -K %s gro off", iface);
}

static void vlan_examine(const char *iface, __u16 vlan_wanted, struct findings *out)
{
	if (iface_offload(iface, "rx-vlan-hw-parse") != 1)
		return;
	if (vlan_wanted)
		finding_add(out, FINDING_WARN,
			    "VLAN tags are taken off before XDP sees them (rxvlan), so the scope for VLAN %u fits no flow that begins "
			    "here; ethtool -K %s rxvlan off", vlan_wanted, iface);
	else
		finding_add(out, iface_has_vlans(iface) == 1 ? FINDING_WARN : FINDING_NOTE,
			    "VLAN tags are taken off before XDP sees them (rxvlan), so the two directions of a tagged flow look "
			    "like two flows; ethtool -K %s rxvlan off", iface);
}

/* `dp` may be NULL. */
static void end_host_examine(const char *iface, const struct datapath *dp, struct findings *out)
{
	char why[END_HOST_TEXT_SIZE];

	if (!*end_host_doubt(iface, why))
		return;
	if (dp && end_host_is_set(dp))
		finding_add(out, FINDING_WARN, "--end-host is yes, but %s: packets may be for others than the sockets here, and "
			    "look like nobody's; hedgerow settings --end-host no", why);
	else
		finding_add(out, FINDING_NOTE, "--end-host yes would be wrong here: %s", why);
}

static void queues_examine(const char *iface, const char *driver, struct findings *out)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	struct iface_queues queues;

	if (iface_queues(iface, &queues) || !queues.receive || queues.receive >= cpus)
		return;
	if (queues.receive < queues.receive_max)
		finding_add(out, FINDING_NOTE, "%u receive queues for %ld CPUs; ethtool -L %s %s %ld", queues.receive, cpus,
			    iface, queues.combined_max ? "combined" : "rx",
			    queues.receive_max < cpus ? (long)queues.receive_max : cpus);
	else
		finding_add(out, FINDING_NOTE, "%u receive queues for %ld CPUs, as many as there are%s", queues.receive, cpus,
			    strcmp(driver, VIRTIO_DRIVER) ? "" : "; give the virtual card queues=N on its host");
}

/* What goes by the settings and scopes of the program that is there, if it is ours. */
static void settings_examine(const char *iface, unsigned int ifindex, struct findings *out)
{
	struct datapath dp = datapath_none();
	struct xdp_found found;
	bool ours = !xdp_find(ifindex, &found) && found.ours && !datapath_adopt(&dp, iface);

	vlan_examine(iface, ours ? scopes_vlan_wanted(&dp, ifindex) : 0, out);
	end_host_examine(iface, ours ? &dp : NULL, out);
	datapath_close(&dp);
}

void iface_examine(const char *iface, struct findings *out)
{
	unsigned int ifindex = if_nametoindex(iface);
	char driver[IFACE_DRIVER_SIZE] = "(unknown)";
	int features;

	if (!ifindex) {
		finding_add(out, FINDING_STOP, "no such interface; `ip link` lists them");
		return;
	}
	features = iface_xdp_features(ifindex);
	iface_driver(iface, driver);
	program_examine(iface, out);
	companion_examine(iface, out);
	driver_examine(features, driver, out);
	mtu_examine(iface, features, driver, out);
	bundles_examine(iface, driver, out);
	settings_examine(iface, ifindex, out);
	queues_examine(iface, driver, out);
	if (iface_is_up(iface) == 0)
		finding_add(out, FINDING_NOTE, "it is down; ip link set dev %s up", iface);
	if (findings_worst(out) == FINDING_NATIVE)
		finding_add(out, FINDING_WARN,
			    "generic mode works all the same, on any driver: every packet then gets a socket buffer before the "
			    "program sees it, and a drop saves that much less");
}

const char *native_refusal_explain(const char *iface, int err, char *out, size_t size)
{
	struct findings found = { 0 };
	const char *why;

	iface_examine(iface, &found);
	why = findings_first(&found, FINDING_NATIVE);
	snprintf(out, size, "%s%s%s", strerror(err < 0 ? -err : err), why ? ": " : "", why ? why : "");
	return out;
}

void offloads_warn(const struct datapath *dp, const char *iface, int is_generic)
{
	struct findings found = { 0 };
	const char *why;

	vlan_examine(iface, scopes_vlan_wanted(dp, if_nametoindex(iface)), &found);
	why = findings_first(&found, FINDING_WARN);
	if (why)
		log_warn("%s: %s", iface, why);
	why = findings_first(&found, FINDING_NOTE);
	if (why)
		log_debug("%s: %s", iface, why);
	if (is_generic && iface_offload(iface, "rx-gro") == 1)
		log_debug("%s: generic mode counts what GRO bundled as one packet; ethtool -K %s gro off", iface, iface);
}
