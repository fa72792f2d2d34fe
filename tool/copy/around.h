/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads a backend for copy-out. What cannot be read is skipped if c->skips_bad says so: the 4 KiB
 * around it are zeros then, and are in the description's list of bad blocks.
 */
#ifndef XEN_PMEM_TOOL_AROUND_H
#define XEN_PMEM_TOOL_AROUND_H

#include "copy/session.h"

/* `len` bytes from `at` on, to c->chunk. Returns EXIT_DONE, or says why not: EXIT_REFUSED. */
int around_read(struct copy *c, uint64_t at, size_t len);

/* A warning for each run of blocks that was skipped. */
void around_warn(const struct copy *c);

#endif
