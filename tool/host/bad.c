// SPDX-License-Identifier: GPL-2.0-only
/* Words where memory that cannot be read is, whose it is, and what to do about it. */
#include "host/bad.h"

#include <string.h>

#include "host/holders.h"
#include "ui/json.h"
#include "xen/domain.h"

/* ---- finding ---- */

static bool range_has(const struct xenpmem_range *range, uint64_t spa)
{
	return spa - range->spa < range->length;
}

static const struct xenpmem_range *served_find(const struct inventory *inv, uint64_t spa)
{
	unsigned int i;

	for (i = 0; i < inv->nr_ranges; i++)
		if (range_has(&inv->ranges[i].range, spa))
			return &inv->ranges[i].range;
	return NULL;
}

static const struct xenpmem_namespace *namespace_find(const struct inventory *inv, uint64_t spa)
{
	size_t i;

	for (i = 0; i < inv->nr; i++)
		if (inv->list[i].range.spa && inv->list[i].role != XEN_PMEM_ROLE_NONE &&
		    range_has(&inv->list[i].range, spa))
			return &inv->list[i];
	return NULL;
}

static enum bad_use place_use(const struct inventory *inv, const struct bad_place *place,
			      bool served)
{
	if (served && inventory_is_labels(inv, place->uuid))
		return BAD_LABELS;
	if (served && inventory_is_host(inv, place->uuid))
		return BAD_HOST;
	if (served)
		return inventory_is_pool(inv, place->uuid) ? BAD_RAM : BAD_NAMESPACE;
	if (range_has(&inv->info.reserved, place->spa))
		return BAD_RESERVED_USED;
	if (!place->ns || place->ns->role != XEN_PMEM_ROLE_RESERVED)
		return BAD_DOM0;
	return inventory_is_reserved(inv, place->ns) ? BAD_RESERVED_HEAD : BAD_RESERVED_UNUSED;
}

/* Elsewhere a guest's pages are not one piece, and Xen says of the first one alone where it is. */
static bool use_is_one_piece(enum bad_use use)
{
	return use == BAD_NAMESPACE || use == BAD_LABELS;
}

/*
 * A vNVDIMM of a namespace lacks its bad pages, the first one perhaps, so the guest's note says
 * where it is. A range that is lent to dom0 has no note.
 */
static bool holding_has(const struct inventory *inv, const struct xenpmem_holding *holding,
			const struct bad_place *place, uint64_t *offset)
{
	if (memcmp(holding->uuid, place->uuid, sizeof(place->uuid)))
		return false;
	if (place->use == BAD_NAMESPACE &&
	    !xenpmem_guest_find_byte(inv->pmem, holding->domid, place->spa, offset))
		return true;
	*offset = place->spa - holding->spa;
	return *offset < holding->pages << 12;
}

/* Who has the page now; if nobody has, who had it when Xen noted the error. */
static void place_set_guest(const struct inventory *inv, struct bad_place *place)
{
	const struct xenpmem_holding *holding;
	uint64_t offset;

	if (place->error && place->error->domid != XEN_PMEM_MEDIA_NOBODY) {
		place->has_guest = true;
		place->domid = place->error->domid;
	}
	for (holding = inv->holdings; holding < inv->holdings + inv->nr_holdings; holding++) {
		if (!use_is_one_piece(place->use) || !holding_has(inv, holding, place, &offset))
			continue;
		place->has_guest = place->has_vnvdimm_offset = true;
		place->domid = holding->domid;
		place->vnvdimm_offset = offset;
	}
}

bool bad_find(const struct inventory *inv, uint64_t spa, const struct xenpmem_media_error *error,
	      struct bad_place *place)
{
	const struct xenpmem_range *range = served_find(inv, spa);
	const bool served = range;

	*place = (struct bad_place){ .spa = spa, .error = error, .ns = namespace_find(inv, spa) };
	if (!range && place->ns)
		range = &place->ns->range;
	if (!range && range_has(&inv->info.reserved, spa))
		range = &inv->info.reserved;
	if (!range)
		return false;
	memcpy(place->uuid, range->uuid, sizeof(place->uuid));
	place->offset = spa - range->spa;
	place->use = place_use(inv, place, served);
	place_set_guest(inv, place);
	return true;
}

/* ---- words ---- */

static const char *outcome_text(enum xen_pmem_media_outcome outcome)
{
	static const char *const texts[] = XEN_PMEM_MEDIA_TEXTS;

	return outcome && outcome < sizeof(texts) / sizeof(texts[0]) ? texts[outcome] : "unknown";
}

