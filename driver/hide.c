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

struct batch {
	int nr;
	unsigned long page[BATCH];	/* which page of hide each update is for */
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

static bool page_busy(unsigned long pfn)
{
	return pfn_valid(pfn) && page_count(pfn_to_page(pfn)) > 1;
}

/* Xen makes them all, or stops at one: then -EREMOTEIO. *@done updates were made. */
static int batch_run(struct batch *batch, int *done)
{
	struct mmuext_op flush = { .cmd = MMUEXT_TLB_FLUSH_ALL };
	int rc;

	*done = 0;
	if (!batch->nr)
		return 0;
	rc = HYPERVISOR_mmu_update(batch->update, batch->nr, done, DOMID_SELF);
	if (!rc)
		*done = batch->nr;
	if (HYPERVISOR_mmuext_op(&flush, 1, NULL, DOMID_SELF) < 0 || rc)
		return -EREMOTEIO;
	return 0;
}

static void batch_add(struct batch *batch, unsigned long page, pteval_t *entry, pteval_t value)
{
	batch->page[batch->nr] = page;
	batch->update[batch->nr].ptr = arbitrary_virt_to_machine(entry).maddr |
				       MMU_NORMAL_PT_UPDATE;
	batch->update[batch->nr].val = value;
	batch->nr++;
}

/* Adds page @i to the batch if its entry is there. */
static int hide_one(struct hide *hide, struct batch *batch, unsigned long i, char *reason)
{
	pteval_t *entry = entry_find(hide->kaddr + i * PAGE_SIZE), value, prot;

	if (!entry)
		return because(reason, -EOPNOTSUPP, "page %#lx is not mapped as a single page",
			       hide->pfn + i);
	value = READ_ONCE(*entry);
	if (!value)
		return 0;
	prot = (value & ~PTE_PFN_MASK) | PTE_USED;
	if ((value & PTE_PFN_MASK) >> PAGE_SHIFT != hide->pfn + i || !(value & _PAGE_PRESENT))
		return because(reason, -EOPNOTSUPP, "page %#lx is mapped elsewhere", hide->pfn + i);
	if (page_busy(hide->pfn + i))
		return because(reason, -EBUSY, "I/O from or to page %#lx is under way",
			       hide->pfn + i);
	if (!*hide->prot)
		*hide->prot = prot;
	if (*hide->prot != prot)
		return because(reason, -EOPNOTSUPP, "page %#lx is mapped otherwise than those before",
			       hide->pfn + i);
	batch_add(batch, i, entry, 0);
	return 0;
}

/* Adds page @i to the batch if its entry is gone. */
static int show_one(struct hide *hide, struct batch *batch, unsigned long i, char *reason)
{
	pteval_t *entry = entry_find(hide->kaddr + i * PAGE_SIZE);

	if (!entry)
		return because(reason, -EOPNOTSUPP, "page %#lx is not mapped as a single page",
			       hide->pfn + i);
	if (READ_ONCE(*entry))
		return 0;
	if (!*hide->prot)
		return because(reason, -EINVAL, "page %#lx was not hidden by this pin", hide->pfn + i);
	batch_add(batch, i, entry, ((pteval_t)(hide->pfn + i) << PAGE_SHIFT) | *hide->prot);
	return 0;
}

/* All pages before @end were looked at, and those in the batch are to be changed. */
static int batch_end(struct hide *hide, struct batch *batch, unsigned long end, char *reason)
{
	int done;
	int rc;

	rc = batch_run(batch, &done);
	hide->changed += done;
	hide->done = done < batch->nr ? batch->page[done] : end;
	batch->nr = 0;
	if (rc)
		because(reason, 0, "Xen refuses to change dom0's mapping of page %#lx",
			hide->pfn + hide->done);
	return rc;
}

typedef int (*one_fn)(struct hide *, struct batch *, unsigned long, char *);

static int each_page(struct hide *hide, one_fn one, char *reason)
{
	struct batch *batch;
	unsigned long i;
	int rc = 0, ended;

	batch = kmalloc(sizeof(*batch), GFP_KERNEL);
	if (!batch)
		return -ENOMEM;
	batch->nr = 0;
	for (i = 0; i < hide->nr; i++) {
		rc = one(hide, batch, i, reason);
		if (rc)
			break;
		if (batch->nr < BATCH)
			continue;
		rc = batch_end(hide, batch, i + 1, reason);
		if (rc)
			goto free;
	}
	ended = batch_end(hide, batch, i, reason);
	if (!rc)
		rc = ended;
free:
	kfree(batch);
	cond_resched();
	return rc;
}

int hide_pages(struct hide *hide, char *reason)
{
	int rc = each_page(hide, hide_one, reason);

	return rc == -EREMOTEIO ? -EIO : rc;
}

/* Where Xen refuses a mapping, somebody else has the page. */
int show_pages(struct hide *hide, char *reason)
{
	int rc = each_page(hide, show_one, reason);

	return rc == -EREMOTEIO ? -EBUSY : rc;
}
