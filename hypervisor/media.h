/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Media errors: pages of the NVDIMM of which a block cannot be read. Whoever reads it brings about
 * a machine check; the memory controller may find it before. Xen alone helps with RAM only, and
 * stops the host for any other page.
 *
 * While the extension is loaded, Xen asks this handler first, of each machine check that it can
 * survive, in its softirq:
 *
 *   the address is not of a range     Xen's own handlers are asked.
 *   or of the reserved area
 *   a running guest has the page      The page is taken out of the guest's map, and the guest gets
 *                                     a machine check, with its own address. If it cannot, it is
 *                                     ended.
 *   otherwise, and a guest waits      That guest is ended: it has the page by a grant, or as I/O
 *   for the data                      memory. If it is the page's own guest, which was told, it
 *                                     gets away with 64 errors of the page: several vCPUs may have
 *                                     read it at once.
 *   or dom0 waits for it              It gets the machine check.
 *   otherwise                         Nobody has to know at once.
 *
 * But for the first case the page is noted, dom0 gets a VIRQ, and the host goes on.
 *
 * A page of the reserved area takes its chunk out of use (chunk.h).
 *
 * A page that is noted is not assigned. take.h has the states of such a page. What a guest has of
 * it (broken in its map, gone from it on AMD) RELEASE takes back like any other.
 *
 * On Intel all CPUs are in that softirq. On AMD, and if a processor keeps a machine check to
 * itself, others go on, and one may be in a command. So the handler takes what is atomic only: a
 * group's state and a page's owner, which stay readable as long as this CPU has not left the
 * softirq, and the guest's map under its lock.
 */
#ifndef XEN_PMEM_HYPERVISOR_MEDIA_H
#define XEN_PMEM_HYPERVISOR_MEDIA_H

#include "range.h"
#include <xen-pmem/command.h>

#pragma GCC visibility push(hidden)

/* NULL, or what of Xen's machine checks is not as expected. */
const char *media_wrong(void);

/* Every CPU is stopped. */
void media_hook(void);
void media_unhook(void);

/* The guest, dead or alive, that has the page, with a reference; or NULL. */
struct domain *page_guest(uint64_t mfn);

#pragma GCC visibility pop

#endif
