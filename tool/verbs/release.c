// SPDX-License-Identifier: GPL-2.0-only
/* xen-pmem release: takes pages back from dead guests, and repairs what a killed create left. */
#include <string.h>

#include "xen/domain.h"
#include "guest/orphans.h"
#include "host/handover.h"
#include "host/reap.h"
#include "verbs/verb.h"

static void erased_tell(struct inventory *host, const uint8_t uuid[16])
{
	const struct xenpmem_namespace *ns = inventory_find_uuid(host, uuid);

	if (ns)
		namespace_report(ns, true, "erased", "erased");
}

/* Whether it is one of those that are to be erased: labels go with their namespace. */
static bool holding_wanted(const struct inventory *host, const struct xenpmem_holding *holding,
			   const uint32_t *domid)
{
	if (inventory_is_labels(host, holding->uuid))
		return false;
	return domid ? holding->domid == *domid : holding_is_dead(holding);
}

/* dom0's are not erased. false: refused. */
static bool range_lock(struct inventory *host, const uint8_t uuid[16], int *lock)
{
	const struct xenpmem_served *served = inventory_range(host, uuid);

	*lock = -1;
	if (served && served->state == XEN_PMEM_RANGE_HOST) {
		warn(inventory_name(host, uuid), "files and devices that the guest had are dom0's again, "
		     "and are not erased");
		return true;
	}
	*lock = namespace_lock(inventory_name(host, uuid), uuid);
	return *lock >= 0;
}

static int range_erase(struct inventory *host, const uint8_t uuid[16])
{
	if (handover_erase_locked(host, uuid))
		return EXIT_REFUSED;
	erased_tell(host, uuid);
	return EXIT_DONE;
}

/*
 * What dead guests had, or this one (NULL: all). The lock of each is taken before the first is
 * erased: while that lasts, nobody's data shall come to another.
 */
static int ranges_erase(struct inventory *host,
			const struct xenpmem_holding *list, unsigned int nr, const uint32_t *domid)
{
	int locks[XEN_PMEM_HOLDINGS], rc = EXIT_DONE;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		locks[i] = -1;
		if (!holding_wanted(host, &list[i], domid))
			continue;
		if (!range_lock(host, list[i].uuid, &locks[i]))
			rc = EXIT_REFUSED;
	}
	for (i = 0; i < nr; i++)
		if (locks[i] >= 0 && range_erase(host, list[i].uuid))
			rc = EXIT_REFUSED;
	for (i = 0; i < nr; i++)
		if (locks[i] >= 0)
			namespace_unlock(locks[i], list[i].uuid);
	return rc;
}

static int one_release(struct inventory *host, const char *name, uint32_t domid)
{
	struct domain_status status;
	char text[DOMAIN_NAME_LEN];
	int rc;

	status = domain_status(domid);
	if (status.state != DOMAIN_GONE)
		return refuse(domain_name(domid, text), status.state == DOMAIN_SHUTDOWN ? "shut down, but not destroyed (xl destroy)" :
			      status.state == DOMAIN_UNBORN ? "not started yet (xl destroy ends it)" : "running, and a guest that runs gives no vNVDIMM up");
	rc = reap_domain(host, domid, false);
	return rc < 0 ? refuse(name, "it has no vNVDIMM") : rc;
}

static int release(struct inventory *host, const char *name, bool erase)
{
	struct xenpmem_holding list[XEN_PMEM_HOLDINGS];
	unsigned int nr = host->nr_holdings;
	uint32_t domid;
	int rc;

	if (host->no_extension[0])
		return refuse("extension", "%s", host->no_extension);
	if (name && !domain_find(name, &domid))
		return refuse(name, "no such guest");
	memcpy(list, host->holdings, nr * sizeof(list[0]));
	rc = name ? one_release(host, name, domid) : reap_dead(host, false);
	return rc || !erase ? rc : ranges_erase(host, list, nr, name ? &domid : NULL);
}

static int run(const struct verb *verb, int argc, char **argv)
{
	bool erase = false;
	const struct flag flags[] = { { "erase", &erase, NULL }, { NULL, NULL, NULL } };
	struct inventory host;
	int rc;

	argc = options_take(verb, argc, argv, flags);
	orphans_reap();
	rc = inventory_open_locked(&host);
	if (rc)
		return rc;
	rc = release(&host, argc == 2 ? argv[1] : NULL, erase);
	inventory_close(&host);
	return rc;
}

const struct verb verb_release = {
	"release", run, "[--erase] [DOMAIN]",
	"take back what dead guests had\n"
	"Needed only if xen-pmem create was killed, or for guests that got their vNVDIMM by attach. Without a guest: all dead ones.\n"
	"Files and devices that were pinned for them are dom0's again.\n"
	"DOMAIN: by number, for a dead guest has no name.\n"
	"  --erase  and write zeros over it, as xen-pmem erase does",
	.operands = { 0, 1, "one guest at most" },
	.json = "changed namespaces files guests",
};
