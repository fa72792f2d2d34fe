// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process of dom0 that keeps hold of a guest's page until it is told to end (SIGTERM), for tests:
 * prints the page's first word, then, when it has been told, writes a word to the page, if it was
 * given one, and lets go.
 *   holdpage grant DOMAIN REFERENCE r|w [NUMBER VALUE]
 *   holdpage foreign DOMAIN GFN r|w [NUMBER VALUE]
 */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <xenforeignmemory.h>
#include <xengnttab.h>

static volatile uint64_t *page_hold(const char *how, uint32_t domain, uint64_t which, int prot)
{
	if (!strcmp(how, "grant")) {
		xengnttab_handle *grants = xengnttab_open(NULL, 0);

		return grants ? xengnttab_map_grant_ref(grants, domain, which, prot) : NULL;
	} else {
		xenforeignmemory_handle *memory = xenforeignmemory_open(NULL, 0);
		xen_pfn_t gfn = which;

		return memory ? xenforeignmemory_map(memory, domain, prot, 1, &gfn, NULL) : NULL;
	}
}

int main(int argc, char **argv)
{
	volatile uint64_t *page;
	sigset_t term;
	int got;

	if (argc != 5 && argc != 7) {
		fprintf(stderr,
			"usage: holdpage grant|foreign DOMAIN REFERENCE|GFN r|w [NUMBER VALUE]\n");
		return 2;
	}
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, NULL);
	page = page_hold(argv[1], strtoul(argv[2], NULL, 0), strtoul(argv[3], NULL, 0),
		*argv[4] == 'w' ? PROT_READ | PROT_WRITE : PROT_READ);
	if (!page) {
		perror("holdpage");
		return 1;
	}
	printf("%#llx\n", (unsigned long long)page[0]);
	fflush(stdout);
	sigwait(&term, &got);
	if (argc == 7)
		page[strtoul(argv[5], NULL, 0) % 512] = strtoull(argv[6], NULL, 0);
	return 0;
}
