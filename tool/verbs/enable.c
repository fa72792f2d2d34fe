// SPDX-License-Identifier: GPL-2.0-only
/* xen-pmem enable: hands a namespace, or all that the record names, to Xen for guests. */
#include <errno.h>
#include <string.h>

#include "host/available.h"
#include "host/handover.h"
#include "host/pool.h"
#include "host/reserved.h"
#include "verbs/verb.h"

struct request {
	const char *name;	/* NULL: all that the record names */
	bool read_only, ram, erase, dry_run;
};

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

/* Xen's own line has no numbers. */
static int room_refuse(struct inventory *inv, const struct xenpmem_namespace *ns)
{
	const char *name = namespace_name(ns), *area = namespace_name(inv->reserved);
	uint64_t need = xenpmem_metadata_size(ns->range.length);
	struct size_buf need_text, room, left, size, retired;
	char bad[64] = "";
	const struct xenpmem_info *info = &inv->info;

	inventory_read(inv);
	size_text(ns->range.length, &size);
	size_text(need, &need_text);
	size_text(info->bytes_total, &room);
	if (inv->no_extension[0])
		return refuse(name, "%s", inv->no_extension);
	if (info->bytes_retired)
		snprintf(bad, sizeof(bad), " (bad blocks take %s)",
			 size_text(info->bytes_retired, &retired));
	if (ns->role == XEN_PMEM_ROLE_HOST)
		return refuse(name, "the reserved area %s is too small or the table of ranges is "
			      "full: %s that dom0 uses need up to %s at once, and of %s %s are "
			      "free%s", area, size.text, need_text.text, room.text,
			      size_text(info->bytes_total - info->bytes_used, &left), bad);
	return refuse(name, "the reserved area %s is too small or the table of ranges is full: "
		      "%s need up to %s, and it has %s%s", area, size.text, need_text.text,
		      room.text, bad);
}

static int length_refuse(const struct xenpmem_namespace *ns, const struct xen_pmem_backing *b)
{
	struct size_buf was, is;

	size_text(b->length, &was);
	size_text(ns->range.length, &is);
	if (b->flags & XEN_PMEM_BACKING_KEPT)
		return refuse(namespace_name(ns),
			      "labels are kept for it, and its size was %s then, not %s "
			      "(xen-pmem disable --erase gives them up)", was.text, is.text);
	return refuse(namespace_name(ns), "its size is %s now, and %s in the record "
		      "(xen-pmem disable, then enable)", is.text, was.text);
}

/* rc: of xenpmem_enable(), or of its check. */
static int enable_refuse(struct inventory *inv, const struct xenpmem_namespace *ns, int rc)
{
	const struct xen_pmem_backing *b = xenpmem_record_find(&inv->record, ns->range.uuid);

	if (xenpmem_remedy(inv->pmem) == XENPMEM_REMEDY_ENLARGE)
		return room_refuse(inv, ns);
	if (rc == -ESTALE && b && b->length != ns->range.length)
		return length_refuse(ns, b);
	if (rc == -ENXIO && !ns->bound)
		return namespace_need_bound(ns);
	return refuse(namespace_name(ns), "%s", xenpmem_error(inv->pmem));
}

/*
 * What dom0 has of a namespace with bad blocks, it maps. *is_enabled: it is already. freed: a dry
 * run has said that what a guest left would be given up.
 */
static int namespace_plan(struct inventory *inv, const struct xenpmem_namespace *ns, bool ram,
			  bool freed, int *is_enabled)
{
	const char *why = ns->role == XEN_PMEM_ROLE_HOST ? namespace_why_bad(ns) : NULL;
	int rc;

	if (why)
		return refuse(namespace_name(ns), "%s", why);
	if (!ram && ns->nr_bad > XENPMEM_BAD_MAX)
		return refuse(namespace_name(ns), "it has more than %u ranges of bad blocks",
			      XENPMEM_BAD_MAX);
	rc = xenpmem_enable_check(inv->pmem, &inv->record, ns, ram);
	*is_enabled = rc > 0;
	if (!rc && !inventory_range(inv, ns->range.uuid))
		return available_need(inv, ns, &ns->range);
	if (rc >= 0 || (freed && (rc == -ENOTEMPTY || rc == -EEXIST)))
		return EXIT_DONE;
	return enable_refuse(inv, ns, rc);
}

