// SPDX-License-Identifier: BSD-2-Clause
#include <dirent.h>
#include <errno.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include "iface.h"

/* Asks the kernel about an interface by name. Returns 0 or a negative errno. */
static int iface_ask(const char *iface, unsigned long request, struct ifreq *answer)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), err = 0;

	if (fd < 0)
		return -errno;
	strncpy(answer->ifr_name, iface, IF_NAMESIZE - 1);
	if (ioctl(fd, request, answer))
		err = -errno;
	close(fd);
	return err;
}

static int ethtool_ask(const char *iface, void *command)
{
	struct ifreq request = { .ifr_data = command };

	return iface_ask(iface, SIOCETHTOOL, &request);
}

int iface_mtu(const char *iface)
{
	struct ifreq answer = { 0 };
	int err = iface_ask(iface, SIOCGIFMTU, &answer);

	return err ? err : answer.ifr_mtu;
}

int iface_is_up(const char *iface)
{
	struct ifreq answer = { 0 };
	int err = iface_ask(iface, SIOCGIFFLAGS, &answer);

	return err ? err : !!(answer.ifr_flags & IFF_UP);
}

int iface_driver(const char *iface, char *out)
{
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };
	int err = ethtool_ask(iface, &info);

	if (!err)
		snprintf(out, IFACE_DRIVER_SIZE, "%.*s", IFACE_DRIVER_SIZE - 1, info.driver);
	return err;
}

int iface_queues(const char *iface, struct iface_queues *out)
{
	struct ethtool_channels channels = { .cmd = ETHTOOL_GCHANNELS };
	int err = ethtool_ask(iface, &channels);

	if (!err)
		*out = (struct iface_queues){ .receive = channels.combined_count + channels.rx_count,
					      .receive_max = channels.max_combined + channels.max_rx,
					      .combined_max = channels.max_combined };
	return err;
}

/* How many offloads the kernel knows of: the length of all lists below. */
static int offload_count(const char *iface)
{
	struct {
		struct ethtool_sset_info info;
		uint32_t length;
	} ask = { .info = { .cmd = ETHTOOL_GSSET_INFO, .sset_mask = 1ull << ETH_SS_FEATURES } };
	int err = ethtool_ask(iface, &ask);

	return err ? err : (int)ask.length;
}

/* The place of an offload in the kernel's list. */
static int offload_index(const char *iface, int count, const char *name)
{
	struct ethtool_gstrings *strings = calloc(1, sizeof(*strings) + (size_t)count * ETH_GSTRING_LEN);
	int err = -ENOMEM;

	if (!strings)
		return err;
	strings->cmd = ETHTOOL_GSTRINGS;
	strings->string_set = ETH_SS_FEATURES;
	strings->len = count;
	err = ethtool_ask(iface, strings);
	for (int i = 0; i < count && !err; i++) {
		if (!strncmp((char *)strings->data + i * ETH_GSTRING_LEN, name, ETH_GSTRING_LEN)) {
			free(strings);
			return i;
		}
	}
	free(strings);
	return err ? err : -ENOENT;
}

/* What is set of an offload: a bit of each word of *out, which *bit names. */
static int offload_read(const char *iface, const char *name, struct ethtool_get_features_block *out, uint32_t *bit)
{
	int count = offload_count(iface), index = count < 0 ? count : offload_index(iface, count, name), err;
	struct ethtool_gfeatures *features;
	size_t blocks = ((size_t)count + 31) / 32;

	if (index < 0)
		return index;
	features = calloc(1, sizeof(*features) + blocks * sizeof(features->features[0]));
	if (!features)
		return -ENOMEM;
	features->cmd = ETHTOOL_GFEATURES;
	features->size = blocks;
	err = ethtool_ask(iface, features);
	*out = features->features[index / 32];
	*bit = 1u << index % 32;
	free(features);
	return err;
}

int iface_offload(const char *iface, const char *name)
{
	struct ethtool_get_features_block set;
	uint32_t bit;
	int err = offload_read(iface, name, &set, &bit);

	return err ? err : !!(set.active & bit);
}

int iface_offload_is_fixed(const char *iface, const char *name)
{
	struct ethtool_get_features_block set;
	uint32_t bit;
	int err = offload_read(iface, name, &set, &bit);

	return err ? err : !(set.available & bit) || set.never_changed & bit;
}

/* The first device of those that sit on it which is a VLAN device, or which is none: those have a file in /proc/net/vlan. */
static int upper_find(const char *iface, bool is_vlan, char out[IF_NAMESIZE])
{
	char path[64], vlan[64];
	struct dirent *entry;
	DIR *folder;
	int found = 0;

	snprintf(path, sizeof(path), "/sys/class/net/%.16s", iface);
	folder = opendir(path);
	if (!folder)
		return -errno;
	while (!found && (entry = readdir(folder))) {
		if (strncmp(entry->d_name, "upper_", strlen("upper_")))
			continue;
		snprintf(out, IF_NAMESIZE, "%.*s", IF_NAMESIZE - 1, entry->d_name + strlen("upper_"));
		snprintf(vlan, sizeof(vlan), "/proc/net/vlan/%s", out);
		found = !access(vlan, F_OK) == is_vlan;
	}
	closedir(folder);
	return found;
}

int iface_has_vlans(const char *iface)
{
	char unused[IF_NAMESIZE];

	return upper_find(iface, true, unused);
}

int iface_upper(const char *iface, char out[IF_NAMESIZE])
{
	return upper_find(iface, false, out);
}

int iface_forwards(const char *iface, int version)
{
	char path[96];
	int value, read;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv%d/conf/%.16s/forwarding", version, iface);
	file = fopen(path, "re");
	if (!file)
		return -errno;
	read = fscanf(file, "%d", &value);
	fclose(file);
	return read == 1 ? value != 0 : -EIO;
}
