// SPDX-License-Identifier: GPL-2.0-only
/*
 * vCPUs, and top-level page tables: each has a copy of Xen's slots from when it was made. Takes
 * what Xen maps in its direct map, and ends the test where a table lacks it: an access of Xen
 * through that table would be the host's end.
 *
 *   begun --validated--> table --end--> a page like any other, whose bytes are its owner's
 */
#include "model.h"

#define LAYOUT		(&builds[machine.config.build])
#define VCPUS		2u		/* of each domain */
#define ALL_SLOTS	(MFN_LIMIT >> 27)

static struct top {
	uint64_t mfn;			/* 0: unused */
	unsigned int id;		/* whose */
	enum { TOP_MONITOR, TOP_BEGUN, TOP_PV, TOP_DATA } is;
} tops[TOPS];
static uint64_t efi_table[512];
static unsigned int slots_at_boot;
static bool efi;

static struct top *top_slot(void)
{
	for (unsigned int i = 0; i < TOPS; i++)
		if (!tops[i].mfn)
			return &tops[i];
	broken("too many top-level tables");
}

/* As init_xen_l4_slots() does. */
static void slots_copy(uint64_t *table, uint64_t mfn)
{
	for (unsigned int i = RO_M2P_START >> 39; i < L4_DIRECTMAP + ALL_SLOTS; i++)
		table[i] = idle_pg_table[i];
	table[L4_SELF] = mfn << 12 | 0x63;
}

static unsigned int slots_now(void)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < ALL_SLOTS; i++)
		n += idle_pg_table[L4_DIRECTMAP + i] & PTE_PRESENT;
	return n;
}

uint64_t heap_lost(void) { return machine.heap_used - (slots_now() - slots_at_boot); }

/* ---- vCPUs ---- */

static uint64_t heap_page(void)
{
	uint64_t mfn = heap_take();

	if (!mfn)
		broken("no memory for a vCPU");
	*info(mfn) = (struct page_info){ .count_info = PGC_xen_heap };
	return mfn;
}

static void heap_page_back(uint64_t mfn)
{
	*info(mfn) = (struct page_info){ .count_info = 0 };
	heap_give(mfn);
}

static uint64_t monitor_new(unsigned int id)
{
	struct top *t = top_slot();
	uint64_t mfn = heap_take();

	if (!mfn)
		broken("no memory for a monitor table");
	slots_copy(virt(mfn), mfn);
	*t = (struct top){ mfn, id, TOP_MONITOR };
	return mfn;
}

/* The lock before the mode: nobody has it. The name stands at the end of the domain's page. */
static void paging_lock_new(struct domain *d)
{
	char *who = (char *)d + 4096 - sizeof("nobody");

	memcpy(who, "nobody", sizeof("nobody"));
	FIELD(d, int32_t, LAYOUT->paging_mode - 12) = -1;
	FIELD(d, char *, LAYOUT->paging_mode - 8) = who;
}

void vcpus_new(unsigned int id)
{
	struct domain *d = doms[id].xen;
	struct vcpu **all = virt(heap_page());

	FIELD(d, uint32_t, LAYOUT->max_vcpus) = VCPUS + 1;	/* one is not made yet */
	FIELD(d, struct vcpu **, LAYOUT->vcpus) = all;
	paging_lock_new(d);
	for (unsigned int i = 0; i < VCPUS; i++) {
		all[i] = virt(heap_page());
		FIELD(all[i], struct domain *, LAYOUT->vcpu_domain) = d;
		if (!doms[id].pv)
			FIELD(all[i], uint64_t, LAYOUT->monitor_table) = monitor_new(id);
		if (i)
			FIELD(all[i - 1], struct vcpu *, LAYOUT->vcpu_next) = all[i];
	}
	if (!doms[id].pv)
		FIELD(d, uint32_t, LAYOUT->paging_mode) =
			PAGING_EXTERNAL |
			(FIELD(d, uint32_t, LAYOUT->options) & CDF_HAP ? PAGING_HAP :
									 PAGING_SHADOW);
	else
		top_new(id);
}

static void monitors_end(unsigned int id)
{
	struct vcpu **all = FIELD(doms[id].xen, struct vcpu **, LAYOUT->vcpus);

	for (unsigned int i = 0; i < VCPUS; i++)
		FIELD(all[i], uint64_t, LAYOUT->monitor_table) = 0;
	for (unsigned int i = 0; i < TOPS; i++)
		if (tops[i].mfn && tops[i].id == id && tops[i].is == TOP_MONITOR) {
			heap_give(tops[i].mfn);
			tops[i].mfn = 0;
		}
}

/* What Xen tears down of a domain that dies. */
void vcpus_reap(unsigned int id)
{
	monitors_end(id);
	for (unsigned int i = 0; i < TOPS; i++)
		if (tops[i].mfn && tops[i].id == id) {
			info(tops[i].mfn)->type_info &= ~PGT_validated;
			top_free(i);
		}
}

void vcpus_free(unsigned int id)
{
	struct vcpu **all = FIELD(doms[id].xen, struct vcpu **, LAYOUT->vcpus);

	for (unsigned int i = 0; i < VCPUS; i++)
		heap_page_back(frame_at(all[i]));
	heap_page_back(frame_at(all));
}

