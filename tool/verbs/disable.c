// SPDX-License-Identifier: GPL-2.0-only
/* xen-pmem disable: takes a namespace back from Xen. */
#include <errno.h>
#include <uuid/uuid.h>

#include "host/handover.h"
#include "host/lock.h"
#include "host/pool_clean.h"
#include "verbs/verb.h"

struct request {
	const char *name;
	enum data_choice choice;
	bool dry_run;
};

static int disable_refuse(struct inventory *inv, const struct xenpmem_namespace *ns)
{
	return refuse(namespace_name(ns), "%s", xenpmem_error(inv->pmem));
}

static void disabled_report(const struct xenpmem_namespace *ns, bool dry_run)
{
	namespace_report(ns, !dry_run, "disabled", "%sdisabled", dry_run ? "would be " : "");
}

/* What xenpmem_area_close() refuses. */
static int area_check(const struct inventory *inv, const struct xenpmem_namespace *ns)
{
	if (inv->no_extension[0])
		return refuse(namespace_name(ns), "%s", inv->no_extension);
	if (!inventory_is_reserved(inv, ns) && !ns->held)
		return refuse(namespace_name(ns), "Xen does not use this reserved area");
	if (inventory_is_reserved(inv, ns) && inventory_nr_enabled(inv))
		return refuse(namespace_name(ns), "Xen has tables of namespaces in it: disable "
			      "them first");
	return EXIT_DONE;
}

static int area_disable(struct inventory *inv, const struct xenpmem_namespace *ns, bool dry_run)
{
	if (area_check(inv, ns))
		return EXIT_REFUSED;
	if (!dry_run && xenpmem_area_close(inv->pmem, ns))
		return disable_refuse(inv, ns);
	disabled_report(ns, dry_run);
	return EXIT_DONE;
}

/* The namespace is disabled and its labels are kept. No zeros are written: it is dom0's now. */
static int kept_disable(struct inventory *inv, const struct xenpmem_namespace *ns,
			const struct request *request)
{
	const struct xen_pmem_backing *b = xenpmem_record_find(&inv->record, ns->range.uuid);

	if (request->choice != DATA_ERASE)
		return refuse(namespace_name(ns),
			      "not enabled; labels of %s are kept for it (--erase gives them up)",
			      backing_owner_text(b));
	if (!request->dry_run &&
	    xenpmem_strike(inv->pmem, inv->reserved, &inv->record, ns->range.uuid))
		return disable_refuse(inv, ns);
	namespace_report(ns, !request->dry_run, "labels given up",
			 "the labels kept for it %s given up",
			 request->dry_run ? "would be" : "are");
	return EXIT_DONE;
}

/* A guest may have got it since the inventory was read. */
static int namespace_disable(struct inventory *inv, const struct xenpmem_namespace *ns, bool keep)
{
	char why[256];
	int rc;

	rc = xenpmem_disable(inv->pmem, inv->reserved, &inv->record, ns, keep);
	if (rc >= 0)
		return EXIT_DONE;
	snprintf(why, sizeof(why), "%s", xenpmem_error(inv->pmem));
	if (rc == -EBUSY) {
		inventory_read(inv);
		if (inventory_need_unassigned(inv, namespace_name(ns), ns->range.uuid))
			return EXIT_REFUSED;
	}
	return refuse(namespace_name(ns), "%s", why);
}

/* As if its data were kept or erased. */
static int namespace_check(struct inventory *inv, const struct xenpmem_namespace *ns)
{
	if (ns->bound && inv->no_extension[0])
		return refuse(namespace_name(ns), "%s", inv->no_extension);
	if (xenpmem_disable_check(inv->pmem, &inv->record, ns, true) < 0)
		return disable_refuse(inv, ns);
	return ns->bound ? inventory_need_unassigned(inv, namespace_name(ns), ns->range.uuid) :
			   EXIT_DONE;
}

/* The row of a namespace stays as long as it has labels for its guest. */
static void labels_warn(struct inventory *inv, const struct xenpmem_namespace *ns,
			enum data_choice choice)
{
	const struct xen_pmem_backing *b = xenpmem_record_find(&inv->record, ns->range.uuid);

	if (choice == DATA_KEEP && b && !b->label_slot && xenpmem_backing_holds_others(b, NULL))
		warn(namespace_name(ns), "it has no labels, so the record forgets that it holds "
		     "data of %s: enabled again, any guest can get them",
		     backing_owner_text(b));
}

