// SPDX-License-Identifier: GPL-2.0-only
#include "pins.h"
static int devdax_take(struct pin *pin, struct file *file, char *reason)
{
	return because(reason, -EOPNOTSUPP, "not a device that a guest can use");
}
const struct pin_kind pin_devdax = { .id = XEN_PMEM_PIN_DEVDAX, .take = devdax_take };
