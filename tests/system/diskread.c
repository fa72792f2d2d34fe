// SPDX-License-Identifier: GPL-2.0-only
/*
 * In the guest: diskread DISK MEMORY. Reads the disk's first 64 KiB straight into a mapping of the
 * device-DAX device, without the page cache.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#define ALIGN	(2ul << 20)
#define SIZE	(64u << 10)

int main(int argc, char **argv)
{
	int disk = argc == 3 ? open(argv[1], O_RDONLY | O_DIRECT) : -1;
	int memory = argc == 3 ? open(argv[2], O_RDWR) : -1;
	char *at = memory < 0 ? MAP_FAILED
			      : mmap(NULL, ALIGN, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);

	if (disk < 0 || at == MAP_FAILED || read(disk, at, SIZE) != SIZE) {
		perror("diskread");
		return 1;
	}
	return write(STDOUT_FILENO, at, SIZE) != SIZE;
}
