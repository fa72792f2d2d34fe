// SPDX-License-Identifier: GPL-2.0-only
/* Fills the direct map's empty slots in every page table that has a copy of them. */
#include "slots.h"

#include "answer.h"
#include "builds.h"
#include "map.h"
#include "page.h"

#define SLOTS		(MFN_LIMIT >> 27)

static uint64_t made[SLOTS];	/* entries for empty slots; 0: not needed */
static unsigned int filled;
static unsigned long pv_filled;

static bool slot_empty(const uint64_t *table, unsigned int i)
{
	return !(table[L4_DIRECTMAP + i] & PTE_PRESENT);
}

/* Flags aside: the processor sets bits in them. */
static bool entries_differ(uint64_t a, uint64_t b)
{
	return (a ^ b) & (PTE_ADDRESS | PTE_PRESENT);
}

static bool table_ok(const uint64_t *table, uint64_t mfn)
{
	unsigned int i;

	if (entries_differ(table[L4_SELF], mfn << 12 | PTE_PRESENT) ||
	    entries_differ(table[L4_XEN], idle_pg_table[L4_XEN]))
		return false;
	for (i = 0; i < SLOTS; i++)
		if (!slot_empty(table, i) &&
		    entries_differ(table[L4_DIRECTMAP + i], idle_pg_table[L4_DIRECTMAP + i]))
			return false;
	return true;
}

bool slots_table_ok(uint64_t mfn)
{
	unsigned int order;

	return __mfn_valid(mfn) && pte_of((unsigned long)mfn_to_virt(mfn), &order) &&
	       table_ok(mfn_to_virt(mfn), mfn);
}

/* ---- before the CPUs are stopped ---- */

/* With the flags of Xen's own first slot, which RAM is always in. */
static uint64_t entry_make(void)
{
	void *table = alloc_xenheap_pages(0, 0);

	if (!table)
		return 0;
	memset(table, 0, 4096);
	return virt_to_mfn(table) << 12 | (idle_pg_table[L4_DIRECTMAP] & ~PTE_ADDRESS);
}

static void entries_free(void)
{
	unsigned int i;

	for (i = 0; i < SLOTS; i++) {
		if (made[i])
			free_xenheap_pages(mfn_to_virt((made[i] & PTE_ADDRESS) >> 12), 0);
		made[i] = 0;
	}
}

int slots_prepare(void)
{
	unsigned int i;

	for (i = 0; i < SLOTS && !((uint64_t)i << 39 >> paddr_bits); i++) {
		if (!slot_empty(idle_pg_table, i) || made[i])
			continue;
		made[i] = entry_make();
		if (!made[i]) {
			entries_free();
			return -ENOMEM;
		}
	}
	return 0;
}

/* ---- every CPU is stopped ---- */

static bool domain_fillable(const struct domain *d)
{
	if (!domain_is_hvm(d))
		return !domain_is_shadowed_pv(d);
	FOR_EACH_VCPU(v, d)
		if (vcpu_monitor_table(v) && !slots_table_ok(vcpu_monitor_table(v)))
			return false;
	return true;
}

/* facts.c has seen the same, but guests have come since. */
static bool domains_fillable(void)
{
	const struct domain *d;

	for (d = domain_list; d; d = domain_next(d))
		if (!domain_fillable(d))
			return false;
	return true;
}

/* Whether a slot was empty. */
static bool table_fill(uint64_t *table)
{
	bool any = false;
	unsigned int i;

	for (i = 0; i < SLOTS; i++) {
		if (!slot_empty(table, i) || slot_empty(idle_pg_table, i))
			continue;
		__atomic_store_n(&table[L4_DIRECTMAP + i], idle_pg_table[L4_DIRECTMAP + i],
				 __ATOMIC_RELEASE);
		any = true;
	}
	return any;
}

static void original_fill(void)
{
	unsigned int i;

	for (i = 0; i < SLOTS; i++) {
		if (!made[i] || !slot_empty(idle_pg_table, i))
			continue;
		idle_pg_table[L4_DIRECTMAP + i] = made[i];
		efi_update_l4_pgtable(L4_DIRECTMAP + i, made[i]);
		filled++;
	}
}

void slots_fill(void)
{
	const struct domain *d;

	if (!domains_fillable())
		return;
	original_fill();
	for (d = domain_list; d; d = domain_next(d)) {
		if (!domain_is_hvm(d))
			continue;
		FOR_EACH_VCPU(v, d)
			if (vcpu_monitor_table(v))
				table_fill(mfn_to_virt(vcpu_monitor_table(v)));
	}
}

/* ---- PV tables that are older ---- */

static int locked_fill(struct page_info *pg, uint64_t mfn)
{
	uint64_t *table = mfn_to_virt(mfn);

	if ((pg->type_info & PGT_type_mask) != PGT_l4_table)
		return 0;
	if (!table_ok(table, mfn))
		return REFUSE(EINVAL, "a PV page table is not as Xen makes them");
	pv_filled += table_fill(table);
	return 0;
}

/*
 * The reference keeps the page from being freed, the lock keeps it a table: what becomes another
 * page may not be written to. A table that is not validated cannot be locked; Xen copies all slots
 * into it when it is. Of a domain that is torn down Xen takes a table apart without that lock, but
 * does not look at these slots.
 */
int slots_fill_pv(struct page_info *pg, uint64_t mfn)
{
	int rc = 0;

	if (!page_hold(pg))
		return 0;
	if (page_lock_unsafe(pg)) {
		rc = locked_fill(pg, mfn);
		page_unlock(pg);
	}
	put_page(pg);
	return rc;
}

uint32_t slots_empty(void)
{
	uint32_t empty = 0;
	unsigned int i;

	for (i = 0; i < SLOTS; i++)
		empty |= (uint32_t)slot_empty(idle_pg_table, i) << i;
	return empty;
}

unsigned int slots_filled(void) { return filled; }
unsigned long slots_pv_filled(void) { return pv_filled; }
