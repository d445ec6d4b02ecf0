/* SPDX-License-Identifier: BSD-2-Clause */
/* The reference page of the features, docs/features.md, written from FEATURES. */
#ifndef FEATURE_PAGE_H
#define FEATURE_PAGE_H

#include <stdio.h>

void feature_page_write(FILE *out);

#endif