static int range_disable(struct inventory *inv, const struct xenpmem_namespace *ns,
			 const struct request *request)
{
	int rc;

	rc = inventory_need_unassigned(inv, namespace_name(ns), ns->range.uuid);
	if (!rc)
		rc = inventory_need_record(inv);
	if (rc)
		return rc;
	labels_warn(inv, ns, request->choice);
	rc = handover_to_dom0(inv, ns, request->choice, request->dry_run);
	if (!rc)
		rc = request->dry_run ? namespace_check(inv, ns) :
		     namespace_disable(inv, ns, request->choice == DATA_KEEP);
	if (!rc)
		disabled_report(ns, request->dry_run);
	return rc;
}

struct use {
	const struct inventory *inv;
	const struct pool *pool;
};

/* Between two of its lives a guest has no pages, but wants its slots. */
static void user_refuse(const uint8_t guest[16], uint64_t bytes, void *arg)
{
	const struct use *use = arg;
	struct size_buf size;

	refuse(namespace_name(use->pool->ns), "%s of it are RAM of guest %s: %s",
	       size_text(bytes, &size), guest_name(guest),
	       pool_has_dead(use->inv, use->pool, guest) ?
	       "it is dead, and another domain maps pages of it" : "shut it down first");
}

static int pool_check_unused(const struct inventory *inv, struct pool *pool)
{
	struct use use = { inv, pool };
	struct pool_sum sum;

	pool_look(inv, pool, NULL, 0);
	pool_sum(pool, &sum);
	pool_guests_each(pool, user_refuse, &use);
	return sum.used ? EXIT_REFUSED : EXIT_DONE;
}

/* Xen has to serve what is not clean, to write zeros over it. */
static int pool_check_served(const struct inventory *inv, struct pool *pool)
{
	if (!pool_dirty_bytes(inv, pool) ||
	    inventory_is_enabled(inv, pool->ns->range.uuid))
		return EXIT_DONE;
	return refuse(namespace_name(pool->ns), "guests' RAM in it is not erased, and it is not "
		      "enabled, so it cannot be (xen-pmem enable --all; --keep leaves it to dom0)");
}

/* No guest gets slots of what is locked as if it were being erased. */
static int pool_erase(struct inventory *inv, struct pool *pool)
{
	const uint8_t *uuid = pool->ns->range.uuid;
	int lock = namespace_lock(namespace_name(pool->ns), uuid), rc;
	uint64_t bytes;

	if (lock < 0)
		return EXIT_REFUSED;
	rc = pool_clean(inv, pool, &bytes);
	namespace_unlock(lock, uuid);
	return rc;
}

/* What Xen does not serve can never be erased, if the namespace has changed since. */
static int pool_check_choice(const struct inventory *inv, const struct xenpmem_namespace *ns,
			     enum data_choice choice)
{
	if (choice != DATA_KEEP || !inventory_is_enabled(inv, ns->range.uuid))
		return EXIT_DONE;
	return refuse(namespace_name(ns), "it is a pool of guests' RAM, which is erased and never "
		      "kept: disable it without --keep");
}

static int pool_disable(struct inventory *inv, const struct xenpmem_namespace *ns,
			const struct request *request)
{
	const bool keep = request->choice == DATA_KEEP;
	struct pool pool;
	int rc;

	if (pool_check_choice(inv, ns, request->choice) || inventory_need_record(inv) ||
	    pool_open(inv, ns, !request->dry_run, &pool))
		return EXIT_REFUSED;
	rc = pool_check_unused(inv, &pool);
	if (!rc && !keep)
		rc = pool_check_served(inv, &pool);
	if (!rc)
		rc = inventory_need_unassigned(inv, namespace_name(ns), ns->range.uuid);
	if (!rc && !keep && !request->dry_run)
		rc = pool_erase(inv, &pool);
	pool_close(&pool);
	/* After a kill here the record decides: it calls the pool dirty before dom0 gets it. */
	if (!rc && !request->dry_run)
		rc = pool_forget(ns);
	if (!rc && !request->dry_run)
		rc = namespace_disable(inv, ns, keep);
	if (!rc)
		disabled_report(ns, request->dry_run);
	return rc;
}

static void lost_tell(const uuid_t uuid, bool dry_run)
{
	json_object *item = json_item("namespaces");
	struct uuid_buf text;

	say("%s: %sstruck from the record\n", uuid_text(uuid, &text), dry_run ? "would be " : "");
	json_uuid(item, "uuid", uuid);
	json_name(item, "result", "struck");
	if (!dry_run)
		json_changed();
}

