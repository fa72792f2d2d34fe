// SPDX-License-Identifier: GPL-2.0-only
/*
 * Clears bad blocks for guests that ask for it in their scrub page (docs/design/tables.md). Nothing
 * wakes dom0 up when a guest writes there: it looks twice a second, where there is such a page.
 */
#include "monitor/clear.h"

#include <errno.h>
#include <time.h>

#include "host/holders.h"
#include "xen/domain.h"

#define LOOK_MS		500
#define GUESTS_MS	2000	/* guests come and go */
#define REFUSALS_S	60	/* between lines that a guest can bring about at will */

static xenpmem_handle *pmem;

static struct asker {
	uint32_t domid;
	uint64_t gpa;		/* of its scrub page, when it was last looked up */
} guests[XEN_PMEM_HOLDINGS];
static unsigned int nr_guests;

static bool guest_is_listed(uint32_t domid)
{
	unsigned int i;

	for (i = 0; i < nr_guests; i++)
		if (guests[i].domid == domid)
			return true;
	return false;
}

static void guests_list(void)
{
	struct xenpmem_holding holding;
	uint32_t i;
	uint64_t gpa;

	nr_guests = 0;
	for (i = 0; i < XEN_PMEM_HOLDINGS && !xenpmem_query_holding(pmem, i, &holding); i++)
		if (holding.state == XEN_PMEM_HOLDER_RUNNING && !guest_is_listed(holding.domid) &&
		    !xenpmem_guest_scrub(pmem, holding.domid, &gpa))
			guests[nr_guests++] = (struct asker){ holding.domid, gpa };
}

static void refusal_say(const struct inventory *inv, uint32_t domid)
{
	char name[DOMAIN_NAME_LEN];
	static time_t next;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec < next)
		return;
	next = now.tv_sec + REFUSALS_S;
	warn(domain_name(domid, name), "what it wants cleared is not: %s",
	     xenpmem_error(inv->pmem));
}

static void guest_clear(const struct inventory *inv, uint32_t domid)
{
	struct xenpmem_cleared done;
	char name[DOMAIN_NAME_LEN];
	int rc = xenpmem_guest_clear(inv->pmem, domid, &done);

	if (rc && rc != -ENOENT && rc != -EFAULT)
		refusal_say(inv, domid);
	if (done.bad)
		say("guest %s: pages with bad blocks are cleared for it: %u, from address %#llx\n",
		    domain_name(domid, name), done.bad, (unsigned long long)done.spa);
}

/* Under the lock: a guest gets no vNVDIMM, and loses none, meanwhile. */
static void guests_clear(void)
{
	struct inventory inv;
	unsigned int i;

	if (inventory_open_locked(&inv))
		return;
	for (i = 0; i < nr_guests; i++)
		if (xenpmem_guest_asks(inv.pmem, guests[i].domid, guests[i].gpa))
			guest_clear(&inv, guests[i].domid);
	inventory_close(&inv);
}

static bool any_asks(void)
{
	unsigned int i;

	for (i = 0; i < nr_guests; i++)
		if (xenpmem_guest_asks(pmem, guests[i].domid, guests[i].gpa))
			return true;
	return false;
}

static int clear_run(void *arg)
{
	static unsigned int rounds;

	(void)arg;
	if (!nr_guests || !(rounds++ % (GUESTS_MS / LOOK_MS)))
		guests_list();
	if (any_asks())
		guests_clear();
	return nr_guests ? LOOK_MS : GUESTS_MS;
}

int clear_add(struct loop *loop)
{
	const struct source source = { .name = "mailboxes", .fd = -1, .run = clear_run };

	pmem = xenpmem_open();
	if (!pmem)
		return refuse(NULL, "no memory");
	loop_add(loop, &source);
	return EXIT_DONE;
}
