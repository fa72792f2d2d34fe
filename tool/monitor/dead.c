// SPDX-License-Identifier: GPL-2.0-only
/* Takes back what dead guests had. */
#include "monitor/dead.h"

#include <poll.h>

#include "host/reap.h"
#include "xen/domain.h"

#define RETRY_MS	1000	/* dom0's backends unmap a dead guest's pages in a moment */
#define RETRY_WARN	10	/* rounds before a warning, */
#define RETRY_LATER_MS	10000	/* and for pages that are still mapped then */

static struct xs_handle *watch;		/* NULL: it looks once */

static bool any_is_dead(const struct inventory *inv)
{
	unsigned int i;

	for (i = 0; i < inv->nr_holdings; i++)
		if (holding_is_dead(&inv->holdings[i]))
			return true;
	for (i = 0; i < inv->nr_pins; i++)
		if (domain_status(inv->pins[i].domid).state == DOMAIN_GONE)
			return true;
	return false;
}

/* Without the lock, as most guests that end have no vNVDIMM. */
static bool dead_look(void)
{
	struct inventory inv;
	bool found;

	if (inventory_open(&inv))
		return false;
	found = any_is_dead(&inv);
	inventory_close(&inv);
	return found;
}

/* A command may have taken it back since the look. */
static int dead_reap(unsigned int words)
{
	struct inventory inv;
	int rc = inventory_open_locked(&inv);

	if (rc)
		return rc;
	rc = reap_dead(&inv, words);
	inventory_close(&inv);
	return rc;
}

static int dead_run(void *arg)
{
	static unsigned int rounds;

	(void)arg;
	domain_watch_wait(watch, 0);
	if (!dead_look() ||
	    !dead_reap(++rounds == RETRY_WARN || !watch ? REAP_ALL : REAP_TAKEN)) {
		rounds = 0;
		return LOOP_NEVER;
	}
	if (!watch)
		return LOOP_FAILED;
	return rounds < RETRY_WARN ? RETRY_MS : RETRY_LATER_MS;
}

int dead_add(struct loop *loop, bool once)
{
	struct source source = { .name = "xenstore", .fd = -1, .events = POLLIN, .run = dead_run };

	watch = once ? NULL : domain_watch_open();
	if (!once && !watch)
		return refuse("xenstore", "it lets nobody watch for domains that end");
	if (watch)
		source.fd = domain_watch_fd(watch);
	loop_add(loop, &source);
	return EXIT_DONE;
}
