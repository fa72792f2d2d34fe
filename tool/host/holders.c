// SPDX-License-Identifier: GPL-2.0-only
/* Puts guests into the document of --json: one item a guest, with its vNVDIMMs. */
#include "host/holders.h"

#include "xen/domain.h"
#include "host/labels.h"
#include "host/reap.h"

const char *holder_text(enum xen_pmem_holder_state state)
{
	switch (state) {
	case XEN_PMEM_HOLDER_BUILDING:
		return "not started";
	case XEN_PMEM_HOLDER_RUNNING:
		return "running";
	case XEN_PMEM_HOLDER_DYING:
		return "being destroyed";
	case XEN_PMEM_HOLDER_DEAD:
		return "dead";
	default:
		return "unknown";
	}
}

const char *range_role_text(const struct xenpmem_info *info, const uint8_t uuid[16])
{
	return labels_are(info, uuid) ? "labels" : "namespace";
}

static void vnvdimm_json(struct inventory *inv, const struct xenpmem_info *info,
			 const struct xenpmem_holding *holding, json_object *item)
{
	const struct xenpmem_namespace *ns = inventory_find_uuid(inv, holding->uuid);

	json_number(item, "gpa", holding->gpa);
	json_number(item, "start", holding->spa);
	json_number(item, "size", holding->pages << 12);
	json_name(item, "role", range_role_text(info, holding->uuid));
	json_uuid(item, "uuid", holding->uuid);
	json_name(item, "device", ns ? ns->device : NULL);
	json_name(item, "label", ns ? ns->label : NULL);
}

/* The first of a guest's holdings stands at list[0]. */
static void guest_json(struct inventory *inv, const struct xenpmem_info *info,
		       const struct xenpmem_holding *list, unsigned int nr)
{
	json_object *item = json_item("guests"), *vnvdimms;
	char name[DOMAIN_NAME_LEN];
	unsigned int i;

	json_number(item, "domain", list[0].domid);
	json_name(item, "name", domain_name(list[0].domid, name));
	json_name(item, "state", holder_text(list[0].state));
	vnvdimms = json_array(item, "vnvdimms");
	for (i = 0; i < nr; i++)
		if (list[i].domid == list[0].domid)
			vnvdimm_json(inv, info, &list[i], json_array_item(vnvdimms));
}

static bool domain_seen(const struct xenpmem_holding *list, unsigned int nr, uint32_t domid)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (list[i].domid == domid)
			return true;
	return false;
}

void guests_json(struct inventory *inv, const struct xenpmem_info *info, int64_t domid)
{
	struct xenpmem_holding list[XEN_PMEM_HOLDINGS];
	unsigned int i, nr = json_is_wanted() ? holdings_read(inv->pmem, list) : 0;

	for (i = 0; i < nr; i++)
		if ((domid < 0 || list[i].domid == domid) && !domain_seen(list, i, list[i].domid))
			guest_json(inv, info, &list[i], nr - i);
}
