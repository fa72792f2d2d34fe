/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is said of memory of the NVDIMM that cannot be read: where it is, whose it is, and what to
 * do. Pages that Xen has noted, and bad blocks that dom0's kernel lists.
 */
#ifndef XEN_PMEM_TOOL_BAD_H
#define XEN_PMEM_TOOL_BAD_H

#include "host/inventory_facts.h"

/* What it is used for. */
enum bad_use {
	BAD_RESERVED_USED,	/* the reserved area, where Xen's tables are */
	BAD_RESERVED_HEAD,	/* the record before them, while Xen uses the area */
	BAD_RESERVED_UNUSED,
	BAD_LABELS,		/* the label area in it */
	BAD_RAM,		/* a pool of guests' RAM */
	BAD_NAMESPACE,		/* for guests, and Xen serves it */
	BAD_HOST,		/* dom0 uses it as well: files, devices */
	BAD_DOM0,		/* dom0's: Xen does not serve it */
};

struct bad_place {
	uint64_t spa, offset;	/* offset: from the start of what `uuid` names */
	enum bad_use use;
	const struct xenpmem_namespace *ns;	/* NULL: the host has lost it */
	uint8_t uuid[16];
	bool has_guest;
	uint32_t domid;			/* whose page it is, or was when Xen noted it */
	bool has_vnvdimm_offset;
	uint64_t vnvdimm_offset;	/* in the vNVDIMM, or label area, of that guest */
	const struct xenpmem_media_error *error;	/* what Xen noted; or NULL */
};

/*
 * What the inventory says of this byte. error: what Xen noted of it, or NULL. false: it is neither
 * in a range that Xen has nor in a namespace for Xen.
 */
bool bad_find(const struct inventory *inv, uint64_t spa, const struct xenpmem_media_error *error,
	      struct bad_place *place);

/* "cannot be read: namespace0.1 (xen-a), byte 0x40 (address 0x...), free: 1 error, noted; ..." */
const char *bad_text_line(const struct inventory *inv, const struct bad_place *place,
			  struct line *line);
#define bad_text(inv, place)	bad_text_line(inv, place, LINE)

/* An item of the document's media_errors. Returns it; NULL without --json. */
struct json_object *bad_json(const struct inventory *inv, const struct bad_place *place);

#endif
