// SPDX-License-Identifier: GPL-2.0-only
/*
 * dom0's own page table entries in the direct map. Each call looks an entry up anew, so that only
 * one protection value has to be kept.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <xen/interface/xen.h>
#include <xen/page.h>
#include <asm/tlbflush.h>
#include <asm/xen/hypercall.h>

#include "hide.h"
#include "reason.h"

#define BATCH	256

struct hide {
	bool clear;			/* entries, or set them */
	pteval_t *prot;			/* of all entries; 0: not known yet */
	unsigned long changed;		/* pages */
	unsigned long most;		/* pages that may be changed */
	bool refused;			/* by Xen: nothing more is changed */
	u64 refused_at;
	int nr;				/* in the batch */
	u64 at[BATCH];
	unsigned long pfn[BATCH];
	struct mmu_update update[BATCH];
};

/* The CPU sets these flags. They differ from page to page, and dom0 does not need them. */
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

struct hide *hide_begin(bool clear, pteval_t *prot, unsigned long most)
{
	struct hide *hide = kmalloc(sizeof(*hide), GFP_KERNEL);

	if (!hide)
		return NULL;
	hide->clear = clear;
	hide->prot = prot;
	hide->changed = 0;
	hide->most = most;
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

/* The kernel refers to it: a device's transfer, for example. */
static bool page_is_busy(unsigned long pfn)
{
	return pfn_valid(pfn) && page_count(pfn_to_page(pfn)) > 1;
}

/* All pages of a pin have the same flags: then one value brings them back. */
static int clear_check(struct hide *hide, pteval_t value, unsigned long pfn, char *reason)
{
	pteval_t prot = (value & ~PTE_PFN_MASK) | PTE_USED;

	if ((value & PTE_PFN_MASK) >> PAGE_SHIFT != pfn || !(value & _PAGE_PRESENT))
		return fail(reason, -EOPNOTSUPP, "page %#lx is mapped elsewhere", pfn);
	if (page_is_busy(pfn))
		return fail(reason, -EBUSY, "I/O from or to page %#lx is under way", pfn);
	if (!*hide->prot)
		*hide->prot = prot;
	if (*hide->prot != prot)
		return fail(reason, -EOPNOTSUPP, "page %#lx is mapped otherwise than those before",
			    pfn);
	return 0;
}

/* More hidden pages than the pin has are another pin's. */
static int set_check(const struct hide *hide, unsigned long pfn, char *reason)
{
	if (hide->changed + hide->nr < hide->most)
		return 0;
	return fail(reason, -EINVAL, "page %#lx was not hidden by this pin", pfn);
}

/* Whether @pfn may be in the batch already: pages in it ascend. */
static bool page_is_batched(const struct hide *hide, unsigned long pfn)
{
	return hide->nr && pfn <= hide->pfn[hide->nr - 1];
}

int hide_page(struct hide *hide, unsigned long kaddr, unsigned long pfn, u64 at, char *reason)
{
	pteval_t *entry = entry_find(kaddr), value;
	u64 failed;
	int rc = 0;

	if (!entry)
		return fail(reason, -EOPNOTSUPP, "page %#lx is not mapped as a single page", pfn);
	if (hide->nr == BATCH || page_is_batched(hide, pfn))
		rc = hide_flush(hide, &failed, reason);
	if (rc)
		return rc;
	value = READ_ONCE(*entry);
	if (!value == hide->clear || !hide->most)
		return 0;
	rc = hide->clear ? clear_check(hide, value, pfn, reason) : set_check(hide, pfn, reason);
	if (rc)
		return rc;
	hide->at[hide->nr] = at;
	hide->pfn[hide->nr] = pfn;
	hide->update[hide->nr].ptr = arbitrary_virt_to_machine(entry).maddr |
				     MMU_NORMAL_PT_UPDATE;
	hide->update[hide->nr].val = hide->clear ? 0 : (pteval_t)pfn << PAGE_SHIFT | *hide->prot;
	hide->nr++;
	return 0;
}

/* -EREMOTEIO: Xen stopped at an update. *@done of them were made. */
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
	/* Cannot fail: it has no argument. */
	WARN_ON(HYPERVISOR_mmuext_op(&flush, 1, NULL, DOMID_SELF));
	return rc ? -EREMOTEIO : 0;
}

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
		fail(reason, rc, "Xen refuses to change dom0's mapping of page %#lx",
			hide->pfn[done]);
	}
	*at = hide->refused_at;
	return hide->clear ? -EIO : -EBUSY;
}
