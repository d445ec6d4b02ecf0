/* SPDX-License-Identifier: BSD-2-Clause */
/* What would do when the kernel does not take what the agent loads: an errno alone tells an operator little. */
#ifndef LOAD_ERRORS_H
#define LOAD_ERRORS_H

#define KERNEL_OLDEST "6.1"

/* Both take a negative errno and return the end of a line that has named it, "" where nothing is to be added. */

/* Of the program and its tables. */
const char *load_error_remedy(int err);

/* Of the egress companion, which the kernel's traffic control has to carry. */
const char *companion_error_remedy(int err);

#endif
