/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows CSV files for tests: a header with every feature, rows whose features are all one value. */
#ifndef ROWS_FILE_H
#define ROWS_FILE_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "feature_names.h"

/* A new file for writing; `path` (32 bytes) is set, the test removes it. */
static inline FILE *rows_file_create(char *path)
{
	snprintf(path, 32, "/tmp/rows.XXXXXX");
	return fdopen(mkstemp(path), "w");
}

/* `more`: further columns, ",label" and such. */
static inline void rows_file_header(FILE *file, const char *more)
{
	fprintf(file, "flow_id,time,src_ip,src_port,dest_ip,dest_port,proto,vlan,packets");
	for (int f = 0; f < FEATURE_COUNT; f++)
		fprintf(file, ",%s", feature_name(f));
	fprintf(file, ",score,verdict,reason,model%s\n", more);
}

static inline void rows_file_row(FILE *file, unsigned long long flow_id, const char *src, const char *value,
				 const char *more)
{
	fprintf(file, "%llu,1732150000.250000,%s,40000,10.1.0.1,80,6,10.20,4", flow_id, src);
	for (int f = 0; f < FEATURE_COUNT; f++)
		fprintf(file, ",%s", value);
	fprintf(file, ",-12,pass,none,0badcafe%s\n", more);
}

#endif
