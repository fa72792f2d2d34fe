// SPDX-License-Identifier: GPL-2.0-only
/*
 * In dom0 or a guest: edu SRC DST. QEMU's edu device copies half a page from one physical address
 * to the other: DMA as a device asks for it.
 */
#include <fcntl.h>
#include <glob.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define EDU_ID		"0x11e8\n"
#define EDU_BUFFER	0x40000		/* in the device's own address space */
#define EDU_SIZE	2048		/* half of it: QEMU 7.2 dies of a whole buffer */
#define EDU_SOURCE	0x80
#define EDU_TARGET	0x88
#define EDU_COUNT	0x90
#define EDU_COMMAND	0x98
#define EDU_START	1
#define EDU_TO_MEMORY	2

#define PCI_COMMAND	4
#define PCI_MEMORY_MASTER 6

static char folder[256];

static int file_open(const char *name)
{
	char path[300];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return open(path, O_RDWR);
}

static int edu_find(void)
{
	char id[16] = "";
	glob_t all;
	size_t i;
	int fd;

	if (glob("/sys/bus/pci/devices/*/device", 0, NULL, &all))
		return -1;
	for (i = 0; i < all.gl_pathc; i++) {
		fd = open(all.gl_pathv[i], O_RDONLY);
		if (fd < 0 || read(fd, id, sizeof(id) - 1) < 0)
			return -1;
		close(fd);
		if (strcmp(id, EDU_ID))
			continue;
		snprintf(folder, sizeof(folder), "%.*s",
			(int)(strlen(all.gl_pathv[i]) - strlen("/device")), all.gl_pathv[i]);
		return 0;
	}
	return -1;
}

/* Xen takes the right to DMA from a device that has had too many faults. */
static int edu_enable(void)
{
	uint16_t command;
	int fd = file_open("enable");

	if (fd < 0 || write(fd, "1", 1) < 0)
		return -1;
	close(fd);
	fd = file_open("config");
	if (fd < 0 || pread(fd, &command, 2, PCI_COMMAND) != 2)
		return -1;
	command |= PCI_MEMORY_MASTER;
	return pwrite(fd, &command, 2, PCI_COMMAND) == 2 ? 0 : -1;
}

static void edu_transfer(volatile char *edu, uint64_t from, uint64_t to, uint64_t command)
{
	*(volatile uint64_t *)(edu + EDU_SOURCE) = from;
	*(volatile uint64_t *)(edu + EDU_TARGET) = to;
	*(volatile uint64_t *)(edu + EDU_COUNT) = EDU_SIZE;
	*(volatile uint64_t *)(edu + EDU_COMMAND) = command | EDU_START;
	while (*(volatile uint64_t *)(edu + EDU_COMMAND) & EDU_START)
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
}

int main(int argc, char **argv)
{
	volatile char *edu;

	if (argc != 3 || edu_find() || edu_enable()) {
		fprintf(stderr, "usage: edu SRC DST; or no such device\n");
		return 2;
	}
	edu = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED, file_open("resource0"), 0);
	if (edu == MAP_FAILED) {
		perror(folder);
		return 2;
	}
	edu_transfer(edu, strtoull(argv[1], NULL, 0), EDU_BUFFER, 0);
	edu_transfer(edu, EDU_BUFFER, strtoull(argv[2], NULL, 0), EDU_TO_MEMORY);
	return 0;
}
