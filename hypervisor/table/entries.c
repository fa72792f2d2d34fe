// SPDX-License-Identifier: GPL-2.0-only
/*
 * The payload's layouts: empty in what is installed, as the library fills them in at load. Payloads
 * that tests hand to Xen themselves, and the model, have all of hypervisor/layouts (ALL_LAYOUTS).
 */
#include "builds.h"

const struct xen_pmem_layout builds[XEN_PMEM_LAYOUTS_MAX]
	__attribute__((section(".xen_pmem.build"))) = {
#ifdef ALL_LAYOUTS
#include "tested.h"
#endif
};
