/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The line for people that goes with an error number (include/xen-pmem/pin.h, `reason`).
 */
#ifndef XEN_PMEM_REASON_H
#define XEN_PMEM_REASON_H

#include <linux/build_bug.h>
#include <linux/compiler.h>

#include <xen-pmem/pin.h>

#define REASON_LEN	sizeof_field(struct xen_pmem_pin, reason)

static_assert(sizeof_field(struct xen_pmem_pages, reason) == REASON_LEN);
static_assert(sizeof_field(struct xen_pmem_copy, reason) == REASON_LEN);
static_assert(sizeof_field(struct xen_pmem_bad, reason) == REASON_LEN);
static_assert(sizeof_field(struct xen_pmem_clear, reason) == REASON_LEN);

/* Returns @rc. Writes a line without a newline to @reason, of REASON_LEN bytes; the rest is cut. */
__printf(3, 4) int fail(char *reason, int rc, const char *format, ...);

#endif
