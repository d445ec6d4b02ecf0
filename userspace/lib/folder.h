/* SPDX-License-Identifier: BSD-2-Clause */
/* Folders of files that are about to be made. */
#ifndef FOLDER_H
#define FOLDER_H

#define FOLDER_OURS "/var/log/hedgerow/" /* where we write unless told otherwise */

/*
 * The folder of `path` must be there: a slip in a path would leave folders all over the machine. Our own one is made, and
 * said to be. Returns 0, or a negative errno after one logged line.
 */
int folder_require(const char *path);

/* The same question, but nothing is made: our own folder may be missing. */
int folder_check(const char *path);

#endif
