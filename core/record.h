/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/*
 * Makes, checks and changes records (include/xen-pmem/record.h). The caller reads and writes their
 * bytes.
 *
 * To update: read the first 8192 bytes of the namespace and choose; change the record; add one to
 * its generation; encode; write the bytes as copy 1 - chosen, flush them, then write
 * the same bytes as copy `chosen` and flush again. If this is interrupted at any byte, one whole
 * copy is left, and record_choose finds it. A forced init over a record that decodes continues that
 * record's generation.
 */
#ifndef XEN_PMEM_CORE_RECORD_H
#define XEN_PMEM_CORE_RECORD_H

#include "env.h"
#include "xen-pmem/record.h"

enum record_reason {
	RECORD_OK = 0,

	/* About a copy as a whole. */
	RECORD_NONE,		/* the magic is missing: these bytes are not a record */
	RECORD_TRUNCATED,	/* fewer bytes than a copy has */
	RECORD_DAMAGED,		/* magic, but the CRC does not fit: torn, or bits flipped */
	RECORD_NEWER,		/* whole, of a version this code does not know */
	RECORD_OLDER,		/* whole, of a major version that is no longer read */
	RECORD_FOREIGN,		/* whole, but of another namespace */
	RECORD_RESIZED,		/* whole, of this namespace, which had another size then */

	/* The CRC is right, but no writer of this version makes such a record. */
	RECORD_BAD_HEADER,	/* header or entry length, or generation 0 */
	RECORD_BAD_FLAGS,	/* unknown flags, the record's or a backing's */
	RECORD_BAD_PADDING,	/* an unused byte is not zero */
	RECORD_BAD_TABLES,	/* tables misaligned, in the head, or beyond the end */
	/* label area misaligned, in the head or the tables, or beyond the end */
	RECORD_BAD_LABELS,
	RECORD_BAD_COUNT,	/* more backings than fit */
	RECORD_BAD_BACKING,	/* UUID zero or the area's own, length 0 or misaligned */
	/* a slot that does not exist or is used twice; KEPT without a slot */
	RECORD_BAD_SLOT,
	RECORD_DUPLICATE,	/* two backings have the same UUID */

	/* About both copies, and about changes. */
	RECORD_SPLIT,		/* both whole and of the same generation, but not the same */
	RECORD_FULL,		/* no room for another backing */
	RECORD_NOT_FOUND,	/* no such backing */
	RECORD_TOO_SMALL,	/* the namespace has no room for head, label area and tables */
	RECORD_KEPT_RESIZED,	/* labels are kept for this backing, but its length has changed */
	RECORD_REASONS		/* how many there are; keep last */
};

/* The result for one copy. Fields that do not belong to the reason are 0. */
struct record_verdict {
	enum record_reason reason;
	uint16_t major, minor;	/* RECORD_NEWER, RECORD_OLDER: version found */
	uint32_t backing;	/* index of the backing at fault */
};

enum record_twin {
	RECORD_TWIN_SAME = 0,	/* both copies are the same */
	/* whole, but older: an update was interrupted between its two writes */
	RECORD_TWIN_STALE,
	RECORD_TWIN_MISSING,	/* no magic: the first init was interrupted, or the block is lost */
	RECORD_TWIN_DAMAGED,	/* refused; the reason is in copy[1 - chosen] */
};

struct record_choice {
	struct record_verdict copy[XEN_PMEM_RECORD_COPIES];
	unsigned int chosen;	/* the copy taken, or 0; write the other one first */
	enum record_twin twin;	/* of the copy not taken */
};

/*
 * Makes a record without backings, of generation 1, for a namespace of `size` bytes with a label
 * area of `labels` bytes (0, or a multiple of XEN_PMEM_LABEL_SIZE) at its end. The tables take all
 * between head and label area. RECORD_OK, RECORD_TOO_SMALL, RECORD_BAD_LABELS; *r is written only
 * if OK.
 */
enum record_reason record_init(struct xen_pmem_record *r, const uint8_t uuid[16], uint64_t size,
			       uint64_t labels);

/*
 * Checks *r as record_decode does and writes its XEN_PMEM_RECORD_SIZE bytes to buf, and fills in
 * magic, version, lengths and CRC.
 */
enum record_reason record_encode(const struct xen_pmem_record *r, void *buf);

/*
 * Decodes one copy in buf, which is not trusted, for the namespace with this UUID and size in
 * bytes. *out is written only if OK. *verdict holds the returned reason and its details.
 */
enum record_reason record_decode(const void *buf, size_t len, const uint8_t uuid[16], uint64_t size,
				 struct xen_pmem_record *out,
				 struct record_verdict *verdict);

/*
 * Decodes the newest whole copy in the namespace's first bytes. len is at least 2 *
 * XEN_PMEM_RECORD_SIZE (otherwise RECORD_TRUNCATED). Pass zeros for a copy that cannot be read.
 * Refuses with RECORD_NEWER if one copy is newer, whatever the other is; with RECORD_NONE if both
 * are; with RECORD_SPLIT; and if both are bad, with the reason that says more. *out is written only
 * if OK.
 */
enum record_reason record_choose(const void *head, size_t len, const uint8_t uuid[16],
				 uint64_t size, struct xen_pmem_record *out,
				 struct record_choice *choice);

/* The backing with this UUID, or NULL. It may be changed in place: `guest`, `label_slot`. */
struct xen_pmem_backing *record_find(struct xen_pmem_record *r, const uint8_t uuid[16]);

/*
 * Appends a backing, whose flags are 0 or XEN_PMEM_BACKING_HOST. If the record has the backing with
 * XEN_PMEM_BACKING_KEPT, clears that flag and sets the cookie instead. RECORD_OK,
 * RECORD_KEPT_RESIZED, RECORD_DUPLICATE, RECORD_FULL, RECORD_BAD_BACKING, RECORD_BAD_FLAGS,
 * RECORD_BAD_PADDING, RECORD_BAD_SLOT.
 */
enum record_reason record_add(struct xen_pmem_record *r, const struct xen_pmem_backing *backing);

/* The lowest free label slot, from 1; 0: all are used. */
uint32_t record_slot_free(const struct xen_pmem_record *r);

/* Removes a backing; those after it move up. RECORD_OK, RECORD_NOT_FOUND. */
enum record_reason record_remove(struct xen_pmem_record *r, const uint8_t uuid[16]);

/*
 * One line for a person, without a stop or newline, never NULL: "the record is damaged (its CRC
 * does not fit)".
 */
const char *record_reason_text(enum record_reason reason);

/*
 * The same with details (the versions, which backing), NUL-terminated in buf of len bytes (not 0;
 * 160 always suffice). Returns buf.
 */
const char *record_verdict_text(const struct record_verdict *verdict, char *buf, size_t len);

/* A warning about the copy that was not taken; NULL for RECORD_TWIN_SAME. */
const char *record_twin_text(enum record_twin twin);

#endif
