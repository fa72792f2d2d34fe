// SPDX-License-Identifier: GPL-2.0-only
/*
 * The driver's BAD by hand, for tests: badctl SPA LENGTH [PAD]. Prints "added" or "known", or the
 * errno's name and the reason.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xen-pmem/pin.h>

int main(int argc, char **argv)
{
	struct xen_pmem_bad bad = { .added = 2 };
	int ctl = open(XEN_PMEM_PIN_DEVICE, O_RDWR | O_CLOEXEC);

	if (ctl < 0 || argc < 3) {
		fprintf(stderr, "badctl: cannot open " XEN_PMEM_PIN_DEVICE ", or wrong usage\n");
		return 2;
	}
	bad.spa = strtoull(argv[1], NULL, 0);
	bad.length = strtoull(argv[2], NULL, 0);
	bad.pad = argc > 3 ? atoi(argv[3]) : 0;
	if (!ioctl(ctl, XEN_PMEM_IOC_BAD, &bad)) {
		puts(bad.added == 1 ? "added" : bad.added ? "?" : "known");
		return 0;
	}
	printf("%s%s%s\n", strerrorname_np(errno), bad.reason[0] ? ": " : "", bad.reason);
	return 1;
}
