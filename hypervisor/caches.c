// SPDX-License-Identifier: GPL-2.0-only
/* Flushes TLBs and caches of all CPUs, as little as the CPU's kind allows. */
#include "caches.h"

#include "answer.h"
#include "map.h"

#define EDX_SELFSNOOP	(1u << 27)	/* CPUID leaf 1 */
#define EBX_CLFLUSHOPT	(1u << 23)	/* leaf 7 */

static bool tlb_stale;
static uint64_t wbinvds;

/* Models that report self-snoop, and can hang when they do. Xen leaves them out too. */
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

static struct { bool asked, intel, snoops, clflushopt; } cpu;

/* dom0's CPUID policy may mask a feature here: then a flush costs more time than it must. */
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
	cpu.snoops = cpu.intel && r.d & EDX_SELFSNOOP &&
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

static bool caches_snoop(void)
{
	cpu_ask();
	return cpu.snoops;
}

void tlb_note_stale(void) { tlb_stale = true; }

void tlb_flush(void)
{
	if (tlb_stale)
		flush_area_mask(cpu_online_map, NULL, FLUSH_ALL_TLBS);
	tlb_stale = false;
}

/* CLFLUSH reaches the caches of all CPUs. */
void page_uncache(uint64_t mfn)
{
	const char *at = mfn_to_virt(mfn);

	cpu_ask();
	asm volatile("mfence" ::: "memory");
	lines_flush(at, at + 4096, cpu.clflushopt);
	asm volatile("mfence" ::: "memory");
}

uint64_t frame_flush_cost(void) { return caches_snoop() ? 0 : WORK_LINES; }

void frames_flush(struct frames f)
{
	uint64_t i;

	command_work += tlb_stale ? WORK_FLUSH : 0;
	tlb_flush();
	for (i = 0; !caches_snoop() && i < f.count; i++)
		page_uncache(f.first + i);
}

void range_flush(void)
{
	tlb_flush();
	if (caches_snoop())
		return;
	wbinvds++;
	flush_area_mask(cpu_online_map, NULL, FLUSH_CACHE);
}

uint64_t wbinvds_count(void) { return wbinvds; }
