/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/*
 * The record: the info block at the start of a reserved namespace, which says whose area this is
 * and which namespaces it serves. docs/record.md is its specification; this header is the same in
 * C. Written and read by core/record.c only.
 *
 * The namespace starts with two copies. Each is XEN_PMEM_RECORD_SIZE bytes, little-endian, without
 * holes; unused bytes are zero.
 *
 * In every version, present and future, these keep their places: magic, major, minor, crc,
 * generation, uuid and size. crc is the CRC-32C of all bytes of the copy, with the four of crc
 * itself taken as zero. So every version can tell a newer record from a damaged one.
 */
#ifndef XEN_PMEM_RECORD_H
#define XEN_PMEM_RECORD_H

#include <stddef.h>
#include <stdint.h>

#define XEN_PMEM_RECORD_MAGIC	"xen-pmem record"	/* 16 bytes with its NUL */
#define XEN_PMEM_RECORD_MAJOR	1
#define XEN_PMEM_RECORD_MINOR	4	/* the highest readable; written is the lowest sufficient */

#define XEN_PMEM_RECORD_COPIES	2
/* bytes of a copy; copy n starts at byte n * 4096 */
#define XEN_PMEM_RECORD_SIZE	4096u
#define XEN_PMEM_RECORD_HEADER	128u			/* bytes before the first backing */
#define XEN_PMEM_BACKINGS_MAX	62u

/* the head, with the record, stays dom0's */
#define XEN_PMEM_HEAD_SIZE	0x200000u
#define XEN_PMEM_LABEL_SIZE	0x20000u		/* bytes of a label slot */

/* A namespace that uses the area. */
struct xen_pmem_backing {
	uint8_t uuid[16];	/* of the namespace, in the byte order of its text; never zero */
	uint64_t cookie;	/* interleave-set cookie of the namespace's region */
	uint64_t length;	/* bytes of the namespace; a multiple of 4096, not 0 */
	uint32_t flags;		/* XEN_PMEM_BACKING_*; 0 in minor 0 */
	uint32_t label_slot;	/* 0: no labels; n: owns slot n - 1 of the label area */
	/* UUID of the guest that had it last, or whose copy was restored; or zero */
	uint8_t guest[16];
	/* With ERASING: so many bytes from the start are zero, a multiple of 4096; otherwise 0. */
	uint64_t erased;
};

#define XEN_PMEM_BACKING_ERASING 1u	/* minor 1: an erase or a copy-in has not finished */
/* Minor 2: Xen does not serve it, it is dom0's; its label slot is kept. */
#define XEN_PMEM_BACKING_KEPT	2u
/* Minor 3: served in state "host", dom0 uses it as well; no other flag, no slot, no guest. */
#define XEN_PMEM_BACKING_HOST	4u
/*
 * Minor 4: a pool, guests get its pages as RAM; no slot, no guest, `erased` 0, and no other flag
 * but ERASING: a page may hold what a guest, or dom0, left.
 */
#define XEN_PMEM_BACKING_RAM	8u

struct xen_pmem_record {
	char magic[16];
	uint16_t major;		/* another major: not readable */
	uint16_t minor;		/* a reader takes its own minor and those below */
	uint32_t crc;		/* CRC-32C, see above */
	uint64_t generation;	/* counts updates, from 1; the higher one is the newer copy */
	/* of the reserved namespace; in another one the record is foreign */
	uint8_t uuid[16];
	uint64_t size;		/* bytes of the reserved namespace */
	uint64_t tables_offset;	/* of Xen's tables: a multiple of 2 MiB, not in the head */
	uint64_t tables_length;	/* bytes; a multiple of 4096, not 0 */
	/*
	 * The label area: multiples of XEN_PMEM_LABEL_SIZE, outside of head and tables; or both 0.
	 */
	uint64_t labels_offset;
	uint64_t labels_length;
	uint32_t header_length;	/* XEN_PMEM_RECORD_HEADER */
	uint32_t entry_length;	/* sizeof(struct xen_pmem_backing) */
	uint32_t flags;		/* none defined: 0 */
	uint32_t nr_backings;	/* entries used, from the first */
	uint8_t reserved[24];	/* zero */
	struct xen_pmem_backing backings[XEN_PMEM_BACKINGS_MAX];
};

#define XEN_PMEM_AT(type, field, at, len) \
	_Static_assert(offsetof(struct type, field) == (at) && \
		       sizeof(((struct type *)0)->field) == (len), #type "." #field)

XEN_PMEM_AT(xen_pmem_backing, uuid, 0, 16);
XEN_PMEM_AT(xen_pmem_backing, cookie, 16, 8);
XEN_PMEM_AT(xen_pmem_backing, length, 24, 8);
XEN_PMEM_AT(xen_pmem_backing, flags, 32, 4);
XEN_PMEM_AT(xen_pmem_backing, label_slot, 36, 4);
XEN_PMEM_AT(xen_pmem_backing, guest, 40, 16);
XEN_PMEM_AT(xen_pmem_backing, erased, 56, 8);
_Static_assert(sizeof(struct xen_pmem_backing) == 64, "a backing is 64 bytes");

XEN_PMEM_AT(xen_pmem_record, magic, 0, 16);
XEN_PMEM_AT(xen_pmem_record, major, 16, 2);
XEN_PMEM_AT(xen_pmem_record, minor, 18, 2);
XEN_PMEM_AT(xen_pmem_record, crc, 20, 4);
XEN_PMEM_AT(xen_pmem_record, generation, 24, 8);
XEN_PMEM_AT(xen_pmem_record, uuid, 32, 16);
XEN_PMEM_AT(xen_pmem_record, size, 48, 8);
XEN_PMEM_AT(xen_pmem_record, tables_offset, 56, 8);
XEN_PMEM_AT(xen_pmem_record, tables_length, 64, 8);
XEN_PMEM_AT(xen_pmem_record, labels_offset, 72, 8);
XEN_PMEM_AT(xen_pmem_record, labels_length, 80, 8);
XEN_PMEM_AT(xen_pmem_record, header_length, 88, 4);
XEN_PMEM_AT(xen_pmem_record, entry_length, 92, 4);
XEN_PMEM_AT(xen_pmem_record, flags, 96, 4);
XEN_PMEM_AT(xen_pmem_record, nr_backings, 100, 4);
XEN_PMEM_AT(xen_pmem_record, reserved, 104, 24);
XEN_PMEM_AT(xen_pmem_record, backings, XEN_PMEM_RECORD_HEADER, XEN_PMEM_BACKINGS_MAX * 64);
_Static_assert(sizeof(struct xen_pmem_record) == XEN_PMEM_RECORD_SIZE, "a copy is 4096 bytes");
_Static_assert(sizeof(XEN_PMEM_RECORD_MAGIC) == 16, "the magic is 16 bytes");

#undef XEN_PMEM_AT

#endif