/* block: dom0's device of it; or "". */
static void enabled_report(const struct xenpmem_namespace *ns, bool ram, bool was_enabled,
			   bool dry_run, const char *block)
{
	const char *use = ram ? " as guests' RAM" :
			  ns->role == XEN_PMEM_ROLE_HOST ? " for dom0" : "";
	const char *dev = block[0] ? ", /dev/" : "";
	struct size_buf size;
	json_object *item;

	if (was_enabled)
		item = namespace_report(ns, false, "enabled", "already enabled%s%s%s",
					ram ? use : "", dev, block);
	else
		item = namespace_report(ns, !dry_run, "enabled", "%senabled%s, %s%s%s",
					dry_run ? "would be " : "", use,
					size_text(ram ? pool_room(ns->range.length) :
						  ns->range.length, &size), dev, block);
	if (block[0])
		json_name(item, "block", block);
}

/*
 * What is noted of slots is of an earlier pool of this UUID: dom0 may have written there since. It
 * goes first, for after a kill nobody would know that it is old.
 */
static int notes_drop(struct inventory *inv, const struct xenpmem_namespace *ns, bool ram)
{
	return ram && !inventory_is_pool(inv, ns->range.uuid) && pool_forget(ns) ? EXIT_REFUSED :
										   EXIT_DONE;
}

static int namespace_enable(struct inventory *inv, const struct xenpmem_namespace *ns, bool ram,
			    bool quiet)
{
	char block[32];
	int rc;

	rc = xenpmem_enable(inv->pmem, inv->reserved, &inv->record, ns, ram, block);
	if (rc < 0)
		return enable_refuse(inv, ns, rc);
	if (!rc || !quiet)
		enabled_report(ns, ram, rc, false, block);
	return EXIT_DONE;
}

/* Labels that were kept for a guest. What is left of its data is dom0's, and not clean. */
static int labels_give_up(struct inventory *inv, const struct xenpmem_namespace *ns, bool dry_run)
{
	if (!dry_run && xenpmem_strike(inv->pmem, inv->reserved, &inv->record, ns->range.uuid))
		return refuse(namespace_name(ns), "%s", xenpmem_error(inv->pmem));
	return EXIT_DONE;
}

/* Of what is to become a pool. */
static int ram_check(struct inventory *inv, const struct xenpmem_namespace *ns,
		     const struct request *request)
{
	const struct xen_pmem_backing *b;

	if (ns->role == XEN_PMEM_ROLE_HOST)
		return refuse(namespace_name(ns), "it is in %s mode, for dom0 as well; guests' RAM "
			      "needs one in raw mode", ns->mode);
	if (ns->range.length < SLOT_SIZE)
		return refuse(namespace_name(ns), "it is smaller than 1G, which is the least that "
			      "a guest gets as RAM");
	if (ns->nr_bad > XENPMEM_BAD_MAX)
		return refuse(namespace_name(ns), "it has more than %u ranges of bad blocks",
			      XENPMEM_BAD_MAX);
	b = xenpmem_record_find(&inv->record, ns->range.uuid);
	if (b && b->flags & XEN_PMEM_BACKING_KEPT && request->erase)
		return labels_give_up(inv, ns, request->dry_run);
	b = xenpmem_record_find_guests(&inv->record, ns->range.uuid);
	if (!b || !xenpmem_backing_holds_others(b, NULL))
		return EXIT_DONE;
	if (request->erase)
		return request->dry_run ? handover_erase_check(inv, ns->range.uuid) :
					  handover_erase(inv, ns->range.uuid);
	return refuse(namespace_name(ns), "it holds data of %s: --erase writes zeros over them "
		      "first", backing_owner_text(b));
}

