// SPDX-License-Identifier: GPL-2.0-only
/* xen-pmem unload: gives the reserved area back to dom0 and takes the extension out of Xen. */
#include <errno.h>
#include <string.h>

#include "host/inventory.h"
#include "host/labels.h"
#include "xen/livepatch.h"
#include "verbs/verb.h"

static int area_give_back(struct inventory *host)
{
	const struct xenpmem_namespace *ns = host->reserved;
	int rc;

	/* Its record may have been lost since; Xen gives it back all the same. */
	if (!ns)
		return refuse("extension", "it has a reserved area in a namespace that the host does not show");
	rc = labels_unserve(host);
	if (!rc)
		rc = xenpmem_unreserve(host->pmem);
	if (rc && rc != -ENOENT)
		return refuse(namespace_name(ns), "%s", xenpmem_error(host->pmem));
	if (ns->held && xenpmem_hold(host->pmem, ns, false))
		return refuse(namespace_name(ns), "%s", xenpmem_error(host->pmem));
	return EXIT_DONE;
}

static int served_refuse(struct inventory *host)
{
	unsigned int i = 0;

	while (inventory_is_labels(host, host->ranges[i].range.uuid))
		i++;
	return refuse("extension", "not unloaded: %s is enabled (xen-pmem disable)",
		      inventory_name(host, host->ranges[i].range.uuid));
}

static int unload(xc_interface *xc)
{
	struct inventory host;
	int rc;

	rc = inventory_open_locked(&host);
	if (rc)
		return rc;
	/* An extension that does not answer has nothing that could be given back. */
	if (inventory_nr_enabled(&host))
		rc = served_refuse(&host);
	else if (host.info.reserved.length)
		rc = area_give_back(&host);
	if (!rc)
		rc = patch_unload(xc);
	if (!rc)
		json_changed();
	inventory_close(&host);
	return rc;
}

static int run(const struct verb *verb, int argc, char **argv)
{
	xc_interface *xc;
	int rc;

	options_take(verb, argc, argv, NULL);
	xc = xc_interface_open(NULL, NULL, 0);
	if (!xc)
		return refuse("Xen", "cannot be spoken to (is this dom0?): %s", strerror(errno));
	if (patch_state(xc) == PATCH_NONE) {
		say("not loaded\n");
		rc = EXIT_DONE;
	} else {
		rc = unload(xc);
	}
	xc_interface_close(xc);
	return rc;
}

const struct verb verb_unload = {
	"unload", run, "",
	"take the extension out of Xen, if nothing is enabled\n"
	"The record on the medium stays, so load and enable --all bring everything back. The dom0 driver stays loaded.",
	.operands = { 0, 0, "no operand" },
	.json = "changed",
};
