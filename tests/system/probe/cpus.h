/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the probe says of Xen's processors: which flushes each was interrupted for, and what is
 * stored in pages that only Xen maps.
 */
#ifndef PROBE_CPUS_H
#define PROBE_CPUS_H

#include "env.h"

#pragma GCC visibility push(hidden)

/* Both write a line of `size` bytes at most, and return its length with the NUL, or -errno. */
int flushes_answer(char *line, size_t size);
int words_answer(char *line, size_t size, unsigned long mfn, unsigned long count);

/* Every CPU is stopped: counting ends. */
void flushes_forget(void);

#pragma GCC visibility pop

#endif
