/* SPDX-License-Identifier: GPL-2.0-only */
/* Any file in the place of Xen's is read within its bounds, and what it gives is a build-id. */
#include "fuzz.h"
#include "xenimage.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct xen_pmem_build_id id = { .len = 0 };
	uint8_t *file = malloc(len + !len);

	memcpy(file, data, len);
	if (xen_image_id(file, len, &id))
		must(id.len && id.len <= sizeof(id.bytes));
	free(file);
	return 0;
}
