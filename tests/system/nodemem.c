// SPDX-License-Identifier: GPL-2.0-only
/*
 * In a guest whose RAM is on several NUMA nodes, and on the test's machine, which looks for what
 * the guest left: words that hold a seed and their own place.
 *   nodemem bind NODE COMMAND...   runs it with all of its memory, page tables included, there
 *   nodemem fill MIB SEED          fills anonymous memory, and prints "right N wrong N nodes N N":
 *                                  words, and pages by node
 *   nodemem hold MIB SEED          the same, and then again for each line that it reads
 *   nodemem tables COUNT           prints "right N wrong N": has a page table for each of COUNT
 *                                  pages of its own, and reads them all back
 *   nodemem find FILE SEED [FROM COUNT]   prints how many words of that seed are in the file, or in
 *                                  so many MiB of it
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE		4096ul
#define WORDS		(PAGE / 8)	/* of a page */
#define TABLE		(2ul << 20)	/* what one page table covers */
#define NODES		2
#define BIND		2		/* MPOL_BIND of the kernel's mempolicy.h */
#define QUERY		512		/* pages at once */
#define BUFFER		(1ul << 20)

static int bad(const char *what)
{
	fprintf(stderr, "nodemem: %s: %s\n", what, strerror(errno));
	return 2;
}

static uint64_t word_of(uint64_t seed, size_t place)
{
	return seed << 32 | (uint32_t)place;
}

static void words_fill(uint64_t *at, size_t nr, uint64_t seed)
{
	for (size_t i = 0; i < nr; i++)
		at[i] = word_of(seed, i);
}

static size_t words_right(const uint64_t *at, size_t nr, uint64_t seed)
{
	size_t right = 0;

	for (size_t i = 0; i < nr; i++)
		right += at[i] == word_of(seed, i);
	return right;
}

/*
 * Which nodes the pages are on; nothing is moved. A page that NUMA balancing has unmapped, to see
 * who uses it, counts only after a touch.
 */
static int nodes_count(volatile char *at, size_t len, unsigned long *count)
{
	const volatile void *page[QUERY];
	int node[QUERY];

	memset(count, 0, NODES * sizeof(*count));
	for (size_t i = 0; i < len / PAGE; i += QUERY) {
		for (int j = 0; j < QUERY; j++) {
			page[j] = at + (i + j) * PAGE;
			(void)at[(i + j) * PAGE];
		}
		if (syscall(SYS_move_pages, 0, QUERY, page, NULL, node, 0) < 0)
			return bad("move_pages");
		for (int j = 0; j < QUERY; j++)
			if (node[j] >= 0 && node[j] < NODES)
				count[node[j]]++;
	}
	return 0;
}

static void *memory_map(size_t len)
{
	return mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		-1, 0);
}

static int round_print(char *at, size_t len, uint64_t seed)
{
	size_t right = words_right((uint64_t *)at, len / 8, seed);
	unsigned long count[NODES];

	if (nodes_count(at, len, count))
		return 2;
	printf("right %zu wrong %zu nodes %lu %lu\n", right, len / 8 - right, count[0], count[1]);
	fflush(stdout);
	return right != len / 8;
}

static int fill(size_t mib, uint64_t seed, int held)
{
	size_t len = mib << 20;
	char *at = memory_map(len);
	int rc;

	if (at == MAP_FAILED)
		return bad("mmap");
	words_fill((uint64_t *)at, len / 8, seed);
	rc = round_print(at, len, seed);
	while (held && !rc && getchar() != EOF)
		rc = round_print(at, len, seed);
	return rc;
}

static int tables(size_t nr)
{
	char *at = memory_map((nr + 1) * TABLE);
	size_t right = 0;

	if (at == MAP_FAILED)
		return bad("mmap");
	madvise(at, (nr + 1) * TABLE, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < nr; i++)
		*(size_t *)(at + i * TABLE) = i;
	for (size_t i = 0; i < nr; i++)
		right += *(size_t *)(at + i * TABLE) == i;
	printf("right %zu wrong %zu\n", right, nr - right);
	fflush(stdout);
	getchar();
	return right != nr;
}

static int bind_run(unsigned int node, char **command)
{
	unsigned long mask = 1ul << node;

	if (syscall(SYS_set_mempolicy, BIND, &mask, 8 * sizeof(mask)))
		return bad("set_mempolicy");
	execvp(command[0], command);
	return bad(command[0]);
}

/* A word of the pattern lies in its page where its place says: pages are filled from a page on. */
static size_t words_found(const uint64_t *at, size_t nr, uint64_t seed)
{
	size_t found = 0;

	for (size_t i = 0; i < nr; i++)
		found += at[i] >> 32 == seed && at[i] % WORDS == i % WORDS;
	return found;
}

/* Passes over what a sparse file has nothing of. */
static int find(const char *path, uint64_t seed, off_t at, off_t end)
{
	int fd = open(path, O_RDONLY);
	uint64_t *buffer = malloc(BUFFER);
	size_t found = 0;
	ssize_t got;

	if (fd < 0 || !buffer)
		return bad(path);
	while ((at = lseek(fd, at, SEEK_DATA)) >= 0 && at < end) {
		at -= at % (off_t)PAGE;
		got = pread(fd, buffer, end - at < (off_t)BUFFER ? end - at : (off_t)BUFFER, at);
		if (got <= 0)
			break;
		found += words_found(buffer, got / 8, seed);
		at += got;
	}
	printf("%zu\n", found);
	return 0;
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";

	if (argc > 3 && !strcmp(verb, "bind"))
		return bind_run(atoi(argv[2]), argv + 3);
	if (argc == 4 && (!strcmp(verb, "fill") || !strcmp(verb, "hold")))
		return fill(strtoul(argv[2], NULL, 0), strtoul(argv[3], NULL, 0), verb[0] == 'h');
	if (argc == 3 && !strcmp(verb, "tables"))
		return tables(strtoul(argv[2], NULL, 0));
	if (argc == 4 && !strcmp(verb, "find"))
		return find(argv[2], strtoul(argv[3], NULL, 0), 0, INT64_MAX);
	if (argc == 6 && !strcmp(verb, "find"))
		return find(argv[2], strtoul(argv[3], NULL, 0), atol(argv[4]) << 20,
			(atol(argv[4]) + atol(argv[5])) << 20);
	fprintf(stderr, "usage: nodemem bind|fill|hold|tables|find ...\n");
	return 2;
}
