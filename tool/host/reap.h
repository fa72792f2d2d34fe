/* SPDX-License-Identifier: GPL-2.0-only */
/* Bringing back what dead guests had, and repairing what a killed tool left behind. */
#ifndef XEN_PMEM_TOOL_REAP_H
#define XEN_PMEM_TOOL_REAP_H

#include "ui/ui.h"

/* All holdings at once, for they move up while some are released: room for XEN_PMEM_HOLDINGS. Returns how many. */
unsigned int holdings_read(xenpmem_handle *pmem, struct xenpmem_holding *list);
bool holding_is_dead(const struct xenpmem_holding *holding);

/*
 * Releases all pages of each guest that is dead, and gives dom0 back the files and devices that no guest has pages of. EXIT_REFUSED, with a line, if pages are
 * left because somebody still maps them.
 * quiet: says nothing of what went well.
 */
int reap_dead(xenpmem_handle *pmem, bool quiet);

/* The same for one guest. -1: it holds nothing. quiet: says nothing at all. */
int reap_domain(xenpmem_handle *pmem, uint32_t domid, bool quiet);

/*
 * Guests that a killed `create` left: those that never ran, or that shut down and have nobody to see to it, are destroyed; those that run go on, and
 * those that are preserved stay. The other one only tells of them, each in a warning.
 */
void orphans_reap(void);
void orphans_report(void);

#endif