static int one_plan(struct inventory *inv, const struct request *request,
		    const struct xenpmem_namespace **ns, int *is_enabled)
{
	int rc;

	rc = inventory_find(inv, request->name, ns);
	if (!rc)
		rc = namespace_check(*ns);
	if (!rc)
		rc = health_check(*ns, request->read_only);
	if (!rc)
		rc = inventory_need_record(inv);
	if (!rc)
		rc = reserved_check(inv);
	if (!rc && request->ram)
		rc = ram_check(inv, *ns, request);
	return rc ? rc : namespace_plan(inv, *ns, request->ram,
					request->erase && request->dry_run, is_enabled);
}

static int one_enable(struct inventory *inv, const struct request *request)
{
	const struct xenpmem_namespace *ns;
	int is_enabled, rc;
	bool opened;

	rc = one_plan(inv, request, &ns, &is_enabled);
	if (rc)
		return rc;
	if (request->dry_run) {
		enabled_report(ns, request->ram, is_enabled, true,
			       is_enabled && ns->role == XEN_PMEM_ROLE_HOST ? ns->block : "");
		return EXIT_DONE;
	}
	rc = notes_drop(inv, ns, request->ram);
	if (!rc)
		rc = reserved_open(inv, &opened);
	if (rc)
		return rc;
	rc = namespace_enable(inv, ns, request->ram, false);
	/* Xen refuses to give it back while it serves anything else. */
	if (rc && opened)
		xenpmem_area_close(inv->pmem, inv->reserved);
	return rc;
}

/* The namespace must be there, and as it was; the library compares it with the record. */
static int backing_check(const struct xenpmem_namespace *ns,
			 const struct xen_pmem_backing *backing)
{
	struct uuid_buf uuid;

	if (!ns)
		return refuse(uuid_text(backing->uuid, &uuid), "the host does not show this "
							       "namespace, which the record names");
	if (!(backing->flags & XEN_PMEM_BACKING_HOST) != (ns->role != XEN_PMEM_ROLE_HOST))
		return refuse(namespace_name(ns),
			      "the namespace is in %s mode now, and was enabled in another "
			      "(xen-pmem disable, then enable)", ns->mode);
	if (ns->role != XEN_PMEM_ROLE_HOST && namespace_why_unbound(ns))
		return namespace_need_bound(ns);
	/* Guests that use it `ro` can start; create refuses the others. */
	return health_check(ns, true);
}

/* Namespaces that are to be enabled, and those of them that Xen does not serve yet. */
struct plan {
	const struct xenpmem_namespace *ns[XEN_PMEM_BACKINGS_MAX], *next[XEN_PMEM_BACKINGS_MAX];
	bool ram[XEN_PMEM_BACKINGS_MAX];
	uint32_t nr, nr_next;
};

static int backing_plan(struct inventory *inv, const struct xen_pmem_backing *backing,
			bool dry_run, struct plan *plan)
{
	const struct xenpmem_namespace *ns = inventory_find_uuid(inv, backing->uuid);
	const bool ram = backing->flags & XEN_PMEM_BACKING_RAM;
	int is_enabled, rc;

	rc = backing_check(ns, backing);
	if (!rc)
		rc = namespace_plan(inv, ns, ram, false, &is_enabled);
	if (!rc && !dry_run)
		rc = notes_drop(inv, ns, ram);
	if (rc)
		return rc;
	plan->ns[plan->nr] = ns;
	plan->ram[plan->nr++] = ram;
	if (!is_enabled)
		plan->next[plan->nr_next++] = ns;
	if (!is_enabled && dry_run)
		enabled_report(ns, ram, false, true, "");
	return EXIT_DONE;
}

/* Copies those that are to be enabled: enabling changes the record. */
static uint32_t backings_copy(const struct xen_pmem_record *data, struct xen_pmem_backing *list)
{
	uint32_t i, nr = 0;

	for (i = 0; i < data->nr_backings; i++)
		if (!(data->backings[i].flags & XEN_PMEM_BACKING_KEPT))
			list[nr++] = data->backings[i];
	return nr;
}

