/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/* Decides whether the bytes that a caller wrote are a well-formed command. */
#ifndef XEN_PMEM_CORE_COMMAND_H
#define XEN_PMEM_CORE_COMMAND_H

#include "env.h"
#include <xen-pmem/command.h>

/*
 * Checks all that does not depend on the extension's state: size, magic, version, operation, flags,
 * padding, fields that the operation does not use (must be zero), alignment, emptiness and
 * wrapping. Returns 0, -EINVAL, -EPROTO or -EOPNOTSUPP (Linux and Xen share the numbers); on
 * failure *why is a line for people.
 */
int command_decode(const void *buf, size_t len, const char **why);

#endif
