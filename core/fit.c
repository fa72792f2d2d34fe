/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/* Lays out the FIT pages of a guest. */
#include "fit.h"

#define COPY_AT		16u
#define COPY_EACH	4096u
#define COPY_ROOM	0x900u	/* acpi/plug.asl's FIT_ROOM */

_Static_assert(FIT_SIZE == 2 * COPY_EACH, "two copies");
_Static_assert(VNVDIMMS_MAX * (sizeof(struct nfit_spa_range) + sizeof(struct nfit_region_mapping) +
			       sizeof(struct nfit_control_region)) +
	       sizeof(struct nfit_platform_capabilities) <= COPY_ROOM, "_FIT reads all of them");

unsigned int fit_copy_free(uint32_t word)
{
	return word >> 16 < COPY_EACH;
}

uint32_t fit_copy_put(uint8_t pages[FIT_SIZE], unsigned int copy, const struct vnvdimm *v,
		      unsigned int nr, const struct nfit_capabilities *caps)
{
	const uint32_t at = (copy ? COPY_EACH : 0) + COPY_AT;
	uint8_t table[NFIT_MAX];
	size_t size;

	size = nfit_build(v, nr, caps, table, sizeof(table));
	if (!size)
		return 0;
	size -= sizeof(struct nfit_table);
	memcpy(pages + at, table + sizeof(struct nfit_table), size);
	return at << 16 | (uint32_t)size;
}
