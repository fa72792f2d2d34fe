/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The driver's ioctls on pins (xen-pmem/pin.h). Functions return 0 or -errno, with the error line
 * written.
 */
#ifndef XEN_PMEM_LIB_PIN_IOCTL_H
#define XEN_PMEM_LIB_PIN_IOCTL_H

#include "internal.h"
#include "xen-pmem/pin.h"

struct stat;

/* In: *pin's uuid, fd and domain. Out: its kind, size and path. */
int pin_make(xenpmem_handle *h, struct xen_pmem_pin *pin);
int pin_end(xenpmem_handle *h, const uint8_t uuid[16]);

/* -ENOENT, without an error line: past the last one, or not pinned. */
int pin_query(xenpmem_handle *h, uint32_t index, struct xen_pmem_pin *pin);
int pin_find(xenpmem_handle *h, const uint8_t uuid[16], struct xen_pmem_pin *pin);

/* A new descriptor of a pinned file, or -errno. */
int pin_open(xenpmem_handle *h, const uint8_t uuid[16]);

/* What stat() reports of the pinned file or device. */
int pin_stat(xenpmem_handle *h, const struct xen_pmem_pin *pin, struct stat *st);

/* The pin of the file that `st` describes. -ENOENT, without an error line: it is not pinned. */
int pin_find_file(xenpmem_handle *h, const struct stat *st, struct xen_pmem_pin *pin);

/* Returns -EBUSY; the error line names the guest of the pin. */
int pin_fail_busy(xenpmem_handle *h, const struct xen_pmem_pin *pin);

/* One call of HIDE or SHOW (request). In: all of *pages but the UUID. */
int pin_pages(xenpmem_handle *h, unsigned long request, const uint8_t uuid[16],
	      struct xen_pmem_pages *pages);

/* CLEAR. *bad: bytes of these pages that dom0 listed as bad before. look: nothing is cleared. */
int bad_clear(xenpmem_handle *h, uint64_t spa, uint64_t length, bool look, uint64_t *bad);

#endif
