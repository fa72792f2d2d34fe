/* SPDX-License-Identifier: GPL-2.0-only */
/* Orphans: guests whose keeper was killed. */
#ifndef XEN_PMEM_TOOL_ORPHANS_H
#define XEN_PMEM_TOOL_ORPHANS_H

/*
 * Destroys those that never ran or have shut down, and the domains of copies that were killed, each
 * with a warning. Those that run go on, and those that are preserved stay.
 */
void orphans_reap(void);

/* Warns of each of them, and changes nothing. */
void orphans_report(void);

#endif
