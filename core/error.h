/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/*
 * The error numbers that core/ and the extension return, negated; Xen's public ABI and Linux use
 * the same numbers.
 */
#ifndef XEN_PMEM_CORE_ERROR_H
#define XEN_PMEM_CORE_ERROR_H

#if __STDC_HOSTED__
#include <errno.h>
#else
#define EPERM		1
#define ENOENT		2
#define ESRCH		3
#define EIO		5
#define ENXIO		6
#define EAGAIN		11
#define ENOMEM		12
#define EFAULT		14
#define EBUSY		16
#define EEXIST		17
#define EINVAL		22
#define ENOSPC		28
#define ERANGE		34
#define EPROTO		71
#define EOPNOTSUPP	95
#endif

#endif
