// SPDX-License-Identifier: GPL-2.0-only
/*
 * Takes pages that get another owner, and removes what TLBs and caches of all CPUs have of them.
 *
 * dom0 maps these pages uncached, Xen and guests map them cached. A CPU that snoops its own caches
 * sees its cached data through both mappings, so nothing is flushed there; stock Xen relies on the
 * same for pages of RAM. Other CPUs flush the page line by line. WBINVD stops every CPU of the host
 * for milliseconds, so it is used only when a whole range goes back to dom0.
 */
#include "extension.h"

#define EDX_SELFSNOOP	(1u << 27)	/* CPUID leaf 1 */
#define EBX_CLFLUSHOPT	(1u << 23)	/* leaf 7 */

bool tlb_dirty;
uint64_t whole_flushes;

/* Models that say they snoop themselves, and can hang when they do. Xen leaves them out too. */
static bool model_is_wrong(unsigned int model)
{
	static const uint8_t models[] = {
		0x0f, 0x16, 0x17, 0x1d, 0x1e, 0x1f, 0x1a, 0x2e, 0x25, 0x2c, 0x2a,
	};
	unsigned int i;

	for (i = 0; i < sizeof(models); i++)
		if (models[i] == model)
			return true;
	return false;
}

static struct { bool asked, intel, snoop, clflushopt; } cpu;

/* What dom0's CPUID policy masks for it is clear here too: that costs time, and nothing else. */
static void cpu_ask(void)
{
	struct cpuid_regs r;
	uint32_t leaves;

	if (cpu.asked)
		return;
	cpuid(0, &r);
	leaves = r.a;
	cpu.intel = r.b == 0x756e6547 && r.d == 0x49656e69 && r.c == 0x6c65746e;
	cpuid(1, &r);
	cpu.snoop = cpu.intel && r.d & EDX_SELFSNOOP &&
		    !model_is_wrong((r.a >> 4 & 15) | (r.a >> 12 & 0xf0));
	if (leaves >= 7) {
		cpuid(7, &r);
		cpu.clflushopt = r.b & EBX_CLFLUSHOPT;
	}
	cpu.asked = true;
}

bool cpu_is_intel(void)
{
	cpu_ask();
	return cpu.intel;
}

bool caches_snoop(void)
{
	cpu_ask();
	return cpu.snoop;
}

void page_flush(void)
{
	if (tlb_dirty)
		flush_area_mask(cpu_online_map, NULL, FLUSH_ALL_TLBS);
	tlb_dirty = false;
}

/* The instruction reaches the caches of all CPUs. */
void page_uncache(uint64_t mfn)
{
	const char *at = mfn_to_virt(mfn);

	cpu_ask();
	asm volatile("mfence" ::: "memory");
	lines_flush(at, at + 4096, cpu.clflushopt);
	asm volatile("mfence" ::: "memory");
}

uint64_t flush_cost(const struct range *r)
{
	return r->host && !caches_snoop() ? WORK_LINES : 0;
}

void host_flush(struct frames f)
{
	uint64_t i;

	work += tlb_dirty ? WORK_FLUSH : 0;
	page_flush();
	for (i = 0; !caches_snoop() && i < f.count; i++)
		page_uncache(f.first + i);
}

void range_flush(void)
{
	page_flush();
	if (caches_snoop())
		return;
	whole_flushes++;
	flush_area_mask(cpu_online_map, NULL, FLUSH_CACHE);
}
