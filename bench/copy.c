// SPDX-License-Identifier: GPL-2.0-only
/*
 * In the guest: copy DEVICE MIB ROUNDS. Copies MIB from one half of a device-DAX mapping to the
 * other, and the same in anonymous memory, by turns; prints of all rounds' (time in RAM / time in
 * the mapping) the median and both quartiles.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define ALIGN (2ul << 20)

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

static char *device_map(const char *path, size_t len)
{
	int fd = open(path, O_RDWR);

	return fd < 0 ? MAP_FAILED : mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
}

/* On a 2 MiB boundary and in huge pages if the kernel has any, as the device's mapping is. */
static char *ram_map(size_t len)
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

static void rounds_run(char *pmem, char *ram, size_t half, double *ratio, int rounds)
{
	int i;

	for (i = 0; i < rounds; i++) {
		double in_ram, in_pmem;

		if (i & 1) {
			in_pmem = copy_time(pmem, half);
			in_ram = copy_time(ram, half);
		} else {
			in_ram = copy_time(ram, half);
			in_pmem = copy_time(pmem, half);
		}
		ratio[i] = in_ram / in_pmem;
	}
	qsort(ratio, rounds, sizeof(*ratio), by_value);
}

int main(int argc, char **argv)
{
	size_t half = argc == 4 ? strtoul(argv[2], NULL, 0) << 20 : 0;
	int rounds = argc == 4 ? atoi(argv[3]) : 0;
	double *ratio = calloc(rounds > 0 ? rounds : 1, sizeof(*ratio));
	char *pmem, *ram;

	if (!half || rounds < 1 || !ratio) {
		fputs("usage: copy DEVICE MIB ROUNDS\n", stderr);
		return 2;
	}
	pmem = device_map(argv[1], 2 * half);
	ram = ram_map(2 * half);
	if (pmem == MAP_FAILED || ram == MAP_FAILED) {
		perror(argv[1]);
		return 1;
	}
	memset(pmem, 0x5a, 2 * half);
	memset(ram, 0x5a, 2 * half);
	rounds_run(pmem, ram, half, ratio, rounds);
	printf("= copy %.3f %.3f %.3f\n", ratio[rounds / 2], ratio[rounds / 4],
		ratio[rounds * 3 / 4]);
	return memcmp(pmem, ram, 2 * half) != 0;
}
