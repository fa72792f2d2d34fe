/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where Xen's frames end. Xen takes no frame from max_page on for valid; ranges above RAM need it
 * raised.
 *
 * Xen's frame table ends where RAM ended at boot. Once max_page is higher, the rest of that last
 * group's frames count as valid: they need page_info that says I/O, or dom0's next mapping of an
 * ACPI table there kills Xen.
 */
#ifndef XEN_PMEM_HYPERVISOR_MAXPAGE_H
#define XEN_PMEM_HYPERVISOR_MAXPAGE_H

#include "env.h"

#pragma GCC visibility push(hidden)

/* Gives the rest of RAM's last group page_infos, before max_page is first raised. ENOMEM. */
int tail_init(void);

/* Raises max_page to `end`, if it is lower. The caller holds xenpf_lock. */
void max_page_raise(uint64_t end);

/*
 * Puts max_page back, or to the end of memory that was hot-added meanwhile. No group of ours is
 * valid any more.
 */
void max_page_restore(void);

#pragma GCC visibility pop

#endif
