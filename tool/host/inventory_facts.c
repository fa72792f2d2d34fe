// SPDX-License-Identifier: GPL-2.0-only
/* What follows from an inventory: finds in it, names states, and words reasons. */
#include "host/inventory_facts.h"

#include <string.h>

const struct xenpmem_namespace *inventory_find_uuid(const struct inventory *inv,
						    const uint8_t uuid[16])
{
	size_t i;

	for (i = 0; i < inv->nr; i++)
		if (!memcmp(inv->list[i].range.uuid, uuid, 16))
			return &inv->list[i];
	return NULL;
}

const struct xenpmem_served *inventory_range(const struct inventory *inv, const uint8_t uuid[16])
{
	unsigned int i;

	for (i = 0; i < inv->nr_ranges; i++)
		if (!memcmp(inv->ranges[i].range.uuid, uuid, 16))
			return &inv->ranges[i];
	return NULL;
}

const struct xenpmem_holding *inventory_holding(const struct inventory *inv,
						const uint8_t uuid[16])
{
	unsigned int i;

	for (i = 0; i < inv->nr_holdings; i++)
		if (!memcmp(inv->holdings[i].uuid, uuid, 16))
			return &inv->holdings[i];
	return NULL;
}

bool inventory_is_enabled(const struct inventory *inv, const uint8_t uuid[16])
{
	const struct xenpmem_served *served = inventory_range(inv, uuid);

	return served && served->state == XEN_PMEM_RANGE_SERVED;
}

bool inventory_is_pool(const struct inventory *inv, const uint8_t uuid[16])
{
	const struct xen_pmem_record *data = &inv->record.data;
	unsigned int i;

	for (i = 0; !inv->no_record[0] && i < data->nr_backings; i++)
		if (!memcmp(data->backings[i].uuid, uuid, 16))
			return data->backings[i].flags & XEN_PMEM_BACKING_RAM;
	return false;
}

bool inventory_is_host(const struct inventory *inv, const uint8_t uuid[16])
{
	const struct xenpmem_served *served = inventory_range(inv, uuid);

	return served && served->state == XEN_PMEM_RANGE_HOST;
}

bool inventory_is_shared(const struct inventory *inv, const struct xenpmem_namespace *ns)
{
	return ns->role == XEN_PMEM_ROLE_HOST && !ns->bound && ns->driver[0] &&
	       inventory_is_host(inv, ns->range.uuid);
}

bool inventory_is_reserved(const struct inventory *inv, const struct xenpmem_namespace *ns)
{
	return xenpmem_area_is_in(&inv->info, ns);
}

bool inventory_is_labels(const struct inventory *inv, const uint8_t uuid[16])
{
	return inv->info.reserved.length && !memcmp(inv->info.reserved.uuid, uuid, 16);
}

unsigned int inventory_nr_enabled(const struct inventory *inv)
{
	unsigned int i, nr = 0;

	for (i = 0; i < inv->nr_ranges; i++)
		nr += !inventory_is_labels(inv, inv->ranges[i].range.uuid);
	return nr;
}

/* host: of a host range */
static const struct xenpmem_holding *holding_find(const struct inventory *inv, uint32_t domid,
						  bool host)
{
	unsigned int i;

	for (i = 0; i < inv->nr_holdings; i++)
		if (inv->holdings[i].domid == domid &&
		    (!host || inventory_is_host(inv, inv->holdings[i].uuid)))
			return &inv->holdings[i];
	return NULL;
}

bool inventory_has_pages(const struct inventory *inv, uint32_t domid)
{
	return holding_find(inv, domid, false);
}

bool inventory_has_host_pages(const struct inventory *inv, uint32_t domid)
{
	return holding_find(inv, domid, true);
}

bool holding_is_dead(const struct xenpmem_holding *holding)
{
	return holding->state == XEN_PMEM_HOLDER_DEAD || holding->state == XEN_PMEM_HOLDER_DYING;
}

void inventory_forget_dead(struct inventory *inv)
{
	unsigned int i, nr = 0;

	for (i = 0; i < inv->nr_holdings; i++)
		if (!holding_is_dead(&inv->holdings[i]))
			inv->holdings[nr++] = inv->holdings[i];
	inv->nr_holdings = nr;
}

static enum namespace_state holding_state(const struct xenpmem_holding *holding)
{
	return holding_is_dead(holding) ? STATE_DEAD_GUEST : STATE_GUEST;
}

enum namespace_state inventory_state(const struct inventory *inv,
				     const struct xenpmem_namespace *ns)
{
	const struct xenpmem_holding *holding = inventory_holding(inv, ns->range.uuid);

	if (ns->role == XEN_PMEM_ROLE_HOST && inventory_is_host(inv, ns->range.uuid))
		return STATE_HOST;
	if (!ns->bound)
		return STATE_NOT_HELD;
	if (ns->role == XEN_PMEM_ROLE_RESERVED)
		return inventory_is_reserved(inv, ns) ? STATE_RESERVED : STATE_DOM0;
	if (!inventory_range(inv, ns->range.uuid))
		return STATE_DOM0;
	if (inventory_is_pool(inv, ns->range.uuid) && inventory_is_enabled(inv, ns->range.uuid))
		return STATE_RAM;
	if (holding)
		return holding_state(holding);
	return inventory_is_enabled(inv, ns->range.uuid) ? STATE_FREE : STATE_CHECKING;
}

