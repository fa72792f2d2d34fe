// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-pmem erase: writes zeros over a namespace that is not assigned; the record names no owner of
 * its data afterwards.
 */
#include <string.h>
#include <unistd.h>

#include "host/handover.h"
#include "host/pool_clean.h"
#include "verbs/verb.h"

enum { ERASE_FORCE, ERASE_RAM };

struct request {
	const char *name;	/* NULL: all pools */
	bool force, asks, dry_run;
	uint8_t agreed[16];	/* the guest whose data a person agreed to erase; or zeros */
};

/*
 * The row about a guest's data, for which erase needs consent. NULL: the namespace holds no guest's
 * data, an erase or copy-in of it was interrupted, or it is disabled.
 */
static const struct xen_pmem_backing *owner_find(struct inventory *inv,
						 const struct xenpmem_namespace *ns)
{
	const uint32_t beyond = XEN_PMEM_BACKING_ERASING | XEN_PMEM_BACKING_KEPT;
	const struct xen_pmem_backing *b = inventory_backing(inv, ns->range.uuid);

	if (!b || b->flags & beyond)
		return NULL;
	return xenpmem_backing_holds_others(b, NULL) ? b : NULL;
}

static bool answer_is_yes(const struct xenpmem_namespace *ns, const struct xen_pmem_backing *b)
{
	char answer[16];

	fprintf(stderr, "%s holds data of %s: erase them for good? [y/N] ", namespace_name(ns),
		backing_owner_text(b));
	return fgets(answer, sizeof(answer), stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

/* A person is asked before the lock is taken. */
static int consent_ask(struct inventory *inv, void *arg)
{
	struct request *request = arg;
	const struct xenpmem_namespace *ns;
	const struct xen_pmem_backing *b;
	int rc;

	rc = inventory_find(inv, request->name, &ns);
	b = rc ? NULL : owner_find(inv, ns);
	if (b && !answer_is_yes(ns, b))
		return refuse(namespace_name(ns), "not erased");
	if (b)
		memcpy(request->agreed, b->guest, sizeof(b->guest));
	return rc;
}

static int consent_check(struct inventory *inv, const struct xenpmem_namespace *ns,
			 const uint8_t agreed[16])
{
	const struct xen_pmem_backing *b = owner_find(inv, ns);

	if (!b || !memcmp(b->guest, agreed, sizeof(b->guest)))
		return EXIT_DONE;
	return refuse(namespace_name(ns), "it holds data of %s: --force erases them",
		      backing_owner_text(b));
}

static void question_tell(struct inventory *inv, const struct xenpmem_namespace *ns)
{
	const struct xen_pmem_backing *b = owner_find(inv, ns);

	if (b)
		say("%s: it holds data of %s: erase would ask first\n", namespace_name(ns),
		    backing_owner_text(b));
}

static int pool_erase(struct inventory *inv, struct pool *pool, void *arg)
{
	const struct request *request = arg;
	struct size_buf size;
	uint64_t bytes;
	int rc = EXIT_DONE;

	if (request->dry_run)
		bytes = pool_dirty_bytes(inv, pool);
	else
		rc = pool_clean(inv, pool, &bytes);
	if (rc)
		return rc;
	if (bytes)
		namespace_report(pool->ns, !request->dry_run, "erased", "%serased, %s",
				 request->dry_run ? "would be " : "", size_text(bytes, &size));
	else
		namespace_report(pool->ns, false, "clean", "there is nothing to erase");
	return EXIT_DONE;
}

/* Of a pool that Xen does not serve, as one that could not be enabled at boot. */
static int unserved_refuse(const struct inventory *inv)
{
	const struct xen_pmem_record *data = &inv->record.data;
	const uint32_t dirty = XEN_PMEM_BACKING_RAM | XEN_PMEM_BACKING_ERASING;
	const struct xen_pmem_backing *b;
	int rc = EXIT_DONE;

	for (b = data->backings; b < data->backings + data->nr_backings; b++)
		if (b->flags == dirty && !inventory_is_enabled(inv, b->uuid))
			rc = refuse(inventory_name(inv, b->uuid), "it is not enabled, so guests' "
				    "RAM in it is not erased (xen-pmem enable --all)");
	return rc;
}

static bool pools_exist(const struct inventory *inv)
{
	const struct xen_pmem_record *data = &inv->record.data;
	bool exist = false;
	uint32_t i;

	for (i = 0; inv->reserved && i < data->nr_backings; i++)
		exist |= !!(data->backings[i].flags & XEN_PMEM_BACKING_RAM);
	return exist;
}

static int pools_erase(struct inventory *inv, void *arg)
{
	const struct request *request = arg;
	int rc;

	if (inv->no_extension[0])
		return refuse("extension", "%s", inv->no_extension);
	/* Without a reserved area there is no pool. */
	if (inv->reserved && inventory_need_record(inv))
		return EXIT_REFUSED;
	if (!pools_exist(inv)) {
		say("there is no pool of guests' RAM\n");
		return EXIT_DONE;
	}
	rc = unserved_refuse(inv);
	return pools_each(inv, !request->dry_run, pool_erase, arg) || rc ? EXIT_REFUSED :
									   EXIT_DONE;
}

static int pool_erase_named(struct inventory *inv, const struct xenpmem_namespace *ns,
			    const struct request *request)
{
	struct pool pool;
	int rc;

	if (inventory_need_usable(inv, namespace_name(ns), ns,
				  NEED_ENABLED | NEED_WRITABLE | NEED_POOL) ||
	    pool_open(inv, ns, !request->dry_run, &pool))
		return EXIT_REFUSED;
	rc = pool_erase(inv, &pool, (void *)request);
	pool_close(&pool);
	return rc;
}

static int erase(struct inventory *inv, void *arg)
{
	const struct request *request = arg;
	const struct xenpmem_namespace *ns;
	struct size_buf size;
	int rc;

	rc = inventory_find(inv, request->name, &ns);
	if (!rc && ns->role == XEN_PMEM_ROLE_HOST)
		return host_erase_refuse(ns);
	if (!rc && inventory_is_pool(inv, ns->range.uuid))
		return pool_erase_named(inv, ns, request);
	if (!rc)
		rc = inventory_need_free(inv, namespace_name(ns), ns, NEED_WRITABLE);
	if (rc)
		return rc;
	if (request->dry_run && request->asks)
		question_tell(inv, ns);
	else if (!request->force)
		rc = consent_check(inv, ns, request->agreed);
	if (!rc)
		rc = request->dry_run ? handover_erase_check(inv, ns->range.uuid) :
					handover_erase(inv, ns->range.uuid);
	if (!rc)
		namespace_report(ns, !request->dry_run, "erased", "%serased, %s",
			  request->dry_run ? "would be " : "", size_text(ns->range.length, &size));
	return rc;
}

static int erase_run(struct arguments *args)
{
	struct request request = {
		.name = args->nr ? args->operands[0] : NULL,
		.force = args->option[ERASE_FORCE],
		.dry_run = args->dry_run,
	};
	int rc = EXIT_DONE;

	if (!args->option[ERASE_RAM] == !args->nr)
		return usage_wrong(args->usage, "takes %s", args->usage->operands.text);
	if (!request.name)
		return inventory_run(request.dry_run ? INVENTORY_FORESEE : INVENTORY_REAP,
				     pools_erase, &request);
	request.asks = !request.force && isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
	if (request.asks && !request.dry_run)
		rc = inventory_run(INVENTORY_LOOK, consent_ask, &request);
	return rc ? rc : inventory_run(request.dry_run ? INVENTORY_FORESEE : INVENTORY_REAP,
				       erase, &request);
}

const struct verb verb_erase = {
	.run = erase_run,
	.usage = {
		.name = "erase",
		.synopsis = "[--force] NAMESPACE | --ram",
		.summary = "write zeros over a namespace that is enabled and not assigned",
		.help = "Any guest may get the namespace afterwards. After an interruption the "
			"next erase goes on from there (to within 1 GiB).\n"
			"If a guest's data are in it, erase asks on a terminal.\n"
			"Of a pool of guests' RAM it erases what no guest has. This is done in the "
			"background when a guest ends, and at boot.",
		.options = {
			[ERASE_FORCE] = { "force", 0, NULL, "erase a guest's data without asking" },
			[ERASE_RAM] = { "ram", 0, NULL, "all pools of guests' RAM" },
		},
		.operands = { 0, 1, "one namespace, or --ram" },
		.json = "namespaces",
		.changes = true,
		.can_dry_run = true,
	},
};
