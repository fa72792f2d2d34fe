/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/*
 * The FIT pages of a guest that can get vNVDIMMs while it runs. The guest's _FIT (acpi/plug.asl)
 * reads there the structures of its NFIT, without the table's header. A new list goes into the copy
 * that is not in use. The first word, written last and by one store, then selects that copy. A list
 * only grows, so the word never repeats.
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

/* The copy, 0 or 1, that is free while `word` selects the other one. Any word is allowed. */
unsigned int fit_copy_free(uint32_t word);

/*
 * Writes copy 0 or 1, and returns the word that selects it. Returns 0, and writes nothing, if
 * nfit_build refuses the list.
 */
uint32_t fit_copy_put(uint8_t pages[FIT_SIZE], unsigned int copy, const struct vnvdimm *v,
		      unsigned int nr, const struct nfit_capabilities *caps);

#endif
