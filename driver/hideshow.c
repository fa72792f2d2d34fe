// SPDX-License-Identifier: GPL-2.0-only
/*
 * HIDE and SHOW: takes pieces of a device, finds their pages by the device's DAX interface, has
 * hide.c change them, and hands on where they are in memory.
 */
#include <linux/pfn_t.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <xen/xen.h>

#include "pins.h"

#define SPANS_MAX	(4 * XEN_PMEM_PIECES_MAX)

/* What one call is at. */
struct walk {
	struct pin *pin;
	struct xen_pmem_pages *arg;
	struct xen_pmem_span *spans;	/* NULL: nobody wants to know */
	struct hide *hide;
	enum dax_access_mode mode;
	u64 end;			/* how far it may get */
	bool full;			/* no room for one more span */
	unsigned long gateless;		/* a page whose disk has no gate yet; 0: none */
};

/* Memory from byte @at of the device on. */
struct stretch {
	unsigned long kaddr;
	unsigned long pfn;
	unsigned long nr;
};

/*
 * A stretch with bad blocks is not for a guest, but pages that went bad while they were hidden
 * must be found again: DAX_RECOVERY_WRITE finds them, if one by one.
 */
static int stretch_find(struct pin *pin, u64 at, u64 length, enum dax_access_mode mode,
			struct stretch *stretch, char *reason)
{
	void *kaddr;
	pfn_t pfn;
	long nr;

	if (!pin->dax) {
		stretch->pfn = PHYS_PFN(pin->start + at);
		stretch->kaddr = (unsigned long)__va(pin->start + at);
		stretch->nr = PHYS_PFN(length);
		return 0;
	}
	nr = dax_direct_access(pin->dax, PHYS_PFN(pin->start + at), PHYS_PFN(length), mode,
			       &kaddr, &pfn);
	if (nr <= 0)
		return because(reason, -EIO, "no access at byte %llu of the device%s", at,
			       nr == -EIO ? ": bad blocks" : "");
	stretch->kaddr = (unsigned long)kaddr;
	stretch->pfn = pfn_t_to_pfn(pfn);
	stretch->nr = min_t(u64, nr, PHYS_PFN(length));
	return 0;
}

/* Whether the memory at byte @at of the device is something that a guest can have. */
int pages_check(struct pin *pin, u64 at, char *reason)
{
	struct stretch stretch;
	int id, rc;

	id = dax_read_lock();
	rc = stretch_find(pin, at, PAGE_SIZE, DAX_ACCESS, &stretch, reason);
	dax_read_unlock(id);
	return rc ? rc : gate_find(pin->class, stretch.pfn, reason);
}

/* Notes one more page; false if there is no room. */
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

