// SPDX-License-Identifier: GPL-2.0-only
/*
 * HIDE and SHOW: walks the pieces of a device page by page, has hide.c change dom0's entries, and
 * lists where the pages are in memory.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <xen/xen.h>

#include "gate.h"
#include "hide.h"
#include "hideshow.h"
#include "pin.h"
#include "reason.h"

#define SPANS_MAX	(4 * XEN_PMEM_PIECES_MAX)

/* One call, and how far it is. */
struct walk {
	struct pin *pin;
	struct xen_pmem_pages *arg;
	struct xen_pmem_span *spans;	/* NULL: the caller wants none */
	struct hide *hide;
	enum dax_access_mode mode;
	u64 end;			/* bytes of the pieces, at most */
	bool full;			/* no room for one more span */
	unsigned long no_gate;		/* a page whose disk has no gate yet; 0: none */
};

/* Adds one page; false if the list is full. */
static bool span_add(struct walk *walk, u64 spa)
{
	struct xen_pmem_span *spans = walk->spans;
	u32 used = walk->arg->used;

	if (!spans)
		return true;
	if (used && spans[used - 1].spa + spans[used - 1].length == spa) {
		spans[used - 1].length += PAGE_SIZE;
		return true;
	}
	if (used == walk->arg->room)
		return false;
	spans[used].spa = spa;
	spans[used].length = PAGE_SIZE;
	walk->arg->used++;
	return true;
}

/* Removes all that was added after @done. */
static void span_trim(struct walk *walk, u64 done)
{
	u64 over = walk->arg->done - done, cut;

	walk->arg->done = done;
	while (walk->spans && over) {
		cut = min(over, walk->spans[walk->arg->used - 1].length);
		walk->spans[walk->arg->used - 1].length -= cut;
		if (!walk->spans[walk->arg->used - 1].length)
			walk->arg->used--;
		over -= cut;
	}
}

static int walk_stretch(struct walk *walk, const struct stretch *stretch)
{
	struct xen_pmem_pages *arg = walk->arg;
	unsigned long i;
	int rc;

	for (i = 0; i < stretch->nr; i++) {
		walk->full = !span_add(walk, PFN_PHYS(stretch->pfn + i));
		if (walk->full)
			break;
		arg->done += PAGE_SIZE;
		rc = hide_page(walk->hide, stretch->kaddr + i * PAGE_SIZE, stretch->pfn + i,
			       arg->done - PAGE_SIZE, arg->reason);
		if (rc) {
			span_trim(walk, arg->done - PAGE_SIZE);
			return rc;
		}
	}
	return 0;
}

static int walk_piece(struct walk *walk, u64 at, u64 length)
{
	u64 done = walk->arg->done;
	struct stretch stretch;
	int rc;

	length = min(length, walk->end - done);
	while (length && !walk->full && !walk->no_gate) {
		rc = stretch_find(&walk->pin->device, at, length, walk->mode, &stretch,
				  walk->arg->reason);
		if (!rc && walk->pin->device.dax && !gate_has(stretch.pfn))
			walk->no_gate = stretch.pfn;
		else if (!rc)
			rc = walk_stretch(walk, &stretch);
		if (rc)
			return rc;
		at += walk->arg->done - done;
		length -= walk->arg->done - done;
		done = walk->arg->done;
		cond_resched();
	}
	return 0;
}

static int walk_pieces(struct walk *walk, const struct xen_pmem_piece *pieces)
{
	u64 before = walk->arg->done, passed = 0, skip;
	u32 i;
	int rc = 0;

	for (i = 0; i < walk->arg->nr && walk->arg->done < walk->end && !rc; i++) {
		if (walk->full || walk->no_gate)
			break;
		skip = min(before - min(before, passed), pieces[i].length);
		rc = walk_piece(walk, pieces[i].offset + skip, pieces[i].length - skip);
		passed += pieces[i].length;
	}
	return rc;
}

/* No block I/O is under way while entries are changed. */
static int walk_shut(struct walk *walk, const struct xen_pmem_piece *pieces)
{
	u64 at;
	int id, rc, flushed;

	id = dax_read_lock();
	gates_shut();
	rc = walk_pieces(walk, pieces);
	at = walk->arg->done;
	flushed = hide_flush(walk->hide, &at, walk->arg->reason);
	gates_open();
	dax_read_unlock(id);
	span_trim(walk, at);
	return flushed ? flushed : rc;
}

