// SPDX-License-Identifier: GPL-2.0-only
/*
 * In the guest: copy DEVICE MIB ROUNDS. Copies MIB from one half of a device-DAX mapping to the
 * other, and the same in anonymous memory, by turns; prints of all rounds' (time in RAM / time in
 * the mapping) the median and both quartiles.
 */
#define _GNU_SOURCE
#include <fcntl.h>

#include "rounds.h"

static char *device_map(const char *path, size_t len)
{
	int fd = open(path, O_RDWR);

	return fd < 0 ? MAP_FAILED : mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
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
	ram = memory_map(2 * half);
	if (pmem == MAP_FAILED || ram == MAP_FAILED) {
		perror(argv[1]);
		return 1;
	}
	memset(pmem, 0x5a, 2 * half);
	memset(ram, 0x5a, 2 * half);
	rounds_run("copy", copy_time, (char *const[2]){ ram, pmem }, half, ratio, rounds);
	return memcmp(pmem, ram, 2 * half) != 0;
}