/* Forgets all that was noted after @done. */
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
	while (length && !walk->full && !walk->gateless) {
		rc = stretch_find(walk->pin, at, length, walk->mode, &stretch, walk->arg->reason);
		if (!rc && walk->pin->dax && !gate_has(stretch.pfn))
			walk->gateless = stretch.pfn;
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

static int walk_all(struct walk *walk, const struct xen_pmem_piece *pieces)
{
	u64 before = walk->arg->done, passed = 0, skip;
	u32 i;
	int rc = 0;

	for (i = 0; i < walk->arg->nr && walk->arg->done < walk->end && !rc; i++) {
		if (walk->full || walk->gateless)
			break;
		skip = min(before - min(before, passed), pieces[i].length);
		rc = walk_piece(walk, pieces[i].offset + skip, pieces[i].length - skip);
		passed += pieces[i].length;
	}
	return rc;
}

/* No I/O of a block device's is under way while entries go. */
static int walk_run(struct walk *walk, const struct xen_pmem_piece *pieces)
{
	u64 at;
	int id, rc, flushed;

	id = dax_read_lock();
	gates_shut();
	rc = walk_all(walk, pieces);
	at = walk->arg->done;
	flushed = hide_flush(walk->hide, &at, walk->arg->reason);
	gates_open();
	dax_read_unlock(id);
	span_trim(walk, at);
	return flushed ? flushed : rc;
}

/* A gate is made when nobody waits for one. */
static int walk_on(struct walk *walk, const struct xen_pmem_piece *pieces)
{
	int rc;

	do {
		walk->gateless = 0;
		rc = walk_run(walk, pieces);
		if (!rc && walk->gateless)
			rc = gate_find(walk->pin->class, walk->gateless, walk->arg->reason);
	} while (!rc && walk->gateless);
	return rc;
}

static int walk_count(struct walk *walk, const struct xen_pmem_piece *pieces, bool take)
{
	struct pin *pin = walk->pin;
	u64 changed;
	int rc;

	if (!take && pin->hidden && pin->kind->regain)
		pin->kind->regain(pin);
	walk->hide = hide_begin(take, &pin->prot, take ? ULONG_MAX : PHYS_PFN(pin->hidden));
	if (!walk->hide)
		return -ENOMEM;
	rc = walk_on(walk, pieces);
	changed = PFN_PHYS(hide_end(walk->hide));
	WRITE_ONCE(pin->hidden, take ? pin->hidden + changed : pin->hidden - changed);
	return rc;
}

static int pieces_check(const struct pin *pin, const struct xen_pmem_pages *arg,
			const struct xen_pmem_piece *pieces, char *reason)
{
	u64 sum = 0;
	u32 i;

	for (i = 0; i < arg->nr; i++) {
		if ((pieces[i].offset | pieces[i].length) & ~PAGE_MASK || !pieces[i].length)
			return because(reason, -EINVAL, "piece %u is not of whole pages", i);
		if (pieces[i].offset > pin->length || pieces[i].length > pin->length - pieces[i].offset)
			return because(reason, -ERANGE, "piece %u is not within the device", i);
		sum += pieces[i].length;
	}
	if (arg->done > sum || arg->done & ~PAGE_MASK)
		return because(reason, -EINVAL, "done is not within the pieces");
	return 0;
}

static int pieces_walk(struct walk *walk, const struct xen_pmem_piece *pieces, bool take)
{
	struct xen_pmem_pages *arg = walk->arg;
	int rc;

	walk->pin = pin_work_begin(arg->uuid);
	if (IS_ERR(walk->pin))
		return PTR_ERR(walk->pin);
	rc = take ? walk->pin->kind->alone(walk->pin, arg->reason) : 0;
	if (!rc)
		rc = pieces_check(walk->pin, arg, pieces, arg->reason);
	if (!rc)
		rc = walk_count(walk, pieces, take);
	pin_work_end(walk->pin);
	return rc;
}

static int spans_walk(struct walk *walk, const struct xen_pmem_piece *pieces, bool take)
{
	struct xen_pmem_pages *arg = walk->arg;
	int rc;

	if (arg->extents) {
		walk->spans = kvmalloc_array(arg->room, sizeof(*walk->spans), GFP_KERNEL);
		if (!walk->spans)
			return -ENOMEM;
	}
	rc = pieces_walk(walk, pieces, take);
	if (arg->used && copy_to_user(u64_to_user_ptr(arg->extents), walk->spans,
				      arg->used * sizeof(*walk->spans)))
		rc = -EFAULT;
	kvfree(walk->spans);
	return rc;
}

/* Hides, or shows. While the caller's memory, which may take long to be there, is used, no pin is. */
int pages_work(struct xen_pmem_pages *arg, bool take)
{
	struct walk walk = {
		.arg = arg,
		.mode = take ? DAX_ACCESS : DAX_RECOVERY_WRITE,
		.end = arg->done + XEN_PMEM_HIDE_MAX,
	};
	struct xen_pmem_piece *pieces;
	int rc;

	arg->used = 0;
	if (!xen_pv_domain())
		return because(arg->reason, -ENODEV, "dom0 is not a PV domain");
	if (!arg->nr || arg->nr > XEN_PMEM_PIECES_MAX || !arg->extents != !arg->room ||
	    arg->room > SPANS_MAX)
		return because(arg->reason, -EINVAL, "number of pieces or extents");
	pieces = vmemdup_user(u64_to_user_ptr(arg->pieces), arg->nr * sizeof(*pieces));
	if (IS_ERR(pieces))
		return PTR_ERR(pieces);
	rc = spans_walk(&walk, pieces, take);
	kvfree(pieces);
	return rc;
}
