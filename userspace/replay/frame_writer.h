/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes frames into a capture of their own: pcap, Ethernet, nanoseconds, with what was captured of each. */
#ifndef FRAME_WRITER_H
#define FRAME_WRITER_H

#include "stream.h"

struct frame_writer;

/* Returns 0, or a negative errno after one logged line. */
int frame_writer_open(struct frame_writer **out, const char *path);
void frame_writer_write(struct frame_writer *w, const struct stream_frame *f);

/* Returns 0, or -EIO after one logged line when not all could be written. Accepts NULL. */
int frame_writer_close(struct frame_writer *w);

#endif
