// SPDX-License-Identifier: GPL-2.0-only
/* xen-pmem release: takes pages back from dead guests, and repairs what a killed create left. */
#include <string.h>

#include "xen/domain.h"
#include "guest/orphans.h"
#include "host/handover.h"
#include "host/pool_clean.h"
#include "host/reap.h"
#include "verbs/verb.h"

enum { RELEASE_ERASE };

struct request {
	const char *name;	/* of the guest; NULL: all dead guests */
	uint32_t domid;		/* of that guest */
	bool erase, dry_run;
	bool clean_later;	/* pools have slots to erase */
	/* The plan: the namespaces to erase, and their locks, which are -1 in a dry run. */
	uint8_t uuids[XEN_PMEM_HOLDINGS][16];
	int locks[XEN_PMEM_HOLDINGS];
	unsigned int nr;
};

static const uint32_t *request_domid(const struct request *request)
{
	return request->name ? &request->domid : NULL;
}

/* Only a guest that is gone can be asked for. */
static int guest_look(struct request *request)
{
	struct domain_status status;
	char text[DOMAIN_NAME_LEN];

	if (!request->name)
		return EXIT_DONE;
	if (!domain_find(request->name, &request->domid))
		return refuse(request->name, "no such guest");
	status = domain_status(request->domid);
	if (status.state == DOMAIN_GONE)
		return EXIT_DONE;
	return refuse(domain_name(request->domid, text),
		      status.state == DOMAIN_SHUTDOWN ?
			      "shut down, but not destroyed; run xl destroy first" :
		      status.state == DOMAIN_UNBORN ?
			      "not started yet; xl destroy ends it" :
			      "still running; what it has can be taken back when it has "
			      "ended");
}

/* Labels go with their namespace, and pools are erased all the same. */
static bool holding_is_wanted(const struct inventory *inv, const struct xenpmem_holding *holding,
			      const struct request *request)
{
	if (inventory_is_labels(inv, holding->uuid) || inventory_is_pool(inv, holding->uuid))
		return false;
	return request->name ? holding->domid == request->domid : holding_is_dead(holding);
}

/* A guest may have two parts of one namespace. */
static bool erase_is_planned(const struct request *request, const uint8_t uuid[16])
{
	unsigned int i;

	for (i = 0; i < request->nr; i++)
		if (!memcmp(request->uuids[i], uuid, 16))
			return true;
	return false;
}

/* Before the pages are taken back: afterwards Xen no longer reports whose they were. */
static void erases_plan(const struct inventory *inv, struct request *request)
{
	const struct xenpmem_holding *holding;

	for (holding = inv->holdings; holding < inv->holdings + inv->nr_holdings; holding++) {
		if (!holding_is_wanted(inv, holding, request) ||
		    erase_is_planned(request, holding->uuid))
			continue;
		request->locks[request->nr] = -1;
		memcpy(request->uuids[request->nr++], holding->uuid, 16);
	}
}

static int pages_release(struct inventory *inv, const struct request *request)
{
	const uint32_t *domid = request_domid(request);
	int rc;

	if (request->dry_run)
		rc = reap_foresee(inv, domid);
	else
		rc = domid ? reap_domain(inv, *domid, false) : reap_dead(inv, REAP_ALL);
	if (rc < 0)
		return domid ? refuse(request->name, "this guest has no vNVDIMM") : EXIT_DONE;
	return rc;
}

/* dom0's are not erased. The lock is dropped with the others. */
static int range_lock(struct inventory *inv, struct request *request, unsigned int i)
{
	const uint8_t *uuid = request->uuids[i];

	if (request->dry_run)
		return namespace_check_unlocked(inventory_name(inv, uuid), uuid);
	request->locks[i] = namespace_lock(inventory_name(inv, uuid), uuid);
	return request->locks[i] < 0 ? EXIT_REFUSED : EXIT_DONE;
}

static int range_erase(struct inventory *inv, const struct request *request, unsigned int i)
{
	const struct xenpmem_namespace *ns;
	const uint8_t *uuid = request->uuids[i];
	int rc = request->dry_run ? handover_erase_check(inv, uuid) :
				    handover_erase_locked(inv, uuid);

	ns = inventory_find_uuid(inv, uuid);
	if (!rc && ns)
		namespace_report(ns, !request->dry_run, "erased", "%serased",
				 request->dry_run ? "would be " : "");
	return rc;
}

/*
 * Takes all locks before the first erase: during the erases no guest may get another guest's data.
 */
static int ranges_erase(struct inventory *inv, struct request *request)
{
	bool left_out[XEN_PMEM_HOLDINGS];
	int rc = EXIT_DONE;
	unsigned int i;

	for (i = 0; i < request->nr; i++) {
		left_out[i] = inventory_is_host(inv, request->uuids[i]);
		if (left_out[i]) {
			warn(inventory_name(inv, request->uuids[i]), "dom0 has the guest's files "
			     "and devices back; they are not erased");
		} else if (range_lock(inv, request, i)) {
			left_out[i] = true;
			rc = EXIT_REFUSED;
		}
	}
	for (i = 0; i < request->nr; i++)
		if (!left_out[i] && range_erase(inv, request, i))
			rc = EXIT_REFUSED;
	for (i = 0; i < request->nr; i++)
		if (request->locks[i] >= 0)
			namespace_unlock(request->locks[i], request->uuids[i]);
	return rc;
}

static int pool_ask_dirty(struct inventory *inv, struct pool *pool, void *arg)
{
	struct request *request = arg;

	request->clean_later |= pool_dirty_bytes(inv, pool) != 0;
	return EXIT_DONE;
}

static int release(struct inventory *inv, void *arg)
{
	struct request *request = arg;
	int rc;

	if (inv->no_extension[0])
		return refuse("extension", "%s", inv->no_extension);
	rc = guest_look(request);
	if (rc)
		return rc;
	if (request->erase)
		erases_plan(inv, request);
	rc = pages_release(inv, request);
	if (!rc)
		rc = ranges_erase(inv, request);
	return rc || request->dry_run ? rc : pools_each(inv, false, pool_ask_dirty, request);
}

static int release_run(struct arguments *args)
{
	struct request request = {
		.name = args->nr ? args->operands[0] : NULL,
		.erase = args->option[RELEASE_ERASE],
		.dry_run = args->dry_run,
	};
	int rc = dom0_need();

	if (rc)
		return rc;
	if (request.dry_run)
		orphans_report();
	else
		orphans_reap();
	rc = inventory_run(INVENTORY_CHANGE, release, &request);
	if (request.clean_later)
		pools_clean_later();
	return rc;
}

const struct verb verb_release = {
	.run = release_run,
	.usage = {
		.name = "release",
		.synopsis = "[--erase] [DOMAIN]",
		.summary = "take back what is assigned to dead guests",
		.help = "It is needed for a guest that got its vNVDIMMs by attach, that was "
			"started with create -e, or whose xen-pmem create was killed. dom0 "
			"gets the files and devices back that were pinned for the guest.\n"
			"DOMAIN is a number, for a dead guest has lost its name. Without it: "
			"all dead guests.",
		.options = {
			[RELEASE_ERASE] = { "erase", 0, NULL, "write zeros over it afterwards, "
					    "as xen-pmem erase does" },
		},
		.operands = { 0, 1, "one guest at most" },
		.json = "namespaces files guests",
		.changes = true,
		.can_dry_run = true,
	},
};
