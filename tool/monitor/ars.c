// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tells guests that run of the pages that they have lost by a machine check: the next scrub of such
 * a guest finds them (docs/design/tables.md).
 */
#include "monitor/ars.h"

#include <errno.h>

#include "core/crc32c.h"
#include "host/holders.h"
#include "xen/domain.h"

#define LOOK_MS		2000

static xenpmem_handle *pmem;

/* A number that changes when Xen notes another page. */
static uint32_t notes_sum(void)
{
	struct xenpmem_media_error media;
	uint32_t sum = 0, i;

	for (i = 0; !xenpmem_query_media(pmem, i, &media); i++) {
		sum = crc32c(sum, &media.spa, sizeof(media.spa));
		sum = crc32c(sum, &media.errors, sizeof(media.errors));
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
static int guests_tell(void)
{
	struct inventory inv;
	unsigned int i;
	int rc = inventory_open_locked(&inv);

	if (rc)
		return rc;
	for (i = 0; i < inv.nr_holdings; i++)
		if (holding_is_first(&inv, i) &&
		    inv.holdings[i].state == XEN_PMEM_HOLDER_RUNNING)
			guest_tell(&inv, inv.holdings[i].domid);
	inventory_close(&inv);
	return EXIT_DONE;
}

static int ars_run(void *arg)
{
	static uint32_t known;
	uint32_t sum = notes_sum();

	(void)arg;
	if (sum != known && guests_tell())
		return LOOP_FAILED;
	known = sum;
	return LOOK_MS;
}

int ars_add(struct loop *loop)
{
	const struct source source = { .name = "scrub pages", .fd = -1, .run = ars_run };

	pmem = xenpmem_open();
	if (!pmem)
		return refuse(NULL, "no memory");
	loop_add(loop, &source);
	return EXIT_DONE;
}
