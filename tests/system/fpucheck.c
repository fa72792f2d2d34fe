// SPDX-License-Identifier: GPL-2.0-only
/*
 * In dom0 or a guest: fpucheck ROUNDS. In each round it keeps a pattern in xmm0 to xmm15, spins for
 * some milliseconds, and compares. It prints "rounds N wrong N"; status 1 if a round found other
 * registers.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define SPINS	1000000
#define WORDS	32	/* two for each register */

#define EACH(X) \
	X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)
#define LOAD(N) "movups 16*" #N "(%1), %%xmm" #N "\n\t"
#define STORE(N) "movups %%xmm" #N ", 16*" #N "(%2)\n\t"

/* No two copies that run side by side have a word in common. */
static void pattern_make(uint64_t *pattern)
{
	struct timespec now;
	uint64_t seed;

	clock_gettime(CLOCK_REALTIME, &now);
	seed = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	for (uint64_t i = 0; i < WORDS; i++)
		pattern[i] = (seed * WORDS + i) * 0x9e3779b97f4a7c15;
}

static void registers_keep(const uint64_t *pattern, uint64_t *seen)
{
	uint64_t spins = SPINS;

	asm volatile(EACH(LOAD)
		     "1: dec %0\n\t"
		     "jnz 1b\n\t"
		     EACH(STORE)
		     : "+&r"(spins) : "r"(pattern), "r"(seen)
		     : "memory", "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6",
		       "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13",
		       "xmm14", "xmm15");
}

static int registers_differ(const uint64_t *pattern, const uint64_t *seen)
{
	for (int i = 0; i < WORDS; i++)
		if (pattern[i] != seen[i])
			return 1;
	return 0;
}

int main(int argc, char **argv)
{
	uint64_t pattern[WORDS], seen[WORDS];
	unsigned long rounds = argc == 2 ? strtoul(argv[1], NULL, 0) : 0, wrong = 0;

	if (!rounds) {
		fprintf(stderr, "usage: fpucheck ROUNDS\n");
		return 2;
	}
	pattern_make(pattern);
	for (unsigned long i = 0; i < rounds; i++) {
		registers_keep(pattern, seen);
		wrong += registers_differ(pattern, seen);
	}
	printf("rounds %lu wrong %lu\n", rounds, wrong);
	return wrong ? 1 : 0;
}
