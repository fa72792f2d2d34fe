/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What one command may do, and what it answers. Every function of the extension that can refuse
 * returns 0 or -errno (Xen's numbers) and leaves, through REFUSE(), one line for people. MORE means
 * that nothing was refused: the work limit was reached, and the caller must call again.
 */
#ifndef XEN_PMEM_HYPERVISOR_ANSWER_H
#define XEN_PMEM_HYPERVISOR_ANSWER_H

#include "env.h"
#include "error.h"

#pragma GCC visibility push(hidden)

#define MORE 1
#define REFUSE(error, line) (command_refusal = (line), -(error))

/* The line of the last refusal; "" before the command's first. */
extern const char *command_refusal;

/*
 * One page of work is what it takes to convert one page, or to write one page-table entry. A
 * command does WORK_LIMIT pages, about 1 ms, and WORK_SLACK more where to stop at once would cost
 * more later.
 */
#define WORK_LIMIT	65536u
#define WORK_SLACK	4096u

/* What other things cost, in pages of work. Memory takes some 4 GiB/s. */
#define WORK_LOOKUP	4	/* one look into a guest's p2m */
#define WORK_CHANGE	16	/* one change of it */
#define WORK_FLUSH	512	/* interrupting each CPU that may map what goes */
#define WORK_BYTES	64	/* touching all bytes of a page */
#define WORK_LINES	32	/* flushing a page out of the caches */

/* The work that the command under way has done so far, in pages. */
extern uint64_t command_work;
static inline bool work_left(void) { return command_work < WORK_LIMIT; }

#pragma GCC visibility pop

#endif
