// SPDX-License-Identifier: GPL-2.0-only
/* xen-pmem release: takes pages back from dead guests, and repairs what a killed create left. */
#include <string.h>

#include "xen/domain.h"
#include "guest/orphans.h"
#include "host/handover.h"
#include "host/reap.h"
#include "verbs/verb.h"

static void erased_tell(struct inventory *inv, const uint8_t uuid[16])
{
	const struct xenpmem_namespace *ns = inventory_find_uuid(inv, uuid);

	if (ns)
		namespace_report(ns, true, "erased", "erased");
}

/* Whether it is one of those that are to be erased: labels go with their namespace. */
static bool holding_wanted(const struct inventory *inv, const struct xenpmem_holding *holding,
			   const uint32_t *domid)
{
	if (inventory_is_labels(inv, holding->uuid))
		return false;
	return domid ? holding->domid == *domid : holding_is_dead(holding);
}

/* dom0's are not erased. false: refused. */
static bool range_lock(struct inventory *inv, const uint8_t uuid[16], int *lock)
{
	*lock = -1;
	if (inventory_is_host(inv, uuid)) {
		warn(inventory_name(inv, uuid), "dom0 has the guest's files and devices back; they "
		     "are not erased");
		return true;
	}
	*lock = namespace_lock(inventory_name(inv, uuid), uuid);
	return *lock >= 0;
}

static int range_erase(struct inventory *inv, const uint8_t uuid[16])
{
	if (handover_erase_locked(inv, uuid))
		return EXIT_REFUSED;
	erased_tell(inv, uuid);
	return EXIT_DONE;
}

/*
 * Erases what dead guests held, or guest *domid (NULL: all dead guests). It takes all locks before
 * the first erase: during the erases no guest may get another guest's data.
 */
static int ranges_erase(struct inventory *inv,
			const struct xenpmem_holding *list, unsigned int nr, const uint32_t *domid)
{
	int locks[XEN_PMEM_HOLDINGS], rc = EXIT_DONE;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		locks[i] = -1;
		if (!holding_wanted(inv, &list[i], domid))
			continue;
		if (!range_lock(inv, list[i].uuid, &locks[i]))
			rc = EXIT_REFUSED;
	}
	for (i = 0; i < nr; i++)
		if (locks[i] >= 0 && range_erase(inv, list[i].uuid))
			rc = EXIT_REFUSED;
	for (i = 0; i < nr; i++)
		if (locks[i] >= 0)
			namespace_unlock(locks[i], list[i].uuid);
	return rc;
}

static int one_release(struct inventory *inv, const char *name, uint32_t domid)
{
	struct domain_status status;
	char text[DOMAIN_NAME_LEN];
	int rc;

	status = domain_status(domid);
	if (status.state != DOMAIN_GONE)
		return refuse(domain_name(domid, text),
			      status.state == DOMAIN_SHUTDOWN ?
				      "shut down, but not destroyed; run xl destroy first" :
			      status.state == DOMAIN_UNBORN ?
				      "not started yet; xl destroy ends it" :
				      "still running; its vNVDIMMs can be released after it has "
				      "been destroyed");
	rc = reap_domain(inv, domid, false);
	return rc < 0 ? refuse(name, "this guest has no vNVDIMM") : rc;
}

enum { RELEASE_ERASE };

static int release(struct inventory *inv, void *arg)
{
	const struct arguments *args = arg;
	const char *name = args->nr ? args->operands[0] : NULL;
	struct xenpmem_holding list[XEN_PMEM_HOLDINGS];
	unsigned int nr = inv->nr_holdings;
	uint32_t domid;
	int rc;

	if (inv->no_extension[0])
		return refuse("extension", "%s", inv->no_extension);
	if (name && !domain_find(name, &domid))
		return refuse(name, "no such guest");
	memcpy(list, inv->holdings, nr * sizeof(list[0]));
	rc = name ? one_release(inv, name, domid) : reap_dead(inv, false);
	if (rc || !args->option[RELEASE_ERASE])
		return rc;
	return ranges_erase(inv, list, nr, name ? &domid : NULL);
}

static int release_run(struct arguments *args)
{
	orphans_reap();
	return inventory_run(INVENTORY_CHANGE, release, args);
}

const struct verb verb_release = {
	.run = release_run,
	.usage = {
		.name = "release",
		.synopsis = "[--erase] [DOMAIN]",
		.summary = "take back what dead guests held",
		.help = "It is needed only if xen-pmem create was killed, or for guests that "
			"got their vNVDIMMs by attach. dom0 gets the files and devices back "
			"that were pinned for them.\n"
			"DOMAIN is a number, for a dead guest has lost its name. Without it: "
			"all dead guests.",
		.options = {
			[RELEASE_ERASE] = { "erase", 0, NULL, "write zeros over it afterwards, "
					    "as xen-pmem erase does" },
		},
		.operands = { 0, 1, "one guest at most" },
		.json = "namespaces files guests",
		.changes = true,
	},
};
