/* SPDX-License-Identifier: BSD-2-Clause */
/* Folders of files that are about to be made. */
#ifndef FOLDER_H
#define FOLDER_H

/* Makes the folders that lead to `path`, readable by all. One that cannot be made shows when the file is opened. */
void folder_make_for(const char *path);

#endif
