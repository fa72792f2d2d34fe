// SPDX-License-Identifier: GPL-2.0-only
/*
 * dom0's own mappings: takes pages of the direct map, tells Xen to clear their entries or to set
 * them again, and hands on how many are so. Entries are looked up anew at each call, so nothing
 * has to be kept but one protection value. Kernel code that reads a hidden page faults.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <xen/interface/xen.h>
#include <xen/page.h>
#include <asm/tlbflush.h>
#include <asm/xen/hypercall.h>

#include "pins.h"

#define BATCH	256

struct hide {
	bool take;			/* the entries away, or put them back */
	pteval_t *prot;			/* of all of them; 0: not known yet */
	unsigned long changed;
	bool refused;			/* by Xen; no more is done then */
	u64 refused_at;
	int nr;				/* in the batch */
	u64 at[BATCH];
	unsigned long pfn[BATCH];
	struct mmu_update update[BATCH];
};

/* Flags that the CPU sets; they differ from page to page and mean nothing in the direct map. */
#define PTE_USED	(_PAGE_ACCESSED | _PAGE_DIRTY)

static pteval_t *entry_find(unsigned long kaddr)
{
	unsigned int level;
	pte_t *pte = lookup_address(kaddr, &level);

	return pte && level == PG_LEVEL_4K ? &pte->pte : NULL;
}

bool is_hidden(unsigned long kaddr)
{
	pteval_t *entry = entry_find(kaddr);

	return !entry || !READ_ONCE(*entry);
}

struct hide *hide_begin(bool take, pteval_t *prot)
{
	struct hide *hide = kmalloc(sizeof(*hide), GFP_KERNEL);

	if (!hide)
		return NULL;
	hide->take = take;
	hide->prot = prot;
	hide->changed = 0;
	hide->refused = false;
	hide->nr = 0;
	return hide;
}

unsigned long hide_end(struct hide *hide)
{
	unsigned long changed = hide->changed;

	kfree(hide);
	return changed;
}

/* Somebody in the kernel refers to it, be it a device's transfer. */
static bool is_page_busy(unsigned long pfn)
{
	return pfn_valid(pfn) && page_count(pfn_to_page(pfn)) > 1;
}

/* What page @pfn has is noted, or is as noted. */
static int take_check(struct hide *hide, pteval_t value, unsigned long pfn, char *reason)
{
	pteval_t prot = (value & ~PTE_PFN_MASK) | PTE_USED;

	if ((value & PTE_PFN_MASK) >> PAGE_SHIFT != pfn || !(value & _PAGE_PRESENT))
		return because(reason, -EOPNOTSUPP, "page %#lx is mapped elsewhere", pfn);
	if (is_page_busy(pfn))
		return because(reason, -EBUSY, "I/O from or to page %#lx is under way", pfn);
	if (!*hide->prot)
		*hide->prot = prot;
	if (*hide->prot != prot)
		return because(reason, -EOPNOTSUPP, "page %#lx is mapped otherwise than those before", pfn);
	return 0;
}

int hide_page(struct hide *hide, unsigned long kaddr, unsigned long pfn, u64 at, char *reason)
{
	pteval_t *entry = entry_find(kaddr), value;
	u64 failed;
	int rc = 0;

	if (!entry)
		return because(reason, -EOPNOTSUPP, "page %#lx is not mapped as a single page", pfn);
	value = READ_ONCE(*entry);
	if (!value == hide->take)
		return 0;
	if (hide->take)
		rc = take_check(hide, value, pfn, reason);
	else if (!*hide->prot)
		rc = because(reason, -EINVAL, "page %#lx was not hidden by this pin", pfn);
	if (!rc && hide->nr == BATCH)
		rc = hide_flush(hide, &failed, reason);
	if (rc)
		return rc;
	hide->at[hide->nr] = at;
	hide->pfn[hide->nr] = pfn;
	hide->update[hide->nr].ptr = arbitrary_virt_to_machine(entry).maddr | MMU_NORMAL_PT_UPDATE;
	hide->update[hide->nr].val = hide->take ? 0 : (pteval_t)pfn << PAGE_SHIFT | *hide->prot;
	hide->nr++;
	return 0;
}

/* Xen makes all updates, or stops at one: then -EREMOTEIO. *@done of them were made. */
static int batch_run(struct hide *hide, int *done)
{
	struct mmuext_op flush = { .cmd = MMUEXT_TLB_FLUSH_ALL };
	int rc;

	*done = 0;
	if (!hide->nr)
		return 0;
	rc = HYPERVISOR_mmu_update(hide->update, hide->nr, done, DOMID_SELF);
	if (!rc)
		*done = hide->nr;
	/* Cannot fail: it takes nothing. */
	WARN_ON(HYPERVISOR_mmuext_op(&flush, 1, NULL, DOMID_SELF));
	return rc ? -EREMOTEIO : 0;
}

/*
 * Makes what was put off. On failure *@at is the first page that was not changed; nothing more is
 * then. Where Xen refuses to give a mapping back, somebody else has the page.
 */
int hide_flush(struct hide *hide, u64 *at, char *reason)
{
	int done, rc;

	if (!hide->refused) {
		rc = batch_run(hide, &done);
		hide->changed += done;
		if (!rc) {
			hide->nr = 0;
			return 0;
		}
		hide->refused = true;
		hide->refused_at = hide->at[done];
		because(reason, rc, "Xen refuses to change dom0's mapping of page %#lx",
			hide->pfn[done]);
	}
	*at = hide->refused_at;
	return hide->take ? -EIO : -EBUSY;
}
