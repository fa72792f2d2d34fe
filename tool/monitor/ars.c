// SPDX-License-Identifier: GPL-2.0-only
/* Writes the scrub pages of guests that run. */
#include "monitor/ars.h"

#include <errno.h>

#include "core/crc32c.h"
#include "host/holders.h"
#include "xen/domain.h"

/* A number that changes when another page is gone from its guest's map; 0: none is. */
static uint32_t gone_sum(xenpmem_handle *pmem)
{
	struct xenpmem_media_error media;
	uint32_t sum = 0, i;

	for (i = 0; !xenpmem_query_media(pmem, i, &media); i++) {
		if (media.outcome != XEN_PMEM_MEDIA_GUEST_TOLD &&
		    media.outcome != XEN_PMEM_MEDIA_TAKEN)
			continue;
		sum = crc32c(sum, &media.spa, sizeof(media.spa));
		sum = crc32c(sum, &media.domid, sizeof(media.domid));
	}
	return sum;
}

static void guest_tell(const struct inventory *inv, uint32_t domid)
{
	char name[DOMAIN_NAME_LEN];
	bool changed;
	int rc = xenpmem_guest_tell_bad(inv->pmem, domid, &changed);

	if (rc && rc != -ENOENT)
		warn(domain_name(domid, name), "it cannot be told of bad blocks: %s",
		     xenpmem_error(inv->pmem));
	if (changed)
		say("guest %s: its next scrub finds what it has lost\n",
		    domain_name(domid, name));
}

/* Under the lock: attach writes the guest's list too. */
int guests_tell(xenpmem_handle *pmem)
{
	static uint32_t told;
	const uint32_t sum = gone_sum(pmem);
	struct inventory inv;
	unsigned int i;

	if (sum == told)
		return EXIT_DONE;
	if (inventory_open_locked(&inv))
		return EXIT_REFUSED;
	for (i = 0; i < inv.nr_holdings; i++)
		if (holding_is_first(&inv, i) &&
		    inv.holdings[i].state == XEN_PMEM_HOLDER_RUNNING)
			guest_tell(&inv, inv.holdings[i].domid);
	inventory_close(&inv);
	told = sum;
	return EXIT_DONE;
}
