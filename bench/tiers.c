// SPDX-License-Identifier: GPL-2.0-only
/*
 * In the guest: tiers MIB ROUNDS. Copies MIB from one half of anonymous memory on node 0 to the
 * other, and the same on node 1, by turns; then reads words at random places there; prints of all
 * rounds' (time on node 0 / time on node 1) the median and both quartiles, "= tier_copy ..." and
 * "= tier_read ...".
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "rounds.h"

#define BIND	2		/* MPOL_BIND of the kernel's mempolicy.h */
#define READS	500000

static volatile uint64_t sink;

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

/* Filled. */
static char *node_map(size_t len, unsigned int node)
{
	unsigned long mask = 1ul << node;
	char *at = memory_map(len);

	if (at == MAP_FAILED || syscall(SYS_mbind, at, len, BIND, &mask, 8 * sizeof(mask), 0))
		return MAP_FAILED;
	memset(at, 0x5a, len);
	return at;
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
