// SPDX-License-Identifier: GPL-2.0-only
/*
 * What stock Xen has for giving a guest memory of dom0's: allows the guest the frames of each
 * extent, then maps them. For comparison.
 * usage: stock DOMAIN GPA FILE     FILE: lines "SPA LENGTH". Prints how many calls that took.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <xenctrl.h>

static int extent_map(xc_interface *xc, uint32_t domain, uint64_t gfn, uint64_t mfn, uint64_t nr)
{
	int rc = xc_domain_iomem_permission(xc, domain, mfn, nr, 1);

	return rc ? rc : xc_domain_memory_mapping(xc, domain, gfn, mfn, nr, 1);
}

int main(int argc, char **argv)
{
	xc_interface *xc = xc_interface_open(NULL, NULL, 0);
	FILE *in = argc == 4 ? fopen(argv[3], "r") : NULL;
	unsigned long calls = 0;
	uint64_t gpa;
	long long spa, length;

	if (!xc || !in)
		return 2;
	gpa = strtoull(argv[2], NULL, 0);
	while (fscanf(in, "%lli %lli", &spa, &length) == 2) {
		if (extent_map(xc, atoi(argv[1]), gpa >> 12, spa >> 12, length >> 12)) {
			perror("stock");
			return 1;
		}
		gpa += length;
		calls += 2;
	}
	printf("calls=%lu\n", calls);
	return 0;
}
