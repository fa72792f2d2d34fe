// SPDX-License-Identifier: GPL-2.0-only
/*
 * The driver's BAD and CLEAR by hand, for tests: badctl [look|clear] SPA LENGTH [PAD]. Prints
 * "added" or "known", or how many bytes were bad; or the errno's name and the reason.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xen-pmem/pin.h>

static int failed(const char *reason)
{
	printf("%s%s%s\n", strerrorname_np(errno), reason[0] ? ": " : "", reason);
	return 1;
}

static int bytes_clear(int ctl, struct xen_pmem_clear clear)
{
	if (ioctl(ctl, XEN_PMEM_IOC_CLEAR, &clear))
		return failed(clear.reason);
	printf("%llu\n", (unsigned long long)clear.bad);
	return 0;
}

static int bytes_add(int ctl, struct xen_pmem_bad bad)
{
	if (ioctl(ctl, XEN_PMEM_IOC_BAD, &bad))
		return failed(bad.reason);
	puts(bad.added == 1 ? "added" : bad.added ? "?" : "known");
	return 0;
}

int main(int argc, char **argv)
{
	bool look = argc > 1 && !strcmp(argv[1], "look");
	bool clear = look || (argc > 1 && !strcmp(argv[1], "clear"));
	int ctl = open(XEN_PMEM_PIN_DEVICE, O_RDWR | O_CLOEXEC);
	unsigned long long spa, length;
	uint32_t pad;

	argv += clear;
	argc -= clear;
	if (ctl < 0 || argc < 3) {
		fprintf(stderr, "badctl: cannot open " XEN_PMEM_PIN_DEVICE ", or wrong usage\n");
		return 2;
	}
	spa = strtoull(argv[1], NULL, 0);
	length = strtoull(argv[2], NULL, 0);
	pad = argc > 3 ? atoi(argv[3]) : 0;
	if (clear)
		return bytes_clear(ctl, (struct xen_pmem_clear){ spa, length, 9, look, pad, "" });
	return bytes_add(ctl, (struct xen_pmem_bad){ spa, length, 2, pad, "" });
}
