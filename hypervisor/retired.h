/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Metadata in chunks of the reserved area that are retired (chunk.h): which these are, and which
 * pages they are about. The operations RETIRE and QUERY_RETIRED.
 *
 * What is in use when its chunk is retired is read no more by the extension. Writing is harmless: a
 * processor reports an error that it meets there to the one who reads.
 *
 *   page_infos   A dead guest's pages of the group stay its own: whether somebody still maps them
 *                stands there only. Its other pages go. A group that no page uses goes as ever.
 *   M2P          RELEASE from a dead guest only writes there, so all goes as ever. From another
 *                guest nothing is released: where it has the page mapped stands there.
 */
#ifndef XEN_PMEM_HYPERVISOR_RETIRED_H
#define XEN_PMEM_HYPERVISOR_RETIRED_H

#include "range.h"
#include <xen-pmem/command.h>

#pragma GCC visibility push(hidden)

#define RETIRED_REFUSAL "tables of these pages cannot be read: see xen-pmem status"

/*
 * Whether the page_infos of mfn's group, or those and its M2P, can be read, or are not there. The
 * handler of machine checks may ask.
 */
bool group_infos_good(uint64_t mfn);
bool group_good(uint64_t mfn);

/* Of each group that f touches: its page_infos. */
bool groups_infos_good(struct frames f);

int area_retire(struct xen_pmem_command *c);
int retired_query(struct xen_pmem_command *c);

#pragma GCC visibility pop

#endif
