// SPDX-License-Identifier: GPL-2.0-only
/* xen-pmem enable: hands a namespace, or all that the record names, to Xen for guests. */
#include <string.h>

#include "host/serving.h"
#include "verbs/verb.h"

static int namespace_check(const struct xenpmem_namespace *ns)
{
	if (ns->role == XEN_PMEM_ROLE_RESERVED)
		return refuse(namespace_name(ns), "this is the reserved area; Xen gets it when you "
						  "enable a namespace for guests");
	return ns->role == XEN_PMEM_ROLE_HOST ? EXIT_DONE : namespace_need_bound(ns);
}

static int health_check(const struct xenpmem_namespace *ns, bool read_only)
{
	if (health_why_unfit(&ns->health, read_only))
		return refuse(namespace_name(ns), "%s%s", health_why_unfit(&ns->health, read_only),
			      health_why_unfit(&ns->health, true) ?
			      "" : "; --ro enables it for that");
	namespace_warn_health(ns);
	return EXIT_DONE;
}

static int one_enable(struct inventory *inv, const char *name, bool read_only)
{
	const struct xenpmem_namespace *ns;
	struct serving s;
	int rc;

	rc = inventory_find(inv, name, &ns);
	if (!rc)
		rc = namespace_check(ns);
	if (!rc)
		rc = health_check(ns, read_only);
	if (!rc)
		rc = inventory_need_record(inv);
	if (!rc)
		rc = serving_open(&s, inv);
	if (rc)
		return rc;
	rc = serving_enable(&s, ns, false);
	if (rc)
		serving_undo(&s);
	return rc;
}

/* The namespace must be as the record describes it. */
static int backing_enable(struct serving *s, const struct xen_pmem_backing *backing)
{
	const struct xenpmem_namespace *ns = inventory_find_uuid(s->inv, backing->uuid);
	struct uuid_buf uuid;
	struct size_buf was, is;

	if (!ns)
		return refuse(uuid_text(backing->uuid, &uuid), "the host does not show this "
							       "namespace, which the record names");
	if (!(backing->flags & XEN_PMEM_BACKING_HOST) != (ns->role != XEN_PMEM_ROLE_HOST))
		return refuse(namespace_name(ns),
			      "the namespace is in %s mode now, and was enabled in another",
			      ns->mode);
	if (ns->role != XEN_PMEM_ROLE_HOST && namespace_why_unbound(ns))
		return namespace_need_bound(ns);
	if (ns->cookie != backing->cookie)
		return refuse(namespace_name(ns), "the interleave set of its region is not the one "
						  "in the record");
	if (ns->range.length != backing->length)
		return refuse(namespace_name(ns), "its size is %s now, and %s in the record",
			      size_text(ns->range.length, &is), size_text(backing->length, &was));
	/* Guests that use it `ro` can start; create refuses the others. */
	if (health_check(ns, true))
		return EXIT_REFUSED;
	return serving_enable(s, ns, true);
}

static int all_enable(struct inventory *inv)
{
	const struct xen_pmem_record *data = &inv->record.data;
	struct xen_pmem_backing backings[XEN_PMEM_BACKINGS_MAX];
	struct serving s;
	uint32_t i, nr = 0;
	int rc;

	if (!inv->reserved) {
		say("there is no reserved area, so there is nothing to enable\n");
		return EXIT_DONE;
	}
	rc = inventory_need_record(inv);
	for (i = 0; !rc && i < data->nr_backings; i++)
		nr += !(data->backings[i].flags & XEN_PMEM_BACKING_KEPT);
	if (!rc && !nr) {
		say("the record names no namespace to enable\n");
		return EXIT_DONE;
	}
	if (!rc)
		rc = serving_open(&s, inv);
	if (rc)
		return rc;
	memcpy(backings, data->backings, sizeof(backings));
	nr = data->nr_backings;
	for (i = 0; i < nr; i++)
		if (!(backings[i].flags & XEN_PMEM_BACKING_KEPT) &&
		    backing_enable(&s, &backings[i]))
			rc = EXIT_REFUSED;
	return rc;
}

enum { ENABLE_RO, ENABLE_ALL };

static int enable(struct inventory *inv, void *arg)
{
	const struct arguments *args = arg;

	if (args->option[ENABLE_ALL])
		return all_enable(inv);
	return one_enable(inv, args->operands[0], args->option[ENABLE_RO]);
}

static int enable_run(struct arguments *args)
{
	if (!args->option[ENABLE_ALL] == !args->nr)
		return usage_wrong(args->usage, "takes %s", args->usage->operands.text);
	return inventory_run(INVENTORY_CHANGE, enable, args);
}

const struct verb verb_enable = {
	.run = enable_run,
	.usage = {
		.name = "enable",
		.synopsis = "[--ro] NAMESPACE | --all",
		.summary = "hand a namespace to Xen, for guests",
		.help = "The record in the reserved area notes it.\n"
			"dom0 keeps a namespace in fsdax or devdax mode as well: guests get "
			"files of its filesystem, or parts of its device, and Xen counts dom0's "
			"mappings.",
		.options = {
			[ENABLE_RO] = { "ro", 0, NULL, "accept an NVDIMM that may not keep what "
					"is written: guests get the namespace read-only (`ro`) "
					"alone" },
			[ENABLE_ALL] = { "all", 0, NULL, "enable all namespaces that the record "
					 "names; done at boot" },
		},
		.operands = { 0, 1, "one namespace, or --all" },
		.json = "namespaces",
		.changes = true,
	},
};
