/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who sees to a guest: a file under RUN_DIR, named by the guest's UUID and locked by the process that builds, starts and keeps it; from before it is built
 * until nothing is left of it. A file that nobody locks is a guest whose keeper was killed. In it stands what the next command needs to tell of that guest.
 */
#ifndef XEN_PMEM_TOOL_GUEST_LOCK_H
#define XEN_PMEM_TOOL_GUEST_LOCK_H

#include "xen/domain.h"

struct guest_lock_note {
	char name[DOMAIN_NAME_LEN];	/* the guest's; "" if the keeper was killed before it noted it */
	bool preserve;			/* it has shut down, and stays as it is until somebody destroys it */
	bool copy;			/* no guest: what copy-out or copy-in works on is lent to it */
};

/* A descriptor, or -1 with errno: EWOULDBLOCK if another process has it. It goes over fork, not over exec. */
int guest_lock_take(const uint8_t uuid[16]);
void guest_lock_write(int lock, const struct guest_lock_note *note);

/* Without taking it: is there a process that has it, and what does it say? */
bool guest_lock_is_held(const uint8_t uuid[16]);
void guest_lock_read(const uint8_t uuid[16], struct guest_lock_note *note);

/* Nothing is left of the guest, or nobody is to see to it. */
void guest_lock_drop(int lock, const uint8_t uuid[16]);

/* The guest goes on, without us. */
void guest_lock_leave(int lock);

#endif
