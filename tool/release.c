// SPDX-License-Identifier: GPL-2.0-only
/* xen-pmem release: takes pages back from dead guests, and repairs what a killed create left. */
#include <string.h>

#include "domain.h"
#include "labels.h"
#include "owner.h"
#include "reap.h"

static void erased_tell(struct host *host, const uint8_t uuid[16])
{
	const struct xenpmem_namespace *ns = host_find_uuid(host, uuid);

	if (ns)
		host_tell(ns, true, "erased", "erased");
}

/* What dead guests had, or this one (NULL: all); labels go with their namespace. */
static int ranges_erase(struct host *host, const struct xenpmem_info *info, const struct xenpmem_holding *list, unsigned int nr, const uint32_t *domid)
{
	struct xenpmem_served served;
	unsigned int i;
	int rc = EXIT_DONE;

	for (i = 0; i < nr; i++) {
		if (labels_are(info, list[i].uuid))
			continue;
		if (domid ? list[i].domid != *domid : !holding_is_dead(&list[i]))
			continue;
		if (host_served(host, list[i].uuid, &served) && served.state == XEN_PMEM_RANGE_HOST)
			warn(host_name_uuid(host, list[i].uuid), "files and devices that the guest had are dom0's again, and are not erased");
		else if (owner_erase(host, list[i].uuid))
			rc = EXIT_REFUSED;
		else
			erased_tell(host, list[i].uuid);
	}
	return rc;
}

static int one_release(xenpmem_handle *pmem, const char *name, uint32_t domid)
{
	struct domain_status status;
	char text[DOMAIN_NAME_LEN];
	int rc;

	status = domain_status(domid);
	if (status.state != DOMAIN_GONE)
		return refuse(domain_name(domid, text), status.state == DOMAIN_SHUTDOWN ? "shut down, but not destroyed (xl destroy)" :
			      status.state == DOMAIN_UNBORN ? "not started yet (xl destroy ends it)" : "running, and a guest that runs gives no vNVDIMM up");
	rc = reap_domain(pmem, domid, false);
	return rc < 0 ? refuse(name, "it has no vNVDIMM") : rc;
}

static int release(struct host *host, const char *name, bool erase)
{
	struct xenpmem_holding list[XEN_PMEM_HOLDINGS];
	struct xenpmem_info info;
	unsigned int nr;
	uint32_t domid;
	int rc;

	if (xenpmem_hello(host->pmem, &info))
		return refuse("extension", "%s", xenpmem_error(host->pmem));
	if (name && !domain_find(name, &domid))
		return refuse(name, "no such guest");
	nr = holdings_read(host->pmem, list);
	rc = name ? one_release(host->pmem, name, domid) : reap_dead(host->pmem, false);
	return rc || !erase ? rc : ranges_erase(host, &info, list, nr, name ? &domid : NULL);
}

static int run(const struct verb *verb, int argc, char **argv)
{
	bool erase = false;
	const struct flag flags[] = { { "erase", &erase, NULL }, { NULL, NULL, NULL } };
	struct host host;
	int rc;

	argc = options_take(verb, argc, argv, flags);
	reap_orphans();
	rc = host_open_locked(&host);
	if (rc)
		return rc;
	rc = release(&host, argc == 2 ? argv[1] : NULL, erase);
	host_close(&host);
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