/* The host has lost it: only the record still names it. */
static int lost_disable(struct inventory *inv, const uuid_t uuid, bool dry_run)
{
	struct uuid_buf text;
	int rc;

	uuid_text(uuid, &text);
	rc = dry_run ? inventory_need_unassigned(inv, text.text, uuid) :
		       namespace_check_unlocked(text.text, uuid);
	if (!rc)
		rc = inventory_need_record(inv);
	if (rc)
		return rc;
	if (!dry_run)
		rc = xenpmem_strike(inv->pmem, inv->reserved, &inv->record, uuid);
	else if (!xenpmem_record_find(&inv->record, uuid))
		rc = -ENOENT;
	if (rc == -ENOENT && !xenpmem_record_find(&inv->record, uuid))
		return refuse(text.text, "no such namespace, and the record does not name it "
			      "either");
	if (rc)
		return refuse(text.text, "%s", xenpmem_error(inv->pmem));
	lost_tell(uuid, dry_run);
	return EXIT_DONE;
}

/*
 * dom0's kernel cannot give back what it uses before it reboots: this is about the next boot. If a
 * killed enable left the namespace with our driver, Xen gives it back at once.
 */
static int host_disable(struct inventory *inv, const struct xenpmem_namespace *ns,
			const struct request *request)
{
	const bool dry_run = request->dry_run;
	int rc;

	rc = inventory_need_record(inv);
	if (rc)
		return rc;
	if (request->choice == DATA_ERASE)
		return host_erase_refuse(ns);
	rc = dry_run ? namespace_check(inv, ns) : namespace_disable(inv, ns, true);
	if (rc)
		return rc;
	if (ns->bound)
		disabled_report(ns, dry_run);
	else
		namespace_report(ns, !dry_run, "disabled at the next boot",
				 "%snot %senabled at the next boot; until then it stays dom0's "
				 "/dev/%s, with Xen's tables", dry_run ? "would " : "",
				 dry_run ? "be " : "", ns->block);
	return EXIT_DONE;
}

static int disable(struct inventory *inv, void *arg)
{
	const struct request *request = arg;
	const struct xenpmem_namespace *ns;
	const struct xen_pmem_backing *b;
	uuid_t uuid;

	if (!uuid_parse(request->name, uuid) && !inventory_find_uuid(inv, uuid))
		return lost_disable(inv, uuid, request->dry_run);
	if (inventory_find(inv, request->name, &ns))
		return EXIT_REFUSED;
	b = inventory_backing(inv, ns->range.uuid);
	if (b && b->flags & XEN_PMEM_BACKING_KEPT)
		return kept_disable(inv, ns, request);
	if (ns->role == XEN_PMEM_ROLE_HOST)
		return host_disable(inv, ns, request);
	if (namespace_need_bound(ns))
		return EXIT_REFUSED;
	if (ns->role == XEN_PMEM_ROLE_RESERVED)
		return area_disable(inv, ns, request->dry_run);
	return b && b->flags & XEN_PMEM_BACKING_RAM ? pool_disable(inv, ns, request) :
						      range_disable(inv, ns, request);
}

static int disable_run(struct arguments *args)
{
	struct request request = { .name = args->operands[0], .dry_run = args->dry_run };
	int rc;

	rc = choice_read(args, &request.choice);
	return rc ? rc : inventory_run(request.dry_run ? INVENTORY_FORESEE : INVENTORY_REAP,
				       disable, &request);
}

const struct verb verb_disable = {
	.run = disable_run,
	.usage = {
		.name = "disable",
		.synopsis = "[--keep | --erase] NAMESPACE",
		.summary = "take a namespace back from Xen",
		.help = "It is refused while the namespace is assigned to a guest. If it has "
			"been, say what becomes of that guest's data, which dom0 can read "
			"afterwards. A pool of guests' RAM is erased first.\n"
			"dom0 keeps a namespace that it uses itself (in fsdax or devdax mode) "
			"until it reboots; the namespace is not enabled after that.\n"
			"The reserved area can be disabled after all other namespaces.",
		.options = {
			[CHOICE_KEEP] = { "keep", 0, NULL, "keep the data, and the guest's "
					  "labels for the time when the namespace is enabled "
					  "again" },
			[CHOICE_ERASE] = { "erase", 0, NULL, "write zeros over the namespace "
					   "and its labels first; of a disabled namespace: give "
					   "up the labels that are kept for it" },
		},
		.operands = { 1, 1, "one namespace" },
		.json = "namespaces",
		.changes = true,
		.can_dry_run = true,
	},
};
