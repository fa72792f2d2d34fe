/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Locks between tools. They end with the process that holds them, however it ends. Guests' locks
 * are in host/guest_lock.h, those of a pool's slots in host/pool.h.
 *
 * The host's lock: one tool at a time changes what Xen serves, what the record says and which guest
 * has what. It is held while these must agree with each other, which is short.
 *
 * A namespace's lock: one tool erases it, which may take minutes, and drops the host's lock
 * meanwhile. A tool takes, asks for and drops it under the host's lock and never waits for it, so
 * two tools never wait for each other. Others are refused a namespace that is being erased.
 */
#ifndef XEN_PMEM_TOOL_LOCK_H
#define XEN_PMEM_TOOL_LOCK_H

#include <stdint.h>

/*
 * Waits for it; after a second it says for which tool. EXIT_DONE, also if this process holds it
 * already; or EXIT_REFUSED with a line.
 */
int host_lock(void);
void host_unlock(void);

/* Returns a descriptor for namespace_unlock(); or -1 with a line: another tool holds the lock. */
int namespace_lock(const char *name, const uint8_t uuid[16]);
void namespace_unlock(int lock, const uint8_t uuid[16]);

/*
 * Opens a lock's file, a path in RUN_DIR, and makes RUN_DIR first. flags: O_CREAT or 0. Returns a
 * descriptor, which does not survive exec; or -1 with errno.
 */
int lock_open(const char *path, int flags);

/* EXIT_REFUSED, with a line, if another tool erases it; otherwise EXIT_DONE. */
int namespace_check_unlocked(const char *name, const uint8_t uuid[16]);

#endif
