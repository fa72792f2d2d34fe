// SPDX-License-Identifier: GPL-2.0-only
/* Shows the chunks of the reserved area that have a bad block, and who depends on them. */
#include "host/unreadable.h"

#include "xen/domain.h"

static bool ranges_overlap(const struct xenpmem_range *a, const struct xenpmem_range *b)
{
	return a->spa < b->spa + b->length && b->spa < a->spa + a->length;
}

bool unreadable_is_about(const struct inventory *inv, const struct xenpmem_range *range)
{
	struct xenpmem_retired retired;
	uint32_t i;

	for (i = 0; !xenpmem_query_retired(inv->pmem, i, &retired); i++)
		if (ranges_overlap(&retired.about, range))
			return true;
	return false;
}

static const char *state_text(enum xen_pmem_chunk_state state)
{
	return state == XEN_PMEM_CHUNK_IDLE ? "idle" :
	       state == XEN_PMEM_CHUNK_PAGES ? "pages" : "m2p";
}

/* The guest has pages of a range that the chunk is about; counted once, at its first such range. */
static bool holding_depends(const struct inventory *inv, unsigned int nr,
			    const struct xenpmem_retired *retired)
{
	const struct xenpmem_holding *h = &inv->holdings[nr];
	const struct xenpmem_served *served = inventory_range(inv, h->uuid);
	unsigned int i;

	if (!served || !ranges_overlap(&served->range, &retired->about))
		return false;
	for (i = 0; i < nr; i++)
		if (inv->holdings[i].domid == h->domid && holding_depends(inv, i, retired))
			return false;
	return true;
}

static unsigned int ranges_print(const struct inventory *inv, const struct xenpmem_retired *retired)
{
	unsigned int i, nr = 0;

	for (i = 0; i < inv->nr_ranges; i++)
		if (ranges_overlap(&inv->ranges[i].range, &retired->about))
			printf("%s%s%s", nr++ ? ", " : " of ",
			       inventory_name(inv, inv->ranges[i].range.uuid),
			       inventory_is_labels(inv, inv->ranges[i].range.uuid) ?
				       " labels" : "");
	return nr;
}

static unsigned int guests_print(const struct inventory *inv, const struct xenpmem_retired *retired)
{
	char name[DOMAIN_NAME_LEN];
	unsigned int i, nr = 0;

	for (i = 0; i < inv->nr_holdings; i++)
		if (holding_depends(inv, i, retired))
			printf("%s%s", nr++ ? ", " : "; end guest ",
			       domain_name(inv->holdings[i].domid, name));
	return nr;
}

/* What is to be done: with page_infos pages stay a dead guest's, or dom0's. */
static void retired_print(const struct inventory *inv, const struct xenpmem_retired *retired)
{
	unsigned int ranges, guests;

	printf("bad block in the reserved area, byte %#llx (address %#llx)",
	       (unsigned long long)(retired->chunk.spa - inv->reserved->range.spa),
	       (unsigned long long)retired->chunk.spa);
	if (retired->state == XEN_PMEM_CHUNK_IDLE) {
		puts(": these 2M are not used");
		return;
	}
	printf(", in Xen's tables");
	ranges = ranges_print(inv, retired);
	if (!ranges)
		printf(" about the area itself");
	guests = guests_print(inv, retired);
	if (retired->state == XEN_PMEM_CHUNK_PAGES)
		printf("%s reboot the host\n", guests ? ", then" : ";");
	else
		puts(guests ? ", and they are not used again" : "");
}

static void ranges_add(const struct inventory *inv, const struct xenpmem_retired *retired,
		       json_object *list)
{
	const struct xenpmem_namespace *ns;
	json_object *item;
	unsigned int i;

	for (i = 0; i < inv->nr_ranges; i++) {
		if (!ranges_overlap(&inv->ranges[i].range, &retired->about))
			continue;
		ns = inventory_find_uuid(inv, inv->ranges[i].range.uuid);
		item = json_array_item(list);
		json_uuid(item, "uuid", inv->ranges[i].range.uuid);
		json_name(item, "device", ns ? ns->device : NULL);
	}
}

static void guests_add(const struct inventory *inv, const struct xenpmem_retired *retired,
		       json_object *list)
{
	char name[DOMAIN_NAME_LEN];
	json_object *item;
	unsigned int i;

	for (i = 0; i < inv->nr_holdings; i++) {
		if (!holding_depends(inv, i, retired))
			continue;
		item = json_array_item(list);
		json_number(item, "domain", inv->holdings[i].domid);
		json_name(item, "name", domain_name(inv->holdings[i].domid, name));
	}
}

static void retired_json(const struct inventory *inv, const struct xenpmem_retired *retired)
{
	json_object *item = json_item("retired_chunks");

	json_number(item, "start", retired->chunk.spa);
	json_number(item, "size", retired->chunk.length);
	json_name(item, "state", state_text(retired->state));
	ranges_add(inv, retired, json_array(item, "ranges"));
	guests_add(inv, retired, json_array(item, "guests"));
}

void unreadable_show(const struct inventory *inv)
{
	struct xenpmem_retired retired;
	uint32_t i;

	for (i = 0; !xenpmem_query_retired(inv->pmem, i, &retired); i++)
		(json_is_wanted() ? retired_json : retired_print)(inv, &retired);
}
