// SPDX-License-Identifier: GPL-2.0-only
/* xen-pmem unload: gives the reserved area back to dom0 and takes the extension out of Xen. */
#include "host/inventory.h"
#include "verbs/verb.h"

static int area_give_back(struct inventory *inv, bool dry_run)
{
	const struct xenpmem_namespace *ns = inv->reserved;

	/* Its record may be lost; Xen gives it back all the same. */
	if (!ns || !inventory_is_reserved(inv, ns))
		return refuse("extension",
			      "its reserved area is in a namespace that the host does not show");
	if (!dry_run && xenpmem_area_close(inv->pmem, ns))
		return refuse(namespace_name(ns), "%s", xenpmem_error(inv->pmem));
	return EXIT_DONE;
}

static int served_refuse(struct inventory *inv)
{
	unsigned int i = 0;

	while (inventory_is_labels(inv, inv->ranges[i].range.uuid))
		i++;
	return refuse("extension", "not unloaded: %s is enabled (xen-pmem disable)",
		      inventory_name(inv, inv->ranges[i].range.uuid));
}

static int unload(struct inventory *inv, void *arg)
{
	const struct arguments *args = arg;
	int rc = EXIT_DONE;

	/* An extension that does not answer cannot give anything back. */
	if (inventory_nr_enabled(inv))
		rc = served_refuse(inv);
	else if (inv->info.reserved.length)
		rc = area_give_back(inv, args->dry_run);
	if (!rc && args->dry_run)
		say("the extension would be unloaded\n");
	if (rc || args->dry_run)
		return rc;
	if (xenpmem_extension_unload(inv->pmem))
		return refuse("extension", "%s", xenpmem_error(inv->pmem));
	json_changed();
	return EXIT_DONE;
}

static int unload_run(struct arguments *args)
{
	xenpmem_handle *pmem;
	int loaded, rc = dom0_need();

	if (rc)
		return rc;
	pmem = pmem_open();
	loaded = xenpmem_extension_is_loaded(pmem);
	if (loaded < 0)
		rc = refuse("extension", "%s", xenpmem_error(pmem));
	xenpmem_close(pmem);
	if (loaded > 0)
		return inventory_run(INVENTORY_CHANGE, unload, args);
	if (!loaded)
		say("not loaded\n");
	return rc;
}

const struct verb verb_unload = {
	.run = unload_run,
	.usage = {
		.name = "unload",
		.synopsis = "",
		.summary = "take the extension out of Xen, if no namespace is enabled",
		.help = "The record on the NVDIMM stays, so load and enable --all bring "
			"everything back. The dom0 driver stays loaded.",
		.operands = { 0, 0, "no operand" },
		.json = "",
		.changes = true,
		.can_dry_run = true,
	},
};
