/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pins: what XEN_PMEM_IOC_PIN, UNPIN, QUERY and OPEN do (include/xen-pmem/pin.h), and the right
 * to work on one pin. There is no lock around a call: it may wait for the user's filesystem or
 * device, and calls on other pins must go on.
 */
#ifndef XEN_PMEM_PINS_H
#define XEN_PMEM_PINS_H

#include "kind.h"

/*
 * The four calls: 0 (OPEN: a new file descriptor) or -errno, with arg->reason. arg->uuid is not
 * zeros. @file is what arg->fd is.
 */
int pin_create(struct xen_pmem_pin *arg, struct file *file);
int pin_end(struct xen_pmem_pin *arg);
int pin_query(struct xen_pmem_pin *arg);
int pin_open(struct xen_pmem_pin *arg);

/*
 * The pin with this UUID, for the caller alone until pin_work_end(). Waits for the caller that
 * works on it. Or an ERR_PTR: -ENOENT, the pin does not exist; -ERESTARTSYS, a deadly signal.
 */
struct pin *pin_work_begin(const u8 *uuid);
void pin_work_end(struct pin *pin);

#endif
