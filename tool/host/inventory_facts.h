/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The inventory: what a host has, as the tool has read it: namespaces, what the extension and the
 * driver report, and the record. And what follows from it: pure functions, which ask neither Xen
 * nor dom0. host/inventory.h reads it.
 */
#ifndef XEN_PMEM_TOOL_INVENTORY_FACTS_H
#define XEN_PMEM_TOOL_INVENTORY_FACTS_H

#include "ui/ui.h"
#include "xen-pmem/pin.h"

struct inventory {
	xenpmem_handle *pmem;
	struct xenpmem_namespace *list;	/* sorted by device */
	size_t nr;

	char no_extension[256];		/* why the extension does not answer; "": it does */
	struct xenpmem_info info;
	struct xenpmem_served ranges[XEN_PMEM_RANGES];
	struct xenpmem_holding holdings[XEN_PMEM_HOLDINGS];
	struct xenpmem_pinned pins[XEN_PMEM_PINS_MAX];
	unsigned int nr_ranges, nr_holdings, nr_pins;

	const struct xenpmem_namespace *reserved; /* NULL: no namespace has its label name */
	struct xenpmem_record record;
	char no_record[512];		/* why its record cannot be used; "": it can */
};

/* Finders. NULL: the inventory does not list it. */
const struct xenpmem_namespace *inventory_find_uuid(const struct inventory *inv,
						    const uint8_t uuid[16]);
const struct xenpmem_served *inventory_range(const struct inventory *inv, const uint8_t uuid[16]);
const struct xenpmem_holding *inventory_holding(const struct inventory *inv,
						const uint8_t uuid[16]);

/* Xen serves it for guests alone: not "checking", and not a host range. */
bool inventory_is_enabled(const struct inventory *inv, const uint8_t uuid[16]);

/* The record names it as a pool: guests get it as RAM. */
bool inventory_is_pool(const struct inventory *inv, const uint8_t uuid[16]);

/* It is a host range: Xen serves it, and counts dom0's mappings. */
bool inventory_is_host(const struct inventory *inv, const uint8_t uuid[16]);

/* dom0's driver uses it, and Xen counts dom0's mappings: guests can get files on it. */
bool inventory_is_shared(const struct inventory *inv, const struct xenpmem_namespace *ns);

/* It is the namespace whose reserved area Xen uses. */
bool inventory_is_reserved(const struct inventory *inv, const struct xenpmem_namespace *ns);

/* It is the UUID under which Xen serves the label area. */
bool inventory_is_labels(const struct inventory *inv, const uint8_t uuid[16]);

/* How many ranges Xen has besides the label area. */
unsigned int inventory_nr_enabled(const struct inventory *inv);

/* A guest has pages; of a host range, so of files or devices. */
bool inventory_has_pages(const struct inventory *inv, uint32_t domid);
bool inventory_has_host_pages(const struct inventory *inv, uint32_t domid);

/* The guest can do no more with its pages. */
bool holding_is_dead(const struct xenpmem_holding *holding);

/* For a dry run: what dead guests hold counts as free, as if a run had taken it back. */
void inventory_forget_dead(struct inventory *inv);

/* States of a namespace, and of a pinned file or device, and the words for them (docs/json.md). */
enum namespace_state {
	STATE_DOM0, STATE_NOT_HELD, STATE_RESERVED, STATE_CHECKING, STATE_FREE, STATE_HOST,
	STATE_GUEST, STATE_DEAD_GUEST, STATE_PINNED, STATE_RAM,
};
enum namespace_state inventory_state(const struct inventory *inv,
				     const struct xenpmem_namespace *ns);
enum namespace_state inventory_pin_state(const struct inventory *inv,
					 const struct xenpmem_pinned *pin);
const char *namespace_state_text(enum namespace_state state);

/*
 * Lines for messages. A function that ends in _line writes into a buffer; the macro of the same
 * name without it brings a buffer that lasts as long as the block in which it is used.
 */
struct line {
	char text[512];
};
#define LINE	(&(struct line){ .text = "" })

/* "namespace0.1 (xen-a)"; by UUID: the UUID itself if the host has no such namespace. */
const char *namespace_name_line(const struct xenpmem_namespace *ns, struct line *line);
const char *inventory_name_line(const struct inventory *inv, const uint8_t uuid[16],
				struct line *line);
#define namespace_name(ns)		namespace_name_line(ns, LINE)
#define inventory_name(inv, uuid)	inventory_name_line(inv, uuid, LINE)

/* Why dom0's driver does not hold it, and what to do; NULL: it does. */
const char *namespace_why_unbound_line(const struct xenpmem_namespace *ns, struct line *line);
#define namespace_why_unbound(ns)	namespace_why_unbound_line(ns, LINE)

/* Why no guest may have it, and what to do: bad blocks. NULL: the kernel lists no bad block. */
const char *namespace_why_bad_line(const struct xenpmem_namespace *ns, struct line *line);
#define namespace_why_bad(ns)		namespace_why_bad_line(ns, LINE)

/*
 * Why memory on NVDIMMs in this health must not be written to (read_only: not even read), and what
 * to do; NULL: it may.
 */
const char *health_why_unfit_line(const struct xenpmem_health *health, bool read_only,
				  struct line *line);
#define health_why_unfit(health, read_only)	health_why_unfit_line(health, read_only, LINE)

#endif
