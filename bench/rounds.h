/* SPDX-License-Identifier: GPL-2.0-only */
/* What copy and tiers share: they compare two kinds of memory, by turns. */
#ifndef XEN_PMEM_BENCH_ROUNDS_H
#define XEN_PMEM_BENCH_ROUNDS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define ALIGN	(2ul << 20)

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* Of a copy from one half to the other. */
static double copy_time(char *at, size_t half)
{
	double start = seconds();

	memcpy(at + half, at, half);
	return seconds() - start;
}

/* Anonymous, on a 2 MiB boundary, and in huge pages if the kernel has any. MAP_FAILED. */
static char *memory_map(size_t len)
{
	char *at =
		mmap(NULL, len + ALIGN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		return at;
	at += -(size_t)at & (ALIGN - 1);
	madvise(at, len, MADV_HUGEPAGE);
	return at;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Prints the median and both quartiles of (time in at[0] / time in at[1]): "= NAME ...". */
static void rounds_run(const char *name, double (*time_of)(char *, size_t), char *const at[2],
		       size_t half, double *ratio, int rounds)
{
	for (int i = 0; i < rounds; i++) {
		double took[2];

		took[i & 1] = time_of(at[i & 1], half);
		took[!(i & 1)] = time_of(at[!(i & 1)], half);
		ratio[i] = took[0] / took[1];
	}
	qsort(ratio, rounds, sizeof(*ratio), by_value);
	printf("= %s %.3f %.3f %.3f\n", name, ratio[rounds / 2], ratio[rounds / 4],
	       ratio[rounds * 3 / 4]);
}

#endif
