/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The proof that no domain maps a range, for all ranges that are begun in one pass.
 *
 *   WAITING --a pass begins--> CHECKING --it is over--> CHECKED
 *           <--found mapped---
 *
 * A pass begins when somebody serves a range that waits and no range is CHECKING: that is all that
 * says whether a pass is under way. Every SERVE of a range that is not CHECKED does a part of it.
 *
 *   begun while a pass runs         the range waits for the next one; its SERVE helps this one on
 *   found mapped by its own SERVE   refused: the range goes back to dom0
 *   found mapped by another's       it waits again; its own SERVE makes a pass, and is refused
 *   UNSERVE at any time             the range leaves the pass; with the last one the pass is over
 *   the caller is killed            ranges and pass stay as they are, for the next SERVE or UNSERVE
 *   Xen or dom0 dies                the host boots again, and nothing of it is left
 */
#ifndef XEN_PMEM_HYPERVISOR_PROOF_H
#define XEN_PMEM_HYPERVISOR_PROOF_H

#include "tables.h"

#pragma GCC visibility push(hidden)

#define OTHERS_REFUSAL "another domain was given the range as I/O memory"

/* Whether a domain but dom0 may map one of the frames. */
bool others_may_map(struct frames f);

/*
 * Goes on with the proof; r is WAITING or CHECKING. 0: it is CHECKED. MORE, EAGAIN: call again.
 * EBUSY: a domain maps a page of r, or may. EINVAL: a PV page table is not as expected.
 */
int range_prove(struct range *r);

#pragma GCC visibility pop

#endif
