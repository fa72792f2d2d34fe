/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who sees to a guest: a file under RUN_DIR, named by the guest's UUID and locked by the process that builds, starts and keeps it; from before it is built
 * until nothing is left of it. A file that nobody locks is a guest whose keeper was killed. In it stands what the next command needs to tell of that guest.
 */
#ifndef XEN_PMEM_TOOL_CLAIM_H
#define XEN_PMEM_TOOL_CLAIM_H

#include "xen/domain.h"

struct claim_note {
	char name[DOMAIN_NAME_LEN];	/* the guest's; "" if the keeper was killed before it noted it */
	bool preserve;			/* it has shut down, and stays as it is until somebody destroys it */
	bool copy;			/* no guest: what copy-out or copy-in works on is lent to it */
};

/* A descriptor, or -1 with errno: EWOULDBLOCK if another process has it. It goes over fork, not over exec. */
int claim_take(const uint8_t uuid[16]);
void claim_write(int claim, const struct claim_note *note);

/* Without taking it: is there a process that has it, and what does it say? */
bool claim_is_held(const uint8_t uuid[16]);
void claim_read(const uint8_t uuid[16], struct claim_note *note);

/* Nothing is left of the guest, or nobody is to see to it. */
void claim_drop(int claim, const uint8_t uuid[16]);

/* The guest goes on, without us. */
void claim_leave(int claim);

#endif
