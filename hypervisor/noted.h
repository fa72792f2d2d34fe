/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The list of pages that cannot be read: Xen has met an error there, or dom0 knows of one. media.c
 * notes the first, take.c the others; take.h has the states of such a page. The list lasts as long
 * as the extension. What notes an error may run on any CPU, at any moment.
 */
#ifndef XEN_PMEM_HYPERVISOR_NOTED_H
#define XEN_PMEM_HYPERVISOR_NOTED_H

#include "range.h"
#include <xen-pmem/command.h>

#pragma GCC visibility push(hidden)

/* Whether a page of these is noted. */
#define MEDIA_REFUSAL "a page cannot be read: disable, ndctl clear-errors, enable"
bool media_bad(struct frames f);

/* These are dom0's again, or dom0 has cleared them. */
void media_forget(struct frames f);

/* Whether each page of these is noted, or finds room in the list. */
#define MEDIA_FULL "the list of pages that cannot be read is full"
bool media_room(struct frames f);

/* Notes a page that dom0 knows to be bad, if it is not noted. ENOSPC. */
int media_note(uint64_t mfn, uint16_t domain);

/* The page, which is noted, is gone from that guest's map. */
void media_note_gone(uint64_t mfn, uint16_t domain);

/* The first noted page of these, or INVALID_MFN; *gone: it is gone from its guest's map. */
uint64_t media_next(struct frames f, bool *gone);

/* What is gone of these from the guest's map is not the map's to have back: RELEASE. */
void media_let_go(struct frames f, uint16_t domain);

/*
 * Notes an error. Of a page that has gone from its guest's map the note says how, whoever reads it
 * after that.
 */
void media_note_error(uint64_t spa, uint16_t domain, enum xen_pmem_media_outcome outcome);

/* A page's own guest may have read it on several vCPUs at once. Not if the list had no room. */
bool media_may_err_again(uint64_t mfn);

int media_query(struct xen_pmem_command *c);

#pragma GCC visibility pop

#endif
