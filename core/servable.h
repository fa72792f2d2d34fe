/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/*
 * Which addresses of a host can be served, by what the extension and the firmware's memory map say:
 * what hypervisor/ranges.c refuses is found here beforehand, with the addresses where it begins and
 * ends.
 */
#ifndef XEN_PMEM_CORE_SERVABLE_H
#define XEN_PMEM_CORE_SERVABLE_H

#include "env.h"

#define SERVABLE_SLOT		GIB(512)	/* of Xen's direct map */
#define SERVABLE_GROUP		MIB(256)	/* of frames */

struct servable_ram {
	uint64_t start, length;
};

struct servable_host {
	uint64_t hole;		/* address bits that Xen leaves out of frame numbers; adjoining */
	uint64_t end;		/* no address is served from here on */
	uint32_t slots_empty;	/* bit n: slot n of the direct map is not filled */
	const struct servable_ram *ram;
	size_t nr_ram;
};

enum servable {
	SERVABLE,
	SERVABLE_NOT_BEYOND,	/* not below `end` */
	SERVABLE_NOT_HOLE,	/* a bit of `hole` is set */
	SERVABLE_NOT_RAM,	/* in a group with RAM */
	SERVABLE_NOT_SLOT,	/* in an empty slot */
	SERVABLE_KINDS
};

/*
 * Whether the address `start` can be served, or the first reason why it cannot. *length, not 0 and
 * such that it does not wrap, is cut to where the answer changes.
 */
enum servable servable_part(const struct servable_host *host, uint64_t start, uint64_t *length);

/* How many bytes of a range can be served. */
uint64_t servable_bytes(const struct servable_host *host, uint64_t start, uint64_t length);

#endif
