/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who may change what. Both kinds of lock end with the process that has them, however it ends.
 *
 * The host's lock: one tool at a time changes what Xen serves, what the record says, and who has
 * what. It is held while these must agree with each other, which is short.
 *
 * A namespace's lock: one tool erases it, which may take minutes, and lets go of the host's lock
 * meanwhile. It is taken, asked for and dropped under the host's lock, and never waited for: so no
 * two tools wait for each other. Others are refused what is being erased.
 */
#ifndef XEN_PMEM_TOOL_LOCK_H
#define XEN_PMEM_TOOL_LOCK_H

#include <stdint.h>

/*
 * Waits; after a second it says for whom. EXIT_DONE, also where this process has it already; or
 * EXIT_REFUSED with a line.
 */
int host_lock(void);
void host_unlock(void);

/* A descriptor for namespace_unlock; -1 with a line: another tool has it. */
int namespace_lock(const char *name, const uint8_t uuid[16]);
void namespace_unlock(int lock, const uint8_t uuid[16]);

/* EXIT_REFUSED, with a line, if another tool erases it. */
int namespace_check_unlocked(const char *name, const uint8_t uuid[16]);

#endif
