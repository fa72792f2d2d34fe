// SPDX-License-Identifier: GPL-2.0-only
/*
 * pagemark write FILE SEED: writes to each page of FILE, a file or device, its number and the seed.
 * pagemark check FILE SEED: exits with 1 and names the first page that holds anything else.
 * pagemark fragment FILE OTHER PAGES: makes both, of single pages in turn, so that no two pages of
 * FILE lie beside each other; then writes FILE.
 * pagemark hold FILE SECONDS: maps it meanwhile.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE	4096
#define EACH	256	/* pages at once */

static uint64_t words[EACH][PAGE / 8];

static int bad(const char *what)
{
	fprintf(stderr, "pagemark: %s: %s\n", what, strerror(errno));
	return 2;
}

static void page_fill(uint64_t *page, uint64_t number, uint64_t seed)
{
	int i;

	for (i = 0; i < PAGE / 8; i++)
		page[i] = (number + 1) * 0x9e3779b97f4a7c15ull ^ seed << 32 ^ i;
}

static int mark(const char *path, uint64_t seed)
{
	int fd = open(path, O_RDWR), i, nr;
	off_t size, at;

	if (fd < 0)
		return bad(path);
	size = lseek(fd, 0, SEEK_END);
	for (at = 0; at < size; at += (off_t)nr * PAGE) {
		nr = (size - at) / PAGE < EACH ? (size - at) / PAGE : EACH;
		for (i = 0; i < nr; i++)
			page_fill(words[i], at / PAGE + i, seed);
		if (pwrite(fd, words, nr * PAGE, at) != nr * PAGE)
			return bad("write");
	}
	return fsync(fd) || close(fd) ? bad("fsync") : 0;
}

static int check(const char *path, uint64_t seed)
{
	static uint64_t want[PAGE / 8];
	int fd = open(path, O_RDONLY), i, nr;
	off_t size, at;

	if (fd < 0)
		return bad(path);
	size = lseek(fd, 0, SEEK_END);
	for (at = 0; at < size; at += (off_t)nr * PAGE) {
		nr = (size - at) / PAGE < EACH ? (size - at) / PAGE : EACH;
		if (pread(fd, words, nr * PAGE, at) != nr * PAGE)
			return bad("read");
		for (i = 0; i < nr; i++) {
			page_fill(want, at / PAGE + i, seed);
			if (memcmp(words[i], want, PAGE)) {
				printf("page %lld is not as it was marked\n",
					(long long)at / PAGE + i);
				return 1;
			}
		}
	}
	printf("%lld pages are right\n", (long long)size / PAGE);
	return size ? 0 : 1;
}

static int fragment(const char *path, const char *other, off_t pages)
{
	int a = open(path, O_RDWR | O_CREAT | O_EXCL, 0600),
	    b = open(other, O_RDWR | O_CREAT | O_EXCL, 0600);
	off_t i;

	if (a < 0 || b < 0)
		return bad("open");
	for (i = 0; i < pages; i++)
		if (fallocate(a, 0, i * PAGE, PAGE) || fallocate(b, 0, i * PAGE, PAGE))
			return bad("fallocate");
	close(a);
	close(b);
	return mark(path, 1);
}

static int hold(const char *path, unsigned int seconds)
{
	int fd = open(path, O_RDWR);
	char *at =
		fd < 0 ? MAP_FAILED : mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (at == MAP_FAILED)
		return bad(path);
	at[0] ^= 1;
	at[0] ^= 1;
	close(fd);
	puts("held");
	fflush(stdout);
	sleep(seconds);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "write"))
		return mark(argv[2], strtoull(argv[3], NULL, 0));
	if (argc == 4 && !strcmp(argv[1], "check"))
		return check(argv[2], strtoull(argv[3], NULL, 0));
	if (argc == 4 && !strcmp(argv[1], "hold"))
		return hold(argv[2], atoi(argv[3]));
	if (argc == 5 && !strcmp(argv[1], "fragment"))
		return fragment(argv[2], argv[3], atoll(argv[4]));
	return 2;
}
