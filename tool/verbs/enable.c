// SPDX-License-Identifier: GPL-2.0-only
/* xen-pmem enable: hands a namespace, or all that the record names, to Xen for guests. */
#include <string.h>

#include "host/serving.h"
#include "verbs/verb.h"

static int namespace_check(const struct xenpmem_namespace *ns)
{
	if (ns->role == XEN_PMEM_ROLE_RESERVED)
		return refuse(namespace_name(ns), "a reserved area; it is taken by itself when a namespace for guests is enabled");
	return ns->role == XEN_PMEM_ROLE_HOST ? EXIT_DONE : namespace_need_bound(ns);
}

static int health_check(const struct xenpmem_namespace *ns, bool read_only)
{
	if (health_why_unfit(&ns->health, read_only))
		return refuse(namespace_name(ns), "%s%s", health_why_unfit(&ns->health, read_only),
			      health_why_unfit(&ns->health, true) ? "" : "; --ro enables it for that");
	namespace_warn_health(ns);
	return EXIT_DONE;
}

static int one_enable(struct inventory *host, const char *name, bool read_only)
{
	const struct xenpmem_namespace *ns;
	struct serving s;
	int rc;

	rc = inventory_find(host, name, &ns);
	if (!rc)
		rc = namespace_check(ns);
	if (!rc)
		rc = health_check(ns, read_only);
	if (!rc)
		rc = inventory_need_record(host);
	if (!rc)
		rc = serving_open(&s, host);
	if (rc)
		return rc;
	rc = serving_enable(&s, ns, false);
	if (rc)
		serving_undo(&s);
	return rc;
}

/* What the record says must be what is there. */
static int backing_enable(struct serving *s, const struct xen_pmem_backing *backing)
{
	const struct xenpmem_namespace *ns = inventory_find_uuid(s->inv, backing->uuid);
	struct uuid_buf uuid;
	struct size_buf was, is;

	if (!ns)
		return refuse(uuid_text(backing->uuid, &uuid), "the record names this namespace, but the host does not have it");
	if (!(backing->flags & XEN_PMEM_BACKING_HOST) != (ns->role != XEN_PMEM_ROLE_HOST))
		return refuse(namespace_name(ns), "it is in %s mode, not in the one in which it was enabled", ns->mode);
	if (ns->role != XEN_PMEM_ROLE_HOST && namespace_why_unbound(ns))
		return namespace_need_bound(ns);
	if (ns->cookie != backing->cookie)
		return refuse(namespace_name(ns), "its region's interleave set is not the one that the record names");
	if (ns->range.length != backing->length)
		return refuse(namespace_name(ns), "its size is %s, but %s in the record", size_text(ns->range.length, &is),
			      size_text(backing->length, &was));
	/* Guests that have it `ro` can be started; create refuses the others. */
	if (health_check(ns, true))
		return EXIT_REFUSED;
	return serving_enable(s, ns, true);
}

static int all_enable(struct inventory *host)
{
	const struct xen_pmem_record *data = &host->record.data;
	struct xen_pmem_backing backings[XEN_PMEM_BACKINGS_MAX];
	struct serving s;
	uint32_t i, nr = 0;
	int rc;

	if (!host->reserved) {
		say("no reserved area: nothing to enable\n");
		return EXIT_DONE;
	}
	rc = inventory_need_record(host);
	for (i = 0; !rc && i < data->nr_backings; i++)
		nr += !(data->backings[i].flags & XEN_PMEM_BACKING_KEPT);
	if (!rc && !nr) {
		say("the record names nothing to enable\n");
		return EXIT_DONE;
	}
	if (!rc)
		rc = serving_open(&s, host);
	if (rc)
		return rc;
	memcpy(backings, data->backings, sizeof(backings));
	nr = data->nr_backings;
	for (i = 0; i < nr; i++)
		if (!(backings[i].flags & XEN_PMEM_BACKING_KEPT) && backing_enable(&s, &backings[i]))
			rc = EXIT_REFUSED;
	return rc;
}

static int run(const struct verb *verb, int argc, char **argv)
{
	bool all = false, read_only = false;
	const struct flag flags[] = { { "all", &all, NULL }, { "ro", &read_only, NULL }, { NULL, NULL, NULL } };
	struct inventory host;
	int rc;

	argc = options_take(verb, argc, argv, flags);
	if (all == (argc == 2))
		return usage_wrong(verb, "takes %s", verb->operands.text);
	rc = inventory_open_locked(&host);
	if (rc)
		return rc;
	rc = all ? all_enable(&host) : one_enable(&host, argv[1], read_only);
	inventory_close(&host);
	return rc;
}

const struct verb verb_enable = {
	"enable", run, "[--ro] NAMESPACE | --all",
	"hand a namespace to Xen, for guests\n"
	"One in fsdax or devdax mode stays dom0's as well: guests get files of its filesystem, or parts of its device, and Xen keeps count.\n"
	"It is noted in the reserved area's record.\n"
	"  --ro   also one on an NVDIMM that may not keep what is written: guests get it `ro` alone\n"
	"  --all  all namespaces that the record names (done at boot)",
	.operands = { 0, 1, "one namespace, or --all" },
	.json = "changed namespaces",
};