enum namespace_state inventory_pin_state(const struct inventory *inv,
					 const struct xenpmem_pinned *pin)
{
	const struct xenpmem_holding *holding = holding_find(inv, pin->domid, true);

	return holding ? holding_state(holding) : STATE_PINNED;
}

const char *namespace_state_text(enum namespace_state state)
{
	static const char *const texts[] = {
		[STATE_DOM0] = "dom0", [STATE_NOT_HELD] = "not held",
		[STATE_RESERVED] = "reserved", [STATE_CHECKING] = "checking",
		[STATE_FREE] = "free", [STATE_HOST] = "host", [STATE_GUEST] = "guest",
		[STATE_DEAD_GUEST] = "dead guest", [STATE_PINNED] = "pinned",
		[STATE_RAM] = "ram",
	};

	return texts[state];
}

const char *namespace_name_line(const struct xenpmem_namespace *ns, struct line *line)
{
	snprintf(line->text, sizeof(line->text), ns->label[0] ? "%s (%s)" : "%s", ns->device,
		 ns->label);
	return line->text;
}

const char *inventory_name_line(const struct inventory *inv, const uint8_t uuid[16],
				struct line *line)
{
	const struct xenpmem_namespace *ns = inventory_find_uuid(inv, uuid);
	struct uuid_buf text;

	if (ns)
		return namespace_name_line(ns, line);
	strcpy(line->text, uuid_text(uuid, &text));
	return line->text;
}

/* "nd_pmem (/dev/pmem0)" */
static const char *driver_text(const struct xenpmem_namespace *ns, struct line *line)
{
	const char *driver = ns->driver[0] ? ns->driver : "no driver";

	snprintf(line->text, sizeof(line->text), ns->block[0] ? "%s (/dev/%s)" : "%s", driver,
		 ns->block);
	return line->text;
}

static const char *role_why_unbound(const struct xenpmem_namespace *ns, struct line *line)
{
	struct line label = { .text = "empty" };

	if (ns->label[0])
		snprintf(label.text, sizeof(label.text), "\"%s\"", ns->label);
	snprintf(line->text, sizeof(line->text),
		 "not meant for Xen: its label name is %.80s, not " XEN_PMEM_LABEL_RESERVED
		 " or " XEN_PMEM_LABEL_PREFIX "...%s%s",
		 label.text, ns->driver[0] ? ", and it is used by " : "", ns->driver);
	return line->text;
}

const char *namespace_why_unbound_line(const struct xenpmem_namespace *ns, struct line *line)
{
	const size_t len = sizeof(line->text);
	struct line by;

	if (ns->bound)
		return NULL;
	if (ns->role == XEN_PMEM_ROLE_NONE)
		return role_why_unbound(ns, line);
	driver_text(ns, &by);
	if (ns->role == XEN_PMEM_ROLE_HOST && ns->driver[0])
		snprintf(line->text, len, "used by %.80s, and dom0 would crash without it: reboot, "
			 "so that xen_pmem comes first, then enable it", by.text);
	else if (ns->role != XEN_PMEM_ROLE_HOST && strcmp(ns->mode, "raw"))
		snprintf(line->text, len, "used by %.80s: it is in %s mode; make it anew in raw "
			 "mode (ndctl create-namespace -m raw)", by.text, ns->mode);
	else if (ns->driver[0])
		snprintf(line->text, len, "used by %.80s: unmount it, then modprobe xen_pmem, "
			 "ndctl disable-namespace %s, ndctl enable-namespace %s", by.text,
			 ns->device, ns->device);
	else
		snprintf(line->text, len, "no driver uses it: modprobe xen_pmem, "
			 "ndctl enable-namespace %s", ns->device);
	return line->text;
}

const char *namespace_why_bad_line(const struct xenpmem_namespace *ns, struct line *line)
{
	if (!ns->nr_bad)
		return NULL;
	snprintf(line->text, sizeof(line->text),
		 "bad blocks, the first at byte %llu: clear them in dom0 first (%sndctl "
		 "clear-errors %s)",
		 (unsigned long long)ns->bad[0].offset,
		 ns->held ? "xen-pmem disable, then " : "", ns->device);
	return line->text;
}

const char *health_why_unfit_line(const struct xenpmem_health *health, bool read_only,
				  struct line *line)
{
	enum xenpmem_fitness worst = read_only ? XENPMEM_FIT_TO_READ : XENPMEM_FIT_WITH_WARNING;

	if (xenpmem_health_fitness(health) <= worst)
		return NULL;
	xenpmem_health_line(health, line->text, sizeof(line->text));
	return line->text;
}
