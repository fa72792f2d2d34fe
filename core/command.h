/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/* The command decoder: takes what a caller wrote, says whether it is a well-formed command. */
#ifndef XEN_PMEM_CORE_COMMAND_H
#define XEN_PMEM_CORE_COMMAND_H

#include "env.h"
#include <xen-pmem/command.h>

/*
 * Checks the `len` bytes at `buf` for everything that can be said without knowing the state: size, magic, version,
 * operation, flags, padding and fields that the operation does not name (zero), alignment, emptiness and wrapping.
 * Returns 0, -EINVAL, -EPROTO or -EOPNOTSUPP (Linux and Xen share the numbers); on failure *why is a line for people.
 */
int command_decode(const void *buf, size_t len, const char **why);

#endif
