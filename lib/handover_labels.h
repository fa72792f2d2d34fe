/* SPDX-License-Identifier: LGPL-2.1-only */
/* Which labels the vNVDIMMs of a hand-over get. Keys and errors: those of xenpmem_hand_over(). */
#ifndef XEN_PMEM_LIB_HANDOVER_LABELS_H
#define XEN_PMEM_LIB_HANDOVER_LABELS_H

#include "xen-pmem/xenpmem.h"

/*
 * Sets `labels` of vNVDIMM i to the slot of its namespace b, or to a free one, which is then noted
 * in b, a row of `draft`, and sets *fresh.
 */
int labels_choose(xenpmem_handle *h, struct xenpmem_handover *ho, unsigned int i,
		  const struct xenpmem_record *draft, struct xen_pmem_backing *b, bool *fresh);

/* Has Xen serve the label area, if a vNVDIMM has labels. */
int labels_serve_chosen(xenpmem_handle *h, struct xenpmem_handover *ho);

#endif
