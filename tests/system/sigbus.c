// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigbus FILE: maps a file of three pages or more that is on an NVDIMM (DAX), says where its second
 * page is in memory ("break read 0x..."), and reads that page until SIGBUS says that it cannot be
 * read. Says what the signal said, and goes on: it writes the third page. Whoever starts it has the
 * machine check raised.
 *
 * No page is dirty at the signal: Linux 6.1 oopses when it writes one back that it has taken from
 * its own map (dax_writeback_mapping_range()), and calls a page dirty that was only read.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096
#define FRAME_MASK ((1ull << 55) - 1)

static sigjmp_buf after;
static siginfo_t said;

static void die(const char *what)
{
	fprintf(stderr, "sigbus: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* /proc/self/pagemap: a word for each page, of which 55 bits are the frame's number. */
static uint64_t frame_of(const volatile char *at)
{
	int fd = open("/proc/self/pagemap", O_RDONLY);
	uint64_t word;

	if (fd < 0 || pread(fd, &word, 8, (uintptr_t)at / PAGE * 8) != 8)
		die("pagemap");
	close(fd);
	return word & FRAME_MASK;
}

static void signal_take(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	said = *info;
	siglongjmp(after, 1);
}

static const char *code_name(int code)
{
	return code == BUS_MCEERR_AR ? "MCEERR_AR" : code == BUS_MCEERR_AO ? "MCEERR_AO" : "other";
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_sigaction = signal_take, .sa_flags = SA_SIGINFO };
	int fd = argc == 2 ? open(argv[1], O_RDWR) : -1;
	volatile char *file, *page;

	if (fd < 0)
		die("open");
	file = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (file == MAP_FAILED || sigaction(SIGBUS, &action, NULL))
		die("mmap");
	page = file + PAGE;
	if (!sigsetjmp(after, 1)) {
		(void)*page;
		if (msync((char *)file, 3 * PAGE, MS_SYNC))
			die("msync");
		printf("break read %#llx\n", (unsigned long long)frame_of(page) * PAGE);
		fflush(stdout);
		for (;;)
			(void)*page;
	}
	printf("SIGBUS %s at byte %td, 1 << %d bytes\n", code_name(said.si_code),
	       (char *)said.si_addr - (char *)file, said.si_addr_lsb);
	file[2 * PAGE] = 'w';
	if (msync((char *)file + 2 * PAGE, PAGE, MS_SYNC))
		die("msync");
	printf("it goes on\n");
	return 0;
}
