// SPDX-License-Identifier: GPL-2.0-only
/*
 * Xen has other CPUs flush their TLBs or caches by one interrupt, and waits until all have. The
 * probe puts itself before the function that Xen has for it in its table of interrupts' functions.
 */
#include "cpus.h"

#include "xen.h"

#define VECTORS		256u
#define CPUS		16u
#define WORDS		4u	/* of a page, 64 bytes apart */

/* flushtlb.h's flags, without the order */
#define FLAGS		0x7f00u
#define FLAG_GLOBAL	0x200u
#define FLAG_STATE	0x1000u
#define FLAG_ASID	0x4000u

#pragma GCC visibility push(hidden)
/* Xen's, which are static there; tests/system/rules.mk has their names in Xen. */
extern void (*xen_vectors[VECTORS])(void *regs);
extern unsigned int xen_flush_flags;
void invalidate_interrupt(void *regs);
#pragma GCC visibility pop

enum { GUEST, ALL, CACHE, XEN, OTHER, KINDS };
static const char *const names[KINDS] = { "guest", "all", "cache", "xen", "other" };
static unsigned long flushes[CPUS][KINDS];
static void (**slot)(void *regs);

static unsigned int flags_kind(unsigned int flags)
{
	return flags == FLAG_ASID         ? GUEST
	       : flags == FLUSH_ALL_TLBS  ? ALL
	       : flags & FLUSH_CACHE      ? CACHE
	       : flags & FLAG_GLOBAL      ? XEN
					  : OTHER;
}

/* By the number that the CPU has in its APIC. */
static void flush_count(void *regs)
{
	struct cpuid_regs id;

	cpuid(1, &id);
	flushes[(id.b >> 24) % CPUS][flags_kind(xen_flush_flags & FLAGS)]++;
	invalidate_interrupt(regs);
}

static void (**slot_find(void))(void *regs)
{
	unsigned int i;

	for (i = 0; i < VECTORS; i++)
		if (xen_vectors[i] == invalidate_interrupt)
			return &xen_vectors[i];
	return NULL;
}

int flushes_answer(char *line, size_t size)
{
	unsigned int kind, cpu;
	int len = 0;

	if (!slot) {
		slot = slot_find();
		if (!slot)
			return -ENOENT;
		__atomic_store_n(slot, flush_count, __ATOMIC_SEQ_CST);
	}
	for (kind = 0; kind < KINDS; kind++) {
		len += snprintf(line + len, size - len, "%s%s=", kind ? " " : "", names[kind]);
		for (cpu = 0; cpu < CPUS; cpu++)
			len += snprintf(line + len, size - len, cpu ? ",%lu" : "%lu",
				flushes[cpu][kind]);
	}
	return len + 1;
}

void flushes_forget(void)
{
	if (slot)
		*slot = invalidate_interrupt;
}

/* The direct map's address of a frame; NULL: Xen does not map it. */
static const unsigned int *frame_words(unsigned long mfn)
{
	unsigned long va = DIRECTMAP_START + (((mfn & pfn_pdx_bottom_mask) |
					       (mfn & pfn_top_mask) >> pfn_pdx_hole_shift) << 12);
	const uint64_t *table = idle_pg_table;
	unsigned int shift;

	for (shift = 39; ; shift -= 9) {
		uint64_t entry = table[va >> shift & 511];

		if (!(entry & PTE_PRESENT))
			return NULL;
		if (shift == 12 || (shift < 39 && entry & PTE_PSE))
			return (const unsigned int *)va;
		/* RAM of Xen's heap, where a frame's number has no hole */
		table = (const uint64_t *)(DIRECTMAP_START + (entry & PTE_ADDRESS));
	}
}

int words_answer(char *line, size_t size, unsigned long mfn, unsigned long count)
{
	unsigned long sums[WORDS] = { 0 }, i;
	unsigned int word;
	int len = 0;

	for (i = 0; i < count; i++) {
		const volatile unsigned int *at = frame_words(mfn + i);

		if (!at)
			return -ENOENT;
		for (word = 0; word < WORDS; word++)
			sums[word] += at[word * 16];
	}
	for (word = 0; word < WORDS; word++)
		len += snprintf(line + len, size - len, word ? ",%lu" : "words=%lu", sums[word]);
	return len + 1;
}