static const char *whose_line(const struct bad_place *place, struct line *line)
{
	static const char *const uses[] = {
		[BAD_RESERVED_USED] = "the reserved area", [BAD_HOST] = "dom0's",
		[BAD_RESERVED_HEAD] = "the reserved area's record",
		[BAD_RESERVED_UNUSED] = "the reserved area, which Xen does not use",
		[BAD_LABELS] = "free", [BAD_RAM] = "guests' RAM",
		[BAD_NAMESPACE] = "free", [BAD_DOM0] = "dom0's",
	};
	char name[DOMAIN_NAME_LEN];
	int len;

	if (!place->has_guest) {
		strcpy(line->text, uses[place->use]);
		return line->text;
	}
	len = snprintf(line->text, sizeof(line->text), "of guest %.64s (domain %u)",
		       domain_name(place->domid, name), place->domid);
	if (place->has_vnvdimm_offset)
		snprintf(line->text + len, sizeof(line->text) - len, ", byte %#llx of its %s",
			 (unsigned long long)place->vnvdimm_offset,
			 place->use == BAD_LABELS ? "label area" : "vNVDIMM");
	return line->text;
}

/* What there is to do, of the namespace `name`, which ndctl calls `device`. */
static const char *remedy_line(const struct bad_place *place, struct line *line)
{
	const char *device = place->ns ? place->ns->device : "NAMESPACE";
	const char *when = place->has_guest ? "when no guest has it: " : "";

	switch (place->use) {
	case BAD_RESERVED_USED:
		return "Xen puts no more tables into these 2M; xen-pmem status says whether some "
		       "are there, and what to do then";
	case BAD_RESERVED_HEAD:
		snprintf(line->text, sizeof(line->text), "nothing is written over it; ndctl "
			 "clear-errors %s, while Xen does not use it", device);
		break;
	case BAD_RESERVED_UNUSED:
		snprintf(line->text, sizeof(line->text), "ndctl clear-errors %s", device);
		break;
	case BAD_LABELS:
		snprintf(line->text, sizeof(line->text), "no guest's labels can be kept there; "
			 "ndctl clear-errors %s, while Xen does not use it", device);
		break;
	case BAD_RAM:
		snprintf(line->text, sizeof(line->text), "no other guest gets this slot; when the "
			 "pool is free: xen-pmem disable, ndctl clear-errors %s, xen-pmem enable "
			 "--ram", device);
		break;
	case BAD_HOST:
		snprintf(line->text, sizeof(line->text), "restore the file that has it, or "
			 "ndctl clear-errors %s", device);
		break;
	case BAD_NAMESPACE:
		snprintf(line->text, sizeof(line->text), "%sxen-pmem disable --keep %s, ndctl "
			 "clear-errors %s, xen-pmem enable %s", when, device, device, device);
		break;
	case BAD_DOM0:
		snprintf(line->text, sizeof(line->text), "ndctl clear-errors %s", device);
		break;
	}
	return line->text;
}

static const char *error_line(const struct bad_place *place, struct line *line)
{
	const struct xenpmem_media_error *error = place->error;

	if (!error)
		strcpy(line->text, "a bad block");
	else if (!error->errors)
		snprintf(line->text, sizeof(line->text), "a bad block, %s",
			 outcome_text(error->outcome));
	else
		snprintf(line->text, sizeof(line->text), "%llu error%s, %s",
			 (unsigned long long)error->errors, error->errors == 1 ? "" : "s",
			 outcome_text(error->outcome));
	return line->text;
}

const char *bad_text_line(const struct inventory *inv, const struct bad_place *place,
			  struct line *line)
{
	struct line name, whose, remedy, error;

	if (place->ns)
		namespace_name_line(place->ns, &name);
	else
		inventory_name_line(inv, place->uuid, &name);
	snprintf(line->text, sizeof(line->text),
		 "cannot be read: %.80s%s, byte %#llx (address %#llx), %.150s: %.40s; %.140s",
		 name.text, place->use == BAD_LABELS ? " labels" : "",
		 (unsigned long long)place->offset, (unsigned long long)place->spa,
		 whose_line(place, &whose), error_line(place, &error),
		 remedy_line(place, &remedy));
	return line->text;
}

/* ---- JSON ---- */

static const char *role_text(const struct inventory *inv, const struct bad_place *place)
{
	if (place->use == BAD_RESERVED_USED || place->use == BAD_RESERVED_HEAD ||
	    place->use == BAD_RESERVED_UNUSED)
		return "reserved";
	return range_role_text(inv, place->uuid);
}

json_object *bad_json(const struct inventory *inv, const struct bad_place *place)
{
	json_object *item = json_item("media_errors");

	json_number(item, "start", place->spa);
	json_number(item, "offset", place->offset);
	json_uuid(item, "uuid", place->uuid);
	json_name(item, "role", role_text(inv, place));
	json_name(item, "device", place->ns ? place->ns->device : NULL);
	if (place->has_guest)
		json_number(item, "domain", place->domid);
	if (place->has_vnvdimm_offset)
		json_number(item, "vnvdimm_offset", place->vnvdimm_offset);
	if (place->error) {
		json_number(item, "errors", place->error->errors);
		json_name(item, "outcome", outcome_text(place->error->outcome));
	}
	return item;
}
