// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many requests at random on a part of the vNVDIMM, its neighbours, a few pages of RAM, and, now
 * and then, other domains' numbers. None of them writes to a page, so the medium is to stay as it
 * was. One in the window behind the vNVDIMM can have Xen crash the guest: that is where it maps
 * grants, and Xen suffers nobody to map anything over them.
 */
#include <linux/kernel.h>
#include <linux/sched.h>

#include "hostile.h"

#define RAM_PAGES	16
#define WINDOW		64

static u64 state, first, pages, ram[RAM_PAGES], refs[32];
static bool window_too;

static u64 pick(u64 below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 11) % below;
}

static u64 pick_gfn(void)
{
	switch (pick(window_too ? 8 : 7)) {
	case 0:
	case 1:
		return ram[pick(RAM_PAGES)];
	case 2:
		return first + (pick(pages >> 9) << 9);
	case 3:
		return first + pages - 1 - pick(2);
	case 7:
		return first + pages + pick(WINDOW);
	default:
		return first + pick(pages);
	}
}

static u64 pick_domain(void)
{
	static const u64 domains[] = { 0, 1, 2, 0x7ff0, 0x7ff1, 0x7ff2, 0x7ff3, 0x7ff4 };

	return domains[pick(ARRAY_SIZE(domains))];
}

static u64 pick_order(void)
{
	return pick(16) ? 0 : pick(2) ? 9 : pick(19);
}

static u64 *ref_slot(void)
{
	return &refs[pick(ARRAY_SIZE(refs))];
}

/* A grant to anybody, in the place of one that can be taken back. */
static long grant_one(u64 *out)
{
	u64 *ref = ref_slot(), arg[4] = { pick_gfn(), pick(2) ? 0 : pick_domain(), pick(2), 0 };

	if (*ref && op_ungrant(ref, out) != 1)
		return -EBUSY;
	*ref = 0;
	if (op_grant(arg, out))
		return -ENOSPC;
	*ref = *out;
	return 0;
}

static long map_one(u64 *out)
{
	u64 arg[4] = { pick(2) ? 0x7ff0 : pick_domain(), pick(2) ? *ref_slot() : pick(64),
		first + pages + pick(WINDOW), 0 };

	return op_map(arg, out);
}

static long one(u64 *out)
{
	u64 gfn = pick_gfn(), other = pick_gfn(), arg[4] = { gfn, other, 0, 0 },
	    order[4] = { gfn, pick_order(), 0, 0 };

	if (order[1])	/* behind a page of RAM lies what the kernel needs */
		order[0] = first + pick(pages);

	switch (pick(16)) {
	case 0: return op_decrease(order, out) == 1 ? 0 : -EINVAL;
	case 1:
		order[2] = pick(8) ? 0 : pick_domain();
		return op_populate(order, out) == 1 ? 0 : -EINVAL;
	case 2: return op_exchange(arg, out);
	case 3: return op_batch(arg, out);
	case 4: return op_remove(arg, out);
	case 5: return op_hook((u64[]){ 0, 0, gfn }, out);
	case 6: return op_hook((u64[]){ 1, 1 + pick(3), gfn }, out);	/* 0 is the kernel's */
	case 7: return op_foreign((u64[]){ pick_domain(), other, gfn }, out);
	case 8: return op_hook((u64[]){ pick(8), other, gfn }, out);
	case 9: return grant_one(out);
	case 10: return map_one(out);
	case 11: return op_unmap((u64[]){ pick(16), first + pages + pick(WINDOW) }, out);
	case 12: return op_transfer((u64[]){ gfn, pick_domain(), pick(64) }, out);
	case 13: return op_dm((u64[]){ pick(24), gfn, pick_domain() }, out);
	default: return op_move(arg, out);
	}
}

long op_storm(const u64 *arg, u64 *out)
{
	u64 i, accepted = 0, ignored;

	state = arg[1] | 1;
	window_too = arg[1] >> 32;
	first = arg[2];
	pages = arg[3];
	for (i = 0; i < RAM_PAGES; i++)
		if (!ram[i] && op_ram(arg, &ram[i]))
			return -ENOMEM;
	for (i = 0; i < arg[0]; i++) {
		accepted += !one(&ignored);
		cond_resched();
	}
	*out = accepted;
	return 0;
}
