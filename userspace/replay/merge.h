/* SPDX-License-Identifier: BSD-2-Clause */
/* Several streams as one, in time order. */
#ifndef MERGE_H
#define MERGE_H

#include "stream.h"

struct merge {
	struct stream *stream;
	struct merge_entry {
		uint64_t time_ns;
		size_t which;
	} *heap; /* the earliest first; of equal times the stream given first */
	size_t count;
	long long *align_ns; /* by stream */
};

/* With `align` each stream begins when the first one does, plus its shift. Returns 0 or -ENOMEM. */
int merge_open(struct merge *m, struct stream *stream, size_t count, bool align);
void merge_close(struct merge *m);

/* The next frame and the stream it is from; NULL at the end. Good until the next call. */
const struct stream_frame *merge_next(struct merge *m, size_t *which);

#endif
