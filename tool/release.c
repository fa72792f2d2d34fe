// SPDX-License-Identifier: GPL-2.0-only
/* xen-pmem release: takes pages back from dead guests, and repairs what a killed create left. */
#include <string.h>

#include "domain.h"
#include "owner.h"
#include "reap.h"

/* The ranges of which dead guests, or this one, have pages. */
static unsigned int ranges_read(xenpmem_handle *pmem, int64_t domid, uint8_t (*uuids)[16])
{
	struct xenpmem_holding holding;
	unsigned int i, nr = 0;

	for (i = 0; i < XEN_PMEM_HOLDINGS && !xenpmem_query_holding(pmem, i, &holding); i++)
		if (domid >= 0 ? holding.domid == domid : holding.state == XEN_PMEM_HOLDER_DEAD || holding.state == XEN_PMEM_HOLDER_DYING)
			memcpy(uuids[nr++], holding.uuid, 16);
	return nr;
}

static int ranges_erase(struct host *host, uint8_t (*uuids)[16], unsigned int nr)
{
	unsigned int i;
	int rc = EXIT_DONE;

	for (i = 0; i < nr; i++) {
		if (owner_erase(host, uuids[i]))
			rc = EXIT_REFUSED;
		else
			printf("%s: erased\n", host_name_uuid(host, uuids[i]));
	}
	return rc;
}

static int one_release(xenpmem_handle *pmem, const char *name)
{
	struct domain_status status;
	char text[DOMAIN_NAME_LEN];
	uint32_t domid;
	int rc;

	if (!domain_find(name, &domid))
		return refuse(name, "no such guest");
	status = domain_status(domid);
	if (status.state != DOMAIN_GONE)
		return refuse(domain_name(domid, text), status.state == DOMAIN_SHUTDOWN ? "shut down, but not destroyed (xl destroy)" :
			      status.state == DOMAIN_UNBORN ? "not started yet (xl destroy ends it)" : "running");
	rc = reap_domain(pmem, domid, false);
	return rc < 0 ? refuse(name, "it has no vNVDIMM") : rc;
}

static int release(struct host *host, const char *name, bool erase)
{
	uint8_t uuids[XEN_PMEM_HOLDINGS][16];
	struct xenpmem_info info;
	unsigned int nr;
	uint32_t domid;
	int rc;

	if (xenpmem_hello(host->pmem, &info))
		return refuse("extension", "%s", xenpmem_error(host->pmem));
	nr = ranges_read(host->pmem, name && domain_find(name, &domid) ? (int64_t)domid : -1, uuids);
	rc = name ? one_release(host->pmem, name) : reap_dead(host->pmem, false);
	return rc || !erase ? rc : ranges_erase(host, uuids, nr);
}

static int run(const struct verb *verb, int argc, char **argv)
{
	bool erase = false;
	const struct flag flags[] = { { "--erase", &erase, NULL }, { NULL, NULL, NULL } };
	struct host host;
	int rc;

	argc = options_take(verb, argc, argv, flags);
	if (argc < 1 || argc > 2)
		return argc < 0 ? EXIT_USAGE : usage_wrong(verb, "takes one guest at most");
	reap_orphans();
	rc = host_lock();
	if (!rc)
		rc = host_open(&host);
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
	"DOMAIN: by number, for a dead guest has no name.\n"
	"  --erase  and write zeros over it, as xen-pmem erase does",
};
