/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest's lock: a file under RUN_DIR with the guest's UUID as its name. The keeper holds it from
 * before the guest is built until the guest is gone. A file that no process locks belongs to a
 * guest whose keeper was killed; what is written in it says what the next command needs to know.
 */
#ifndef XEN_PMEM_TOOL_GUEST_LOCK_H
#define XEN_PMEM_TOOL_GUEST_LOCK_H

#include "xen/domain.h"

struct guest_lock_note {
	char name[DOMAIN_NAME_LEN];	/* the guest's; "" if the keeper was killed before that */
	bool preserve;			/* the guest has shut down, and is to stay */
	bool copy;			/* not a guest: the domain of a copy's loan */
};

/*
 * Returns a descriptor, which survives fork but not exec; or -1 with errno, EWOULDBLOCK if another
 * process holds the lock. _left: makes no file; -1 with ENOENT if there is no file.
 */
int guest_lock_take(const uint8_t uuid[16]);
int guest_lock_take_left(const uint8_t uuid[16]);
void guest_lock_write(int lock, const struct guest_lock_note *note);

/* Without taking it: whether a process holds it, and what is written in it. */
bool guest_lock_is_held(const uint8_t uuid[16]);
void guest_lock_read(const uint8_t uuid[16], struct guest_lock_note *note);

/* Removes the file: the guest is gone, or is to have no keeper. */
void guest_lock_drop(int lock, const uint8_t uuid[16]);

/* Lets go of the lock, and leaves the file. */
void guest_lock_leave(int lock);

/* Calls take for the UUID of each guest that has a file. */
void guest_locks_each(void (*take)(const uint8_t uuid[16]));

#endif
