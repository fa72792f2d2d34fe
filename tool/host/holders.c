// SPDX-License-Identifier: GPL-2.0-only
/* Puts guests into the document of --json: an item a guest, with its vNVDIMMs. */
#include "host/holders.h"

#include "xen/domain.h"

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

const char *range_role_text(const struct inventory *inv, const uint8_t uuid[16])
{
	return inventory_is_labels(inv, uuid) ? "labels" :
	       inventory_is_pool(inv, uuid) ? "ram" : "namespace";
}

static void vnvdimm_json(const struct inventory *inv, const struct xenpmem_holding *holding,
			 json_object *item)
{
	const struct xenpmem_namespace *ns = inventory_find_uuid(inv, holding->uuid);

	json_number(item, "gpa", holding->gpa);
	json_number(item, "start", holding->spa);
	json_number(item, "size", holding->pages << 12);
	json_name(item, "role", range_role_text(inv, holding->uuid));
	json_uuid(item, "uuid", holding->uuid);
	json_name(item, "device", ns ? ns->device : NULL);
	json_name(item, "label", ns ? ns->label : NULL);
}

/* All holdings of the guest whose first one this is. */
static void guest_json(const struct inventory *inv, unsigned int first)
{
	const struct xenpmem_holding *list = inv->holdings;
	const uint32_t domid = list[first].domid;
	json_object *item = json_item("guests"), *vnvdimms;
	char name[DOMAIN_NAME_LEN];
	unsigned int i;

	json_number(item, "domain", domid);
	json_name(item, "name", domain_name(domid, name));
	json_name(item, "state", holder_text(list[first].state));
	vnvdimms = json_array(item, "vnvdimms");
	for (i = first; i < inv->nr_holdings; i++)
		if (list[i].domid == domid)
			vnvdimm_json(inv, &list[i], json_array_item(vnvdimms));
}

bool holding_is_first(const struct inventory *inv, unsigned int at)
{
	unsigned int i;

	for (i = 0; i < at; i++)
		if (inv->holdings[i].domid == inv->holdings[at].domid)
			return false;
	return true;
}

void guests_json(const struct inventory *inv, int64_t domid)
{
	unsigned int i;

	for (i = 0; json_is_wanted() && i < inv->nr_holdings; i++)
		if ((domid < 0 || inv->holdings[i].domid == domid) && holding_is_first(inv, i))
			guest_json(inv, i);
}
