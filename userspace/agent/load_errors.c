// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include "load_errors.h"

const char *load_error_remedy(int err)
{
	switch (err) {
	case -EPERM:
	case -EACCES:
		return ""; /* what is missing was said */
	case -ENOMEM:
		return "; its tables need more memory than there is: a smaller --max-flows asks for less";
	default:
		return "; it needs kernel " KERNEL_OLDEST " or newer: `hedgerow doctor` says what this one lacks, -v what it said";
	}
}

const char *companion_error_remedy(int err)
{
	switch (err) {
	case -EPERM:
	case -EACCES:
	case -ENOMEM:
		return "; --no-egress goes without, and enforcing a model is then refused";
	default:
		return "; the kernel needs NET_SCH_INGRESS, NET_CLS_ACT and NET_CLS_BPF for it (`modprobe sch_ingress cls_bpf` where they "
		       "are modules), -v shows what it said; --no-egress goes without, and enforcing a model is then refused";
	}
}
