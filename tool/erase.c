// SPDX-License-Identifier: GPL-2.0-only
/* xen-pmem erase: writes zeros over a namespace that nobody has, and has the record say that nobody's data are in it. */
#include <string.h>

#include "domain.h"
#include "owner.h"
#include "reap.h"

static int erase(struct host *host, const char *name)
{
	const struct xenpmem_namespace *ns;
	struct xenpmem_holding holding;
	char guest[DOMAIN_NAME_LEN];
	struct size_buf size;
	int rc;

	rc = host_find(host, name, &ns);
	if (!rc && ns->role == XEN_PMEM_ROLE_HOST)
		return refuse(host_name(ns), "dom0 uses it: what is erased there is a file, by dom0's own means");
	if (!rc)
		rc = host_need_bound(ns);
	if (rc)
		return rc;
	if (ns->role == XEN_PMEM_ROLE_RESERVED)
		return refuse(host_name(ns), "this is the reserved area");
	if (host_why_unfit(&ns->health, false))
		return refuse(host_name(ns), "%s", host_why_unfit(&ns->health, false));
	if (host_holder(host, ns->range.uuid, &holding) >= 0)
		return refuse(host_name(ns), "guest %s has it", domain_name(holding.domid, guest));
	rc = owner_erase(host, ns->range.uuid);
	if (!rc)
		host_tell(ns, true, "erased", "erased, %s", size_text(ns->range.length, &size));
	return rc;
}

static int run(const struct verb *verb, int argc, char **argv)
{
	struct host host;
	int rc;

	options_take(verb, argc, argv, NULL);
	rc = host_open_locked(&host);
	if (rc)
		return rc;
	reap_dead(host.pmem, true);
	rc = erase(&host, argv[1]);
	host_close(&host);
	return rc;
}

const struct verb verb_erase = {
	"erase", run, "NAMESPACE",
	"write zeros over an enabled namespace that no guest has\n"
	"It is nobody's then: any guest may get it. If it is interrupted, the next erase goes on from there (to within 1 GiB).",
	.operands = { 1, 1, "one namespace" },
	.json = "changed namespaces",
};
