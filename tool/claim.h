/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who sees to a guest: a file in RUN_DIR named by the guest's UUID and locked by the process that keeps it, from before the guest is built
 * until nothing is left of it. A file that nobody locks is a guest whose keeper was killed.
 */
#ifndef XEN_PMEM_TOOL_CLAIM_H
#define XEN_PMEM_TOOL_CLAIM_H

#include <stdint.h>

/* A descriptor, or -1 with errno: EWOULDBLOCK if another process has it. It goes over fork, not over exec. */
int claim_take(const uint8_t uuid[16]);

/* Nothing is left of the guest. */
void claim_drop(int claim, const uint8_t uuid[16]);

/* The guest goes on, without us. */
void claim_leave(int claim);

#endif
