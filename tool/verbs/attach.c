// SPDX-License-Identifier: GPL-2.0-only
/* xen-pmem attach: puts vNVDIMMs into a guest that was created paused by other means and has never run, or into an HVM guest that runs. */
#include <string.h>

#include "xen/domain.h"
#include "host/handover.h"
#include "host/reap.h"
#include "verbs/verb.h"

/* There is no label area in the tables that the guest has. */
static int labels_none(struct backend *backends, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (backends[i].spec.label == LABEL_ON)
			return backend_refuse(&backends[i], "label", "a guest that runs cannot be given labels");
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

static int guest_attach(struct inventory *inv, const char *name, uint32_t domid,
			struct backend *backends, unsigned int nr, enum data_choice choice)
{
	struct domain_status status = domain_status(domid);
	struct handover h = {
		.inv = inv, .guest = status.uuid, .domid = domid,
		.running = status.state == DOMAIN_ALIVE, .choice = choice,
		.b = { .where = name, .list = backends, .nr = nr },
	};
	int rc = h.running ? labels_none(backends, nr) : EXIT_DONE;

	if (!rc)
		rc = handover_run(&h);
	if (!rc)
		attached_tell(name, domid, backends, h.b.vnvdimms, nr);
	return rc;
}

static int attach(const char *name, struct backend *backends, unsigned int nr, enum data_choice choice)
{
	struct inventory host;
	uint32_t domid;
	int rc;

	if (!domain_find(name, &domid))
		return refuse(name, "no such guest");
	if (!domid)
		return refuse(name, "this is dom0, and no guest");
	rc = inventory_open_locked(&host);
	if (rc)
		return rc;
	reap_dead(&host, true);
	rc = guest_attach(&host, name, domid, backends, nr, choice);
	inventory_close(&host);
	return rc;
}

static int run(const struct verb *verb, int argc, char **argv)
{
	bool keep = false, erase = false;
	const struct flag flags[] = { { "keep", &keep, NULL },
				      { "erase", &erase, NULL },
				      { NULL, NULL, NULL } };
	struct backend backends[XENPMEM_VNVDIMMS_MAX] = { 0 };
	enum data_choice choice;
	char why[SPEC_WHY_MAX];
	int i;

	argc = options_take(verb, argc, argv, flags);
	for (i = 2; i < argc; i++)
		if (!spec_parse(argv[i], &backends[i - 2].spec, why, sizeof(why)))
			return usage_wrong(verb, "%s: %s", argv[i], why);
	i = choice_read(verb, keep, erase, &choice);
	return i ? i : attach(argv[1], backends, argc - 2, choice);
}

const struct verb verb_attach = {
	"attach", run, "[--keep | --erase] DOMAIN BACKEND[,OPTION]...",
	"put vNVDIMMs into a guest that was created paused, or into an HVM guest that runs\n"
	"BACKEND is a namespace, or the path of a file or device. The OPTIONs are those of vnvdimms in the config: ro, node=N, gpa=ADDRESS, label=on|off, size=SIZE, offset=OFFSET.\n"
	"A guest that was created paused (xl create -p) stays so. When it reboots or ends, nobody sees to its vNVDIMMs:\n"
	"xen-pmem create does that, and is the better way.\n"
	"An HVM guest that runs, and was started with a vNVDIMM, gets them without labels, until it reboots or ends;\n"
	"its config is what it is started with again.\n"
	"  --keep   hand over what another guest left in a backend\n"
	"  --erase  write zeros over that first",
	.operands = { 2, 1 + XENPMEM_VNVDIMMS_MAX, "a guest and 1 to 16 backends" },
	.json = "changed guests",
};
