// SPDX-License-Identifier: GPL-2.0-only
/* XENMEM_*: what a guest may ask Xen to do with its physical map. */
#include <linux/kernel.h>
#include <xen/interface/xen.h>
#include <xen/interface/memory.h>
#include <asm/xen/hypercall.h>

#include "hostile.h"

/* Not in the kernel's headers. */
#define XENMAPSPACE_SHARED_INFO	0
#define XENMEM_ACCESS_OP	21
#define XENMEM_CLAIM_PAGES	24

static struct xen_memory_reservation reservation(xen_pfn_t *gfn, unsigned int order)
{
	struct xen_memory_reservation r = {
		.nr_extents = 1, .extent_order = order, .domid = DOMID_SELF
	};

	set_xen_guest_handle(r.extent_start, gfn);
	return r;
}

/* Both return the number of extents done: 1 is success. */
long op_decrease(const u64 *arg, u64 *out)
{
	xen_pfn_t gfn = arg[0];
	struct xen_memory_reservation r = reservation(&gfn, arg[1]);

	return HYPERVISOR_memory_op(XENMEM_decrease_reservation, &r);
}

long op_populate(const u64 *arg, u64 *out)
{
	xen_pfn_t gfn = arg[0];
	struct xen_memory_reservation r = reservation(&gfn, arg[1]);

	if (arg[2])
		r.domid = arg[2];
	return HYPERVISOR_memory_op(XENMEM_populate_physmap, &r);
}

long op_exchange(const u64 *arg, u64 *out)
{
	xen_pfn_t gfn = arg[0], to = arg[1];
	struct xen_memory_exchange x = { .in = reservation(&gfn, 0), .out = reservation(&to, 0) };
	long rc = HYPERVISOR_memory_op(XENMEM_exchange, &x);

	*out = x.nr_exchanged;
	return rc;
}

long op_claim(const u64 *arg, u64 *out)
{
	struct xen_memory_reservation r = { .nr_extents = arg[0], .domid = arg[1] };

	return HYPERVISOR_memory_op(XENMEM_CLAIM_PAGES, &r);
}

static long add(unsigned int space, u64 index, u64 gfn)
{
	struct xen_add_to_physmap a = {
		.domid = DOMID_SELF, .space = space, .idx = index, .gpfn = gfn
	};

	return HYPERVISOR_memory_op(XENMEM_add_to_physmap, &a);
}

long op_move(const u64 *arg, u64 *out)
{
	return add(XENMAPSPACE_gmfn, arg[0], arg[1]);
}

long op_hook(const u64 *arg, u64 *out)
{
	return add(arg[0], arg[1], arg[2]);
}

/* Two pages each time, the second of them the one behind. */
static long add_batch(unsigned int space, domid_t domain, u64 index, u64 gfn)
{
	xen_ulong_t indexes[2] = { index, index + 1 };
	xen_pfn_t gfns[2] = { gfn, gfn + 1 };
	int errors[2] = { 0, 0 };
	struct xen_add_to_physmap_range a = {
		.domid = DOMID_SELF, .space = space, .size = 2, .foreign_domid = domain
	};
	long rc;

	set_xen_guest_handle(a.idxs, indexes);
	set_xen_guest_handle(a.gpfns, gfns);
	set_xen_guest_handle(a.errs, errors);
	rc = HYPERVISOR_memory_op(XENMEM_add_to_physmap_range, &a);
	return rc ?: errors[0] ?: errors[1];
}

long op_batch(const u64 *arg, u64 *out)
{
	return add_batch(XENMAPSPACE_gmfn, 0, arg[0], arg[1]);
}

long op_foreign(const u64 *arg, u64 *out)
{
	return add_batch(XENMAPSPACE_gmfn_foreign, arg[0], arg[1], arg[2]);
}

long op_remove(const u64 *arg, u64 *out)
{
	struct xen_remove_from_physmap r = { .domid = DOMID_SELF, .gpfn = arg[0] };

	return HYPERVISOR_memory_op(XENMEM_remove_from_physmap, &r);
}

long op_access(const u64 *arg, u64 *out)
{
	struct {
		u8 op, access;
		domid_t domid;
		u32 nr;
		u64 pfn, pfns, accesses;
	} a = { .op = 0, .access = arg[1], .domid = arg[2], .nr = 1, .pfn = arg[0] };

	return HYPERVISOR_memory_op(XENMEM_ACCESS_OP, &a);
}

long op_resource(const u64 *arg, u64 *out)
{
	xen_pfn_t gfn = arg[0];
	struct xen_mem_acquire_resource a = {
		.domid = DOMID_SELF, .type = XENMEM_resource_grant_table, .nr_frames = 1,
	};

	set_xen_guest_handle(a.frame_list, &gfn);
	return HYPERVISOR_memory_op(XENMEM_acquire_resource, &a);
}
