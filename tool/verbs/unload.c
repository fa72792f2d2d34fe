// SPDX-License-Identifier: GPL-2.0-only
/* xen-pmem unload: gives the reserved area back to dom0 and takes the extension out of Xen. */
#include <errno.h>

#include "host/inventory.h"
#include "host/labels.h"

static int area_give_back(struct host *host)
{
	const struct xenpmem_namespace *ns;
	struct xenpmem_record record;
	int rc;

	/* Its record may have been lost since; Xen gives it back all the same. */
	host_look_reserved(host, &ns, &record);
	if (!ns)
		return refuse("extension", "it has a reserved area in a namespace that the host does not show");
	rc = labels_unserve(host->pmem);
	if (!rc)
		rc = xenpmem_unreserve(host->pmem);
	if (rc && rc != -ENOENT)
		return refuse(host_name(ns), "%s", xenpmem_error(host->pmem));
	if (ns->held && xenpmem_hold(host->pmem, ns, false))
		return refuse(host_name(ns), "%s", xenpmem_error(host->pmem));
	return EXIT_DONE;
}

static int served_refuse(struct host *host, const struct xenpmem_info *info)
{
	struct xenpmem_served served;
	uint32_t i = 0;
	int rc;

	do
		rc = xenpmem_query_range(host->pmem, i++, &served);
	while (!rc && labels_are(info, served.range.uuid));
	if (rc)
		return refuse("extension", "%u ranges are served", info->ranges);
	return refuse("extension", "not unloaded: %s is enabled (xen-pmem disable)", host_name_uuid(host, served.range.uuid));
}

static int unload(void)
{
	struct xenpmem_info info;
	struct host host;
	int rc;

	rc = host_open_locked(&host);
	if (rc)
		return rc;
	/* An extension that does not answer has nothing that could be given back. */
	if (!xenpmem_hello(host.pmem, &info)) {
		if (labels_not(host.pmem, &info))
			rc = served_refuse(&host, &info);
		else if (info.reserved.length)
			rc = area_give_back(&host);
	}
	if (!rc && xenpmem_extension_unload(host.pmem))
		rc = refuse("extension", "%s", xenpmem_error(host.pmem));
	if (!rc)
		json_changed();
	host_close(&host);
	return rc;
}

static int run(const struct verb *verb, int argc, char **argv)
{
	xenpmem_handle *pmem;
	int rc, loaded;

	options_take(verb, argc, argv, NULL);
	pmem = pmem_open();
	loaded = xenpmem_extension_is_loaded(pmem);
	rc = loaded < 0 ? refuse("extension", "%s", xenpmem_error(pmem)) : EXIT_DONE;
	xenpmem_close(pmem);
	if (loaded > 0)
		return unload();
	if (!loaded)
		say("not loaded\n");
	return rc;
}

const struct verb verb_unload = {
	"unload", run, "",
	"take the extension out of Xen, if nothing is enabled\n"
	"The record on the medium stays, so load and enable --all bring everything back. The dom0 driver stays loaded.",
	.operands = { 0, 0, "no operand" },
	.json = "changed",
};