/* ---- PV tables ---- */

/* One reference is its type's, which begins it. */
static unsigned int pv_begin(unsigned int id, uint64_t type)
{
	struct top *t = top_slot();
	uint64_t mfn = ram_take(doms[id].xen);

	if (!mfn)
		broken("no memory for a top-level table");
	info(mfn)->count_info = PGC_allocated | 2;
	info(mfn)->type_info = type;
	*t = (struct top){ mfn, id, TOP_BEGUN };
	return t - tops;
}

unsigned int top_begin(unsigned int id) { return pv_begin(id, PGT_l4_table | 1); }

bool top_validate(unsigned int top)
{
	struct top *t = &tops[top];

	if (!t->mfn || t->is != TOP_BEGUN)
		return false;
	slots_copy(virt(t->mfn), t->mfn);
	info(t->mfn)->type_info |= PGT_validated;
	t->is = TOP_PV;
	return true;
}

unsigned int top_new(unsigned int id)
{
	unsigned int top = top_begin(id);

	top_validate(top);
	return top;
}

/* Whoever drops the type waits for the lock. */
static bool top_waits(const struct top *t)
{
	return !t->mfn || t->is == TOP_MONITOR || info(t->mfn)->type_info & PGT_locked;
}

bool top_end(unsigned int top)
{
	struct top *t = &tops[top];

	if (top_waits(t))
		return false;
	info(t->mfn)->type_info = PGT_writable | PGT_validated | 1;
	memset(virt(t->mfn), 0x5a, 4096);
	t->is = TOP_DATA;
	return true;
}

/* The page goes with the last reference, which may be another's. */
bool top_free(unsigned int top)
{
	struct top *t = &tops[top];
	uint64_t mfn = t->mfn;

	if (top_waits(t) && !(mfn && guest_dying(t->id)))
		return false;
	t->mfn = 0;
	info(mfn)->type_info &= PGT_locked | 1;
	info(mfn)->count_info &= ~PGC_allocated;
	put_page(info(mfn));
	put_page(info(mfn));
	return true;
}

bool tops_room(void)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < TOPS; i++)
		n += !tops[i].mfn;
	return n > DOMAINS * VCPUS && heap_left() > 64;
}

uint64_t *top_table(unsigned int top) { return virt(tops[top].mfn); }

int page_lock_unsafe(struct page_info *pg)
{
	moment();
	if (pg->type_info & PGT_locked)
		broken("a page that is locked is locked: for ever");
	if (!(pg->type_info & PGT_validated) || !(pg->type_info & 0xff))
		return 0;
	pg->type_info += PGT_locked | 1;
	machine.locks++;
	moment();
	return 1;
}

void page_unlock(struct page_info *pg)
{
	if (!(pg->type_info & PGT_locked))
		broken("a page that is not locked is unlocked");
	pg->type_info -= PGT_locked | 1;
	machine.locks--;
}

uint64_t cr3_read(void)
{
	for (unsigned int i = 0; i < TOPS; i++)
		if (tops[i].mfn && !tops[i].id && tops[i].is == TOP_PV)
			return tops[i].mfn << 12 | 5;
	broken("dom0 runs on no table");
}

void efi_update_l4_pgtable(unsigned int slot, uint64_t entry)
{
	if (efi)
		efi_table[slot] = entry;
}

/* ---- what must hold ---- */

static void slot_must(const uint64_t *table, unsigned long va, const char *whose)
{
	if ((table[va >> 39 & 511] ^ idle_pg_table[va >> 39 & 511]) & (PTE_ADDRESS | PTE_PRESENT))
		broken("Xen maps %#lx, and %s lacks the slot", va, whose);
}

void tops_map(unsigned long va)
{
	static const char *const whose[] = { "a monitor table", NULL, "a PV table" };

	for (unsigned int i = 0; i < TOPS; i++)
		if (tops[i].mfn && (tops[i].is == TOP_MONITOR || tops[i].is == TOP_PV))
			slot_must(virt(tops[i].mfn), va, whose[tops[i].is]);
	if (efi)
		slot_must(efi_table, va, "EFI's table");
}

/* No table is Xen's to write to once it is a page like any other. */
void tops_check(void)
{
	for (unsigned int i = 0; i < TOPS; i++) {
		const uint64_t *words = tops[i].mfn ? virt(tops[i].mfn) : NULL;

		for (unsigned int w = 0; words && tops[i].is == TOP_DATA && w < 512; w++)
			if (words[w] != 0x5a5a5a5a5a5a5a5aull)
				broken("word %u of a page that was a table is written to", w);
		for (unsigned int w = 0; words && tops[i].is == TOP_BEGUN && w < 512; w++)
			if (words[w])
				broken("word %u of a table that is not validated is written to", w);
	}
}

void tops_fresh(void)
{
	memset(tops, 0, sizeof(tops));
	efi = false;
}

void tops_boot(void)
{
	slots_at_boot = slots_now();
	efi = machine.config.efi;
	slots_copy(efi_table, 1);
	vcpus_new(0);
}
