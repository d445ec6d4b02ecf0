// SPDX-License-Identifier: BSD-2-Clause
#include <stdlib.h>
#include <sys/mman.h>
#include "large_memory.h"

#define LARGE (4u << 20) /* below two large pages none may fit */

void *large_alloc(size_t size)
{
	void *at;

	if (size < LARGE)
		return calloc(1, size);
	at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED)
		return NULL;
	madvise(at, size, MADV_HUGEPAGE); /* refused, it is slower */
	return at;
}

void large_free(void *at, size_t size)
{
	if (!at)
		return;
	if (size < LARGE)
		free(at);
	else
		munmap(at, size);
}
