// SPDX-License-Identifier: GPL-2.0-only
/* xen-pmem stop-all: asks each guest that has a vNVDIMM to shut down, and waits for them. */
#include <stdlib.h>
#include <time.h>

#include "host/guest_lock.h"
#include "ui/json.h"
#include "host/inventory.h"
#include "verbs/verb.h"

#define LOOK_MS		1000	/* Xen reports a shutdown, but not what the keeper does then */
#define TIMEOUT_S	"300"
#define SECONDS_MAX	1000000

struct guests {
	uint32_t domids[XEN_PMEM_HOLDINGS];
	unsigned int nr;
};

static bool guest_listed(const struct guests *g, uint32_t domid)
{
	unsigned int i;

	for (i = 0; i < g->nr; i++)
		if (g->domids[i] == domid)
			return true;
	return false;
}

/* The guests that run, or could. */
static void guests_find(struct guests *g)
{
	struct inventory inv = { .pmem = pmem_open() };
	const struct xenpmem_holding *list = inv.holdings;
	unsigned int i;

	g->nr = 0;
	inventory_read(&inv);
	for (i = 0; i < inv.nr_holdings; i++)
		if (domain_status(list[i].domid).state == DOMAIN_ALIVE &&
		    !guest_listed(g, list[i].domid))
			g->domids[g->nr++] = list[i].domid;
	xenpmem_close(inv.pmem);
}

/* It has shut down, and its keeper is done with it. */
static bool guest_is_done(uint32_t domid)
{
	struct domain_status status = domain_status(domid);
	struct guest_lock_note note;

	if (status.state != DOMAIN_SHUTDOWN)
		return status.state == DOMAIN_GONE;
	guest_lock_read(status.uuid, &note);
	return note.preserve || !guest_lock_is_held(status.uuid);
}

static void guests_strike(struct guests *g)
{
	unsigned int i, left = 0;

	for (i = 0; i < g->nr; i++)
		if (!guest_is_done(g->domids[i]))
			g->domids[left++] = g->domids[i];
	g->nr = left;
}

static void stopped_tell(const struct guests *asked, const struct guests *left)
{
	json_object *item;
	unsigned int i;

	for (i = 0; i < asked->nr; i++) {
		item = json_item("guests");
		json_number(item, "domain", asked->domids[i]);
		json_flag(item, "stopped", !guest_listed(left, asked->domids[i]));
		json_changed();
	}
}

static int guests_show(void)
{
	char name[DOMAIN_NAME_LEN];
	struct guests g;
	unsigned int i;

	guests_find(&g);
	for (i = 0; i < g.nr; i++)
		say("guest %s: would be asked to shut down\n", domain_name(g.domids[i], name));
	return EXIT_DONE;
}

static int guests_stop(unsigned long seconds)
{
	struct xs_handle *watch = domain_watch_open();
	time_t until = time(NULL) + seconds;
	char name[DOMAIN_NAME_LEN];
	struct guests g, asked;
	unsigned int i;

	guests_find(&g);
	asked = g;
	for (i = 0; i < g.nr; i++)
		domain_ask_shutdown(g.domids[i]);
	for (guests_strike(&g); g.nr && time(NULL) < until; guests_strike(&g))
		domain_watch_wait(watch, LOOK_MS);
	domain_watch_close(watch);
	stopped_tell(&asked, &g);
	for (i = 0; i < g.nr; i++)
		refuse(domain_name(g.domids[i], name), "has not shut down in %lu s", seconds);
	return g.nr ? EXIT_REFUSED : EXIT_DONE;
}

enum { STOP_ALL_TIMEOUT };

static int stop_all_run(struct arguments *args)
{
	const char *timeout = args->option[STOP_ALL_TIMEOUT];
	unsigned long seconds;
	char *end;
	int rc;

	if (!timeout)
		timeout = TIMEOUT_S;
	seconds = strtoul(timeout, &end, 10);
	if (!timeout[0] || *end || seconds > SECONDS_MAX)
		return usage_wrong(args->usage, "--timeout takes seconds, not %s", timeout);
	rc = dom0_need();
	if (rc)
		return rc;
	return args->dry_run ? guests_show() : guests_stop(seconds);
}

const struct verb verb_stop_all = {
	.run = stop_all_run,
	.usage = {
		.name = "stop-all",
		.synopsis = "[--timeout=SECONDS]",
		.summary = "shut down all guests that have vNVDIMMs, and wait for them",
		.help = "It asks the guests. A guest that has not shut down in time is named "
			"and goes on; the exit status is 1 then.",
		.options = {
			[STOP_ALL_TIMEOUT] = { "timeout", 0, "SECONDS", "wait so long; " TIMEOUT_S
					       " by default" },
		},
		.operands = { 0, 0, "no operand" },
		.json = "guests",
		.changes = true,
		.can_dry_run = true,
	},
};
