/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * dom0's own note of an HVM guest that can be given vNVDIMMs while it runs, in xenstore below /libxl/DOMID, which is gone with the guest and which no guest
 * can write: which vNVDIMMs it has, and where more are put. What dom0 does for such a guest goes by this, never by the guest's memory.
 */
#ifndef XEN_PMEM_LIB_NOTE_H
#define XEN_PMEM_LIB_NOTE_H

#include "core/nfit.h"
#include "internal.h"

#define NOTE_MAX	2560u	/* bytes of its text, the end included; xenstore takes 4096 */

struct note {
	uint64_t window_gpa, window_length;	/* addresses for more */
	struct nfit_capabilities caps;
	unsigned int nr;
	struct vnvdimm v[VNVDIMMS_MAX];		/* as the guest's NFIT has them; labels are left out */
};

/* Text, and back; false: it is no such text. */
void note_print(const struct note *note, char text[NOTE_MAX]);
bool note_parse(const char *text, struct note *note);

/*
 * -ENOENT: there is none. libxl's soft reset (a guest's kexec) removes all below /libxl/DOMID: who resets
 * a guest saves the note before and restores it after (xenpmem_note_save).
 */
int note_read(xenpmem_handle *h, uint32_t domid, struct note *note);
int note_write(xenpmem_handle *h, uint32_t domid, const struct note *note);

#endif