/* One pass of Xen over its page tables is for all that are begun together. */
static int backings_enable(struct inventory *inv, const struct xen_pmem_backing *backings,
			   uint32_t nr, bool dry_run)
{
	struct plan plan = { .nr = 0 };
	bool opened;
	uint32_t i;
	int rc, refused = EXIT_DONE;

	rc = reserved_check(inv);
	if (rc)
		return rc;
	for (i = 0; i < nr; i++)
		if (backing_plan(inv, &backings[i], dry_run, &plan))
			refused = EXIT_REFUSED;
	if (dry_run)
		return refused;
	rc = reserved_open_for(inv, plan.next, plan.nr_next, &opened);
	if (rc)
		return rc;
	for (i = 0; i < plan.nr; i++)
		if (namespace_enable(inv, plan.ns[i], plan.ram[i], true))
			refused = EXIT_REFUSED;
	return refused;
}

static int all_enable(struct inventory *inv, bool dry_run)
{
	struct xen_pmem_backing backings[XEN_PMEM_BACKINGS_MAX];
	uint32_t nr;
	int rc;

	if (!inv->reserved) {
		say("there is no reserved area, so there is nothing to enable\n");
		return EXIT_DONE;
	}
	rc = inventory_need_record(inv);
	if (rc)
		return rc;
	nr = backings_copy(&inv->record.data, backings);
	if (!nr) {
		say("the record names no namespace to enable\n");
		return EXIT_DONE;
	}
	return backings_enable(inv, backings, nr, dry_run);
}

static int enable(struct inventory *inv, void *arg)
{
	const struct request *request = arg;

	return request->name ? one_enable(inv, request) : all_enable(inv, request->dry_run);
}

enum { ENABLE_RO, ENABLE_RAM, ENABLE_ERASE, ENABLE_ALL };

static int enable_run(struct arguments *args)
{
	struct request request = {
		.name = args->nr ? args->operands[0] : NULL,
		.read_only = args->option[ENABLE_RO],
		.ram = args->option[ENABLE_RAM],
		.erase = args->option[ENABLE_ERASE],
		.dry_run = args->dry_run,
	};

	if (!args->option[ENABLE_ALL] == !args->nr)
		return usage_wrong(args->usage, "takes %s", args->usage->operands.text);
	if (request.ram && (request.read_only || !request.name))
		return usage_wrong(args->usage, "--ram is for one namespace, and not with --ro");
	if (request.erase && !request.ram)
		return usage_wrong(args->usage, "--erase is for --ram");
	return inventory_run(INVENTORY_CHANGE, enable, &request);
}

const struct verb verb_enable = {
	.run = enable_run,
	.usage = {
		.name = "enable",
		.synopsis = "[--ro | --ram [--erase]] NAMESPACE | --all",
		.summary = "hand a namespace to Xen, for guests",
		.help = "The record in the reserved area notes it.\n"
			"dom0 keeps a namespace in fsdax or devdax mode as well: guests get "
			"files of its filesystem, or parts of its device, and Xen counts dom0's "
			"mappings.\n"
			"With --ram guests get it as RAM (pmem_ram in the config), in slots of 1G. "
			"Slots with bad blocks are left out.",
		.options = {
			[ENABLE_RO] = { "ro", 0, NULL, "accept an NVDIMM that may not keep what "
					"is written: guests get the namespace read-only (`ro`) "
					"alone" },
			[ENABLE_RAM] = { "ram", 0, NULL, "guests get it as RAM, not as vNVDIMMs" },
			[ENABLE_ERASE] = { "erase", 0, NULL, "with --ram: write zeros over the "
					   "data of a guest first" },
			[ENABLE_ALL] = { "all", 0, NULL, "enable all namespaces that the record "
					 "names; done at boot" },
		},
		.operands = { 0, 1, "one namespace, or --all" },
		.json = "namespaces",
		.changes = true,
		.can_dry_run = true,
	},
};