/* A gate is made with all gates open: its making waits for I/O. */
static int walk_gated(struct walk *walk, const struct xen_pmem_piece *pieces)
{
	int rc;

	do {
		walk->no_gate = 0;
		rc = walk_shut(walk, pieces);
		if (!rc && walk->no_gate)
			rc = gate_find(walk->pin->device.class, walk->no_gate, walk->arg->reason);
	} while (!rc && walk->no_gate);
	return rc;
}

static int walk_run(struct walk *walk, const struct xen_pmem_piece *pieces, bool hide)
{
	struct pin *pin = walk->pin;
	u64 changed;
	int rc;

	if (!hide && pin->hidden && pin->kind->before_show)
		pin->kind->before_show(pin);
	walk->hide = hide_begin(hide, &pin->prot, hide ? ULONG_MAX : PHYS_PFN(pin->hidden));
	if (!walk->hide)
		return -ENOMEM;
	rc = walk_gated(walk, pieces);
	changed = PFN_PHYS(hide_end(walk->hide));
	WRITE_ONCE(pin->hidden, hide ? pin->hidden + changed : pin->hidden - changed);
	return rc;
}

static int pieces_check(const struct xen_pmem_pages *arg, const struct xen_pmem_piece *pieces,
			u64 length, char *reason)
{
	u64 sum = 0;
	u32 i;

	for (i = 0; i < arg->nr; i++) {
		if ((pieces[i].offset | pieces[i].length) & ~PAGE_MASK || !pieces[i].length)
			return fail(reason, -EINVAL, "piece %u is not of whole pages", i);
		if (pieces[i].offset > length || pieces[i].length > length - pieces[i].offset)
			return fail(reason, -ERANGE, "piece %u is not within the device", i);
		sum += pieces[i].length;
	}
	if (arg->done > sum || arg->done & ~PAGE_MASK)
		return fail(reason, -EINVAL, "done is not within the pieces");
	return 0;
}

static int pin_walk(struct walk *walk, const struct xen_pmem_piece *pieces, bool hide)
{
	struct xen_pmem_pages *arg = walk->arg;
	int rc;

	walk->pin = pin_work_begin(arg->uuid);
	if (IS_ERR(walk->pin))
		return PTR_ERR(walk->pin);
	rc = hide ? walk->pin->kind->before_hide(walk->pin, arg->reason) : 0;
	if (!rc)
		rc = pieces_check(arg, pieces, walk->pin->device.length, arg->reason);
	if (!rc)
		rc = walk_run(walk, pieces, hide);
	pin_work_end(walk->pin);
	return rc;
}

static int spans_fill(struct walk *walk, const struct xen_pmem_piece *pieces, bool hide)
{
	struct xen_pmem_pages *arg = walk->arg;
	int rc;

	if (arg->extents) {
		walk->spans = kvmalloc_array(arg->room, sizeof(*walk->spans), GFP_KERNEL);
		if (!walk->spans)
			return -ENOMEM;
	}
	rc = pin_walk(walk, pieces, hide);
	if (arg->used && copy_to_user(u64_to_user_ptr(arg->extents), walk->spans,
				      arg->used * sizeof(*walk->spans)))
		rc = -EFAULT;
	kvfree(walk->spans);
	return rc;
}

int hideshow_run(struct xen_pmem_pages *arg, bool hide)
{
	struct walk walk = {
		.arg = arg,
		.mode = hide ? DAX_ACCESS : DAX_RECOVERY_WRITE,
		.end = arg->done + XEN_PMEM_HIDE_MAX,
	};
	struct xen_pmem_piece *pieces;
	int rc;

	arg->used = 0;
	if (!xen_pv_domain())
		return fail(arg->reason, -ENODEV, "dom0 is not a PV domain");
	if (!arg->nr || arg->nr > XEN_PMEM_PIECES_MAX || !arg->extents != !arg->room ||
	    arg->room > SPANS_MAX)
		return fail(arg->reason, -EINVAL, "number of pieces or extents");
	pieces = vmemdup_user(u64_to_user_ptr(arg->pieces), arg->nr * sizeof(*pieces));
	if (IS_ERR(pieces))
		return PTR_ERR(pieces);
	rc = spans_fill(&walk, pieces, hide);
	kvfree(pieces);
	return rc;
}
