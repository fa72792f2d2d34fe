// SPDX-License-Identifier: GPL-2.0-only
/*
 * GNTTABOP_*: pages in other guests' hands, and theirs in this one's. The answer is the status: 0
 * or GNTST_*.
 */
#include <linux/kernel.h>
#include <xen/grant_table.h>
#include <xen/interface/xen.h>
#include <asm/xen/hypercall.h>

#include "hostile.h"

long op_grant(const u64 *arg, u64 *out)
{
	int ref = gnttab_grant_foreign_access(arg[1], arg[0], arg[2]);

	*out = ref;
	return ref < 0 ? ref : 0;
}

long op_ungrant(const u64 *arg, u64 *out)
{
	int done = gnttab_end_foreign_access_ref(arg[0]);

	if (done)
		gnttab_free_grant_reference(arg[0]);
	return done;
}

long op_map(const u64 *arg, u64 *out)
{
	struct gnttab_map_grant_ref m = {
		.host_addr = arg[2] << 12, .flags = GNTMAP_host_map, .ref = arg[1], .dom = arg[0]
	};
	long rc = HYPERVISOR_grant_table_op(GNTTABOP_map_grant_ref, &m, 1);

	*out = m.handle;
	return rc ?: m.status;
}

long op_unmap(const u64 *arg, u64 *out)
{
	struct gnttab_unmap_grant_ref u = { .handle = arg[0], .host_addr = arg[1] << 12 };

	return HYPERVISOR_grant_table_op(GNTTABOP_unmap_grant_ref, &u, 1) ?: u.status;
}

static long copy(struct gnttab_copy *c)
{
	c->len = 4096;
	return HYPERVISOR_grant_table_op(GNTTABOP_copy, c, 1) ?: c->status;
}

long op_copy_in(const u64 *arg, u64 *out)
{
	struct gnttab_copy c = { .flags = GNTCOPY_source_gref };

	c.source.domid = arg[0];
	c.source.u.ref = arg[1];
	c.dest.domid = DOMID_SELF;
	c.dest.u.gmfn = arg[2];
	return copy(&c);
}

long op_copy_out(const u64 *arg, u64 *out)
{
	struct gnttab_copy c = { .flags = GNTCOPY_dest_gref };

	c.source.domid = DOMID_SELF;
	c.source.u.gmfn = arg[0];
	c.dest.domid = arg[1];
	c.dest.u.ref = arg[2];
	return copy(&c);
}

long op_copy(const u64 *arg, u64 *out)
{
	struct gnttab_copy c = { .flags = 0 };

	c.source.domid = c.dest.domid = DOMID_SELF;
	c.source.u.gmfn = arg[0];
	c.dest.u.gmfn = arg[1];
	return copy(&c);
}

long op_transfer(const u64 *arg, u64 *out)
{
	struct gnttab_transfer t = { .mfn = arg[0], .domid = arg[1], .ref = arg[2] };

	return HYPERVISOR_grant_table_op(GNTTABOP_transfer, &t, 1) ?: t.status;
}
