// SPDX-License-Identifier: GPL-2.0-only
/*
 * In the guest: tiers MIB ROUNDS. Copies MIB from one half of anonymous memory on node 0 to the
 * other, and the same on node 1, by turns; then reads words at random places there; prints of all
 * rounds' (time on node 0 / time on node 1) the median and both quartiles, "= tier_copy ..." and
 * "= tier_read ...".
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define ALIGN	(2ul << 20)
#define BIND	2		/* MPOL_BIND of the kernel's mempolicy.h */
#define READS	500000

static volatile uint64_t sink;

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static double copy_time(char *at, size_t half)
{
	double start = seconds();

	memcpy(at + half, at, half);
	return seconds() - start;
}

/* The same places in each round and on each node. */
static double read_time(char *at, size_t half)
{
	const uint64_t *word = (const uint64_t *)at;
	uint64_t place = 1, sum = 0, nr = 2 * half / sizeof(*word);
	double start = seconds();

	for (int i = 0; i < READS; i++) {
		place = place * 6364136223846793005 + 1442695040888963407;
		sum += word[(place >> 20) % nr];
	}
	sink = sum;
	return seconds() - start;
}

/* On a 2 MiB boundary and in huge pages if the kernel has any, filled. */
static char *node_map(size_t len, unsigned int node)
{
	unsigned long mask = 1ul << node;
	char *at =
		mmap(NULL, len + ALIGN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		return at;
	at += -(size_t)at & (ALIGN - 1);
	if (syscall(SYS_mbind, at, len, BIND, &mask, 8 * sizeof(mask), 0))
		return MAP_FAILED;
	madvise(at, len, MADV_HUGEPAGE);
	memset(at, 0x5a, len);
	return at;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void rounds_run(const char *name, double (*time_of)(char *, size_t), char *const node[2],
		size_t half, double *ratio, int rounds)
{
	for (int i = 0; i < rounds; i++) {
		double took[2];

		took[i & 1] = time_of(node[i & 1], half);
		took[!(i & 1)] = time_of(node[!(i & 1)], half);
		ratio[i] = took[0] / took[1];
	}
	qsort(ratio, rounds, sizeof(*ratio), by_value);
	printf("= %s %.3f %.3f %.3f\n", name, ratio[rounds / 2], ratio[rounds / 4],
		ratio[rounds * 3 / 4]);
}

int main(int argc, char **argv)
{
	size_t half = argc == 3 ? strtoul(argv[1], NULL, 0) << 20 : 0;
	int rounds = argc == 3 ? atoi(argv[2]) : 0;
	double *ratio = calloc(rounds > 0 ? rounds : 1, sizeof(*ratio));
	char *node[2];

	if (!half || rounds < 1 || !ratio) {
		fputs("usage: tiers MIB ROUNDS\n", stderr);
		return 2;
	}
	for (unsigned int i = 0; i < 2; i++) {
		node[i] = node_map(2 * half, i);
		if (node[i] == MAP_FAILED) {
			perror("tiers");
			return 1;
		}
	}
	rounds_run("tier_copy", copy_time, node, half, ratio, rounds);
	rounds_run("tier_read", read_time, node, half, ratio, rounds);
	return memcmp(node[0], node[1], 2 * half) != 0;
}
