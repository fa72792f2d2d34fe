// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-pmem attach: puts vNVDIMMs into a guest that was created paused by other means and has never
 * run, or into a running HVM guest.
 */
#include "xen/domain.h"
#include "host/handover.h"
#include "verbs/verb.h"

/* The ACPI tables of a running guest hold no label area. */
static int labels_none(struct backend *backends, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (backends[i].spec.label == LABEL_ON)
			return backend_refuse(&backends[i], "label",
					      "a running guest gets a vNVDIMM without labels: drop "
					      "label=on");
		backends[i].spec.label = LABEL_OFF;
	}
	return EXIT_DONE;
}

static void attached_tell(const char *name, uint32_t domid, const struct backend *backends,
			  const struct xenpmem_vnvdimm *vnvdimms, unsigned int nr)
{
	json_object *guest = json_item("guests"), *list, *item;
	char text[DOMAIN_NAME_LEN];
	unsigned int i;

	json_number(guest, "domain", domid);
	json_name(guest, "name", domain_name(domid, text));
	list = json_array(guest, "vnvdimms");
	for (i = 0; i < nr; i++) {
		say("%s: %s at guest address %#llx\n", name, backends[i].spec.name,
		    (unsigned long long)vnvdimms[i].gpa);
		item = json_array_item(list);
		json_number(item, "gpa", vnvdimms[i].gpa);
		json_name(item, "backend", backends[i].spec.name);
	}
	json_changed();
}

struct request {
	const char *name;
	uint32_t domid;
	struct backend backends[XENPMEM_VNVDIMMS_MAX];
	unsigned int nr;
	enum data_choice choice;
	bool dry_run;
};

static int attach(struct inventory *inv, void *arg)
{
	struct request *request = arg;
	struct domain_status status = domain_status(request->domid);
	struct handover h = {
		.inv = inv, .guest = status.uuid, .domid = request->domid,
		.running = status.state == DOMAIN_ALIVE, .choice = request->choice,
		.b = { .where = request->name, .list = request->backends, .nr = request->nr },
	};
	unsigned int i;
	int rc;

	rc = h.running ? labels_none(request->backends, request->nr) : EXIT_DONE;
	if (!rc)
		rc = request->dry_run ? handover_prepare(&h, true) : handover_run(&h);
	if (rc)
		return rc;
	if (!request->dry_run)
		attached_tell(request->name, request->domid, request->backends, h.b.vnvdimms,
			      request->nr);
	for (i = 0; i < request->nr && request->dry_run; i++)
		say("%s: would get %s\n", request->name, request->backends[i].spec.name);
	return EXIT_DONE;
}

static int request_read(const struct arguments *args, struct request *request)
{
	char why[SPEC_WHY_MAX];
	int i;

	request->name = args->operands[0];
	request->nr = args->nr - 1;
	for (i = 1; i < args->nr; i++)
		if (!spec_parse(args->operands[i], &request->backends[i - 1].spec, why,
				sizeof(why)))
			return usage_wrong(args->usage, "%s: %s", args->operands[i], why);
	return choice_read(args, &request->choice);
}

static int attach_run(struct arguments *args)
{
	struct request request = { .dry_run = args->dry_run };
	int rc;

	rc = request_read(args, &request);
	if (!rc)
		rc = dom0_need();
	if (rc)
		return rc;
	if (!domain_find(request.name, &request.domid))
		return refuse(request.name, "no such guest");
	if (!request.domid)
		return refuse(request.name, "this is dom0, not a guest");
	return inventory_run(request.dry_run ? INVENTORY_FORESEE : INVENTORY_REAP, attach,
			     &request);
}

const struct verb verb_attach = {
	.run = attach_run,
	.usage = {
		.name = "attach",
		.synopsis = "[--keep | --erase] DOMAIN BACKEND[,OPTION]...",
		.summary = "put vNVDIMMs into a paused new guest, or a running HVM guest",
		.help = "BACKEND is a namespace, or the path of a file or device. The OPTIONs "
			"are those of vnvdimms in the config: ro, node=N, gpa=ADDRESS, "
			"label=on|off, size=SIZE, offset=OFFSET, badblocks=list|refuse.\n"
			"A guest that was created paused (xl create -p) stays paused. When it "
			"reboots or ends, xen-pmem does not monitor its vNVDIMMs; it does for a "
			"guest of xen-pmem create, which is the better way.\n"
			"A running HVM guest that was started with a vNVDIMM gets them without "
			"labels. After a reboot it has only what its config lists.",
		.options = {
			[CHOICE_KEEP] = { "keep", 0, NULL, "hand over what another guest left "
					  "in a namespace" },
			[CHOICE_ERASE] = { "erase", 0, NULL, "write zeros over that first" },
		},
		.keys = "ro node= gpa= label=on label=off size= offset=",
		.operands = { 2, 1 + XENPMEM_VNVDIMMS_MAX, "a guest and 1 to 16 backends" },
		.json = "guests",
		.changes = true,
		.can_dry_run = true,
	},
};
