/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/*
 * The FIT pages of a guest that can be given vNVDIMMs while it runs: takes the list of those that it has, hands on what its _FIT (acpi/plug.asl) shall
 * read, which are the structures of its NFIT without the table's header. Another list goes into the copy that is not in use, and then the first word,
 * written last and at once, leads there. A list only grows, so the word is never what it was before.
 *
 *   0      4       16               4096 + 16
 *   | word | zeros | copy 0 ... 4096 | zeros | copy 1 ... 8192
 *   word: offset of the copy << 16 | its length
 */
#ifndef XEN_PMEM_CORE_FIT_H
#define XEN_PMEM_CORE_FIT_H

#include "env.h"
#include "nfit.h"

#define FIT_PAGES	2u
#define FIT_SIZE	8192u

/* The number of the copy that is free while this word leads to the other one; whatever the word, it is 0 or 1. */
unsigned int fit_copy_free(uint32_t word);

/* Writes copy 0 or 1, not the word, which it returns; 0, with nothing written, for what nfit_build refuses. */
uint32_t fit_copy_put(uint8_t pages[FIT_SIZE], unsigned int copy, const struct vnvdimm *v, unsigned int nr, const struct nfit_capabilities *caps);

#endif
