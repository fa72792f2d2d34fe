// SPDX-License-Identifier: GPL-2.0-only
/*
 * The only program of a guest, as its init: reads the clock without end and prints, once a second,
 * the longest time between two readings, in microseconds ("gap N"). Printing is not counted.
 */
#include <stdint.h>
#include <stdio.h>
#include <time.h>

static uint64_t microseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000ull + t.tv_nsec / 1000;
}

/* In one second. */
static uint64_t longest_gap(void)
{
	uint64_t start = microseconds(), before = start, now, longest = 0;

	while (before - start < 1000000) {
		now = microseconds();
		if (now - before > longest)
			longest = now - before;
		before = now;
	}
	return longest;
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (;;)
		printf("gap %llu\n", (unsigned long long)longest_gap());
}
