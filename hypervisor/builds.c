// SPDX-License-Identifier: GPL-2.0-only
/* Which of the payload's layouts is the running Xen's. */
#include "builds.h"

const struct xen_pmem_layout *build;

bool build_is_of_series(const struct xen_pmem_layout *b)
{
	const uint32_t minor = (b->version[2] - '0') * 10u + b->version[3] - '0';

	return b->version[0] && minor >= payload_minors[0] && minor <= payload_minors[1];
}

static bool id_is(const struct xen_pmem_build_id *id, const void *bytes, unsigned int len)
{
	return len && id->len == len && !memcmp(id->bytes, bytes, len);
}

const struct xen_pmem_layout *build_by_id(void)
{
	const struct xen_pmem_layout *b;
	const void *id;
	unsigned int len, i;

	if (xen_build_id(&id, &len) || len > sizeof(builds->id[0].bytes))
		return NULL;
	for (i = 0; i < XEN_PMEM_LAYOUTS_MAX; i++) {
		b = &builds[i];
		if (b->version[0] && (id_is(&b->id[0], id, len) || id_is(&b->id[1], id, len)))
			return b;
	}
	return NULL;
}
