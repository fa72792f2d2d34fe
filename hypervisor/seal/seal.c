// SPDX-License-Identifier: GPL-2.0-only
/* Run by the build: takes a payload on standard input, hands it on with its seal behind it. */
#include <stdio.h>

#include "crc32c.h"
#include "xen-pmem/payload.h"

int main(void)
{
	struct xen_pmem_seal seal = { .magic = XEN_PMEM_SEAL_MAGIC };
	char buf[4096];
	size_t len;

	while ((len = fread(buf, 1, sizeof(buf), stdin))) {
		seal.crc = crc32c(seal.crc, buf, len);
		fwrite(buf, 1, len, stdout);
	}
	fwrite(&seal, sizeof(seal), 1, stdout);
	return ferror(stdin) || fflush(stdout) || ferror(stdout);
}
