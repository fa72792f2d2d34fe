/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * dom0's own note of a guest: its vNVDIMMs, its scrub page, and, if it can get more while it runs,
 * the addresses for them. The note is in xenstore below /libxl/DOMID, which no guest can write and
 * which ends with the guest. dom0 relies on this note, never on the guest's memory.
 */
#ifndef XEN_PMEM_LIB_GUEST_NOTE_H
#define XEN_PMEM_LIB_GUEST_NOTE_H

#include "core/nfit.h"
#include "internal.h"

#define NOTE_MAX	2560u	/* bytes of its text with the NUL; xenstore takes 4096 */

struct note {
	uint64_t window_gpa, window_length;	/* addresses for more; length 0: it gets none */
	uint64_t scrub_gpa;			/* of its scrub page; 0: it has none */
	struct nfit_capabilities caps;
	unsigned int nr;
	struct vnvdimm v[VNVDIMMS_MAX];		/* as in the guest's NFIT, without labels */
};

/* To text, and back. false: the text has another form. */
void note_print(const struct note *note, char text[NOTE_MAX]);
bool note_parse(const char *text, struct note *note);

/* -ENOENT: the guest has no note. libxl's soft reset removes it: see xenpmem_note_save(). */
int note_read(xenpmem_handle *h, uint32_t domid, struct note *note);
int note_write(xenpmem_handle *h, uint32_t domid, const struct note *note);

#endif
