// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>
#include "frame_writer.h"
#include "log.h"

struct frame_writer {
	pcap_t *form;
	pcap_dumper_t *file;
	char *path;
	unsigned long long beyond; /* frames of a time that the format has no room for */
};

/* libpcap's reason without the path that it begins with. */
static const char *reason_of(const struct frame_writer *w, const char *path)
{
	const char *reason = w->form ? pcap_geterr(w->form) : strerror(ENOMEM);
	size_t length = strlen(path);

	return !strncmp(reason, path, length) && !strncmp(reason + length, ": ", 2) ? reason + length + 2 : reason;
}

int frame_writer_open(struct frame_writer **out, const char *path)
{
	struct frame_writer *w = calloc(1, sizeof(*w));

	if (!w)
		return -ENOMEM;
	w->path = strdup(path);
	w->form = pcap_open_dead_with_tstamp_precision(DLT_EN10MB, CAPTURE_FRAME_MAX, PCAP_TSTAMP_PRECISION_NANO);
	w->file = w->form && w->path ? pcap_dump_open(w->form, path) : NULL;
	if (!w->file) {
		log_error("%s: cannot be written: %s", path, reason_of(w, path));
		if (w->form)
			pcap_close(w->form);
		free(w->path);
		free(w);
		return -EIO;
	}
	*out = w;
	return 0;
}

void frame_writer_write(struct frame_writer *w, const struct stream_frame *f)
{
	struct pcap_pkthdr h = { .ts = { .tv_sec = f->time_ns / 1000000000, .tv_usec = f->time_ns % 1000000000 },
				 .caplen = f->captured, .len = f->len };

	w->beyond += f->time_ns / 1000000000 > UINT32_MAX;
	pcap_dump((unsigned char *)w->file, &h, f->data);
}

int frame_writer_close(struct frame_writer *w)
{
	int err = 0;

	if (!w)
		return 0;
	if (pcap_dump_flush(w->file) || ferror(pcap_dump_file(w->file))) {
		log_error("%s: not all packets could be written", w->path);
		err = -EIO;
	}
	if (w->beyond)
		log_warn("%s: %llu packets are later than 2106, which the format cannot say: their times are wrong", w->path,
			 w->beyond);
	pcap_dump_close(w->file);
	pcap_close(w->form);
	free(w->path);
	free(w);
	return err;
}
