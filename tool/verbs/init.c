// SPDX-License-Identifier: GPL-2.0-only
/* xen-pmem init: makes a namespace the reserved area, by writing an empty record to its start. */
#include <errno.h>

#include "host/inventory.h"

#define TEXT(number)	TEXT_OF(number)
#define TEXT_OF(number)	#number

static int foreign_check(struct host *host, const struct xenpmem_namespace *ns)
{
	char found[64];

	if (xenpmem_namespace_contents(host->pmem, ns, found, sizeof(found)))
		return refuse(host_name(ns), "%s (--force to overwrite it)", xenpmem_error(host->pmem));
	if (found[0])
		return refuse(host_name(ns), "it holds something: %s (--force to overwrite it)", found);
	return EXIT_DONE;
}

/* Any record but none is a reason to refuse: a newer one most of all. */
static int record_check(struct host *host, const struct xenpmem_namespace *ns)
{
	struct xenpmem_record record;
	int rc = xenpmem_record_load(host->pmem, ns, &record);

	if (!rc)
		return refuse(host_name(ns), "it is a reserved area already, serving %u namespaces (--force to make it anew)",
			      record.data.nr_backings);
	if (rc != -ENOENT)
		return refuse(host_name(ns), "%s (--force to overwrite it)", xenpmem_error(host->pmem));
	return foreign_check(host, ns);
}

static int bad_check(const struct xenpmem_namespace *ns)
{
	if (host_why_unfit(&ns->health, false))
		return refuse(host_name(ns), "%s", host_why_unfit(&ns->health, false));
	if (!ns->nr_bad)
		return EXIT_DONE;
	return refuse(host_name(ns), "it has bad blocks, the first at byte %llu: Xen's tables cannot stand there",
		      (unsigned long long)ns->bad[0].offset);
}

static int init(struct host *host, const char *name, bool force)
{
	const struct xenpmem_namespace *ns;
	struct xenpmem_record record;
	struct xenpmem_range area;
	struct size_buf size;
	int rc;

	rc = host_find(host, name, &ns);
	if (!rc && (ns->role == XEN_PMEM_ROLE_GUEST || ns->role == XEN_PMEM_ROLE_HOST))
		rc = refuse(host_name(ns), "for guests: only a namespace with the label name " XEN_PMEM_LABEL_RESERVED " can be the reserved area");
	if (!rc)
		rc = host_need_bound(ns);
	if (!rc && ns->held)
		rc = refuse(host_name(ns), "Xen is using it as its reserved area");
	if (!rc)
		rc = bad_check(ns);
	if (!rc && !force)
		rc = record_check(host, ns);
	if (rc)
		return rc;
	if (xenpmem_record_make(host->pmem, ns, &record) || xenpmem_record_area(host->pmem, ns, &record, &area) ||
	    xenpmem_record_store(host->pmem, ns, &record))
		return refuse(host_name(ns), "%s", xenpmem_error(host->pmem));
	json_number(host_tell(ns, true, "reserved", "reserved area, %s for Xen's tables",
			      size_text(area.length, &size)),
		    "tables_size", area.length);
	return EXIT_DONE;
}

static int run(const struct verb *verb, int argc, char **argv)
{
	bool force = false;
	const struct flag flags[] = { { "force", &force, NULL }, { NULL, NULL, NULL } };
	struct host host;
	int rc;

	options_take(verb, argc, argv, flags);
	rc = host_open_locked(&host);
	if (rc)
		return rc;
	rc = init(&host, argv[1], force);
	host_close(&host);
	return rc;
}

const struct verb verb_init = {
	"init", run, "NAMESPACE [--force]",
	"make a namespace the reserved area\n"
	"The namespace has the label name " XEN_PMEM_LABEL_RESERVED
	" (ndctl create-namespace -m raw -n " XEN_PMEM_LABEL_RESERVED " -s SIZE). Its size:\n"
	TEXT(XENPMEM_RESERVED_GIB) " MiB for each GiB that it shall serve, "
	TEXT(XENPMEM_RESERVED_NAMESPACE) " MiB for each namespace, and "
	TEXT(XENPMEM_RESERVED_SELF) " MiB for itself.\n"
	"  --force  although it holds a filesystem, a partition table or a record: these are lost",
	.operands = { 1, 1, "one namespace" },
	.json = "changed namespaces",
};
