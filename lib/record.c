// SPDX-License-Identifier: LGPL-2.1-only
/* Reads and writes the record through dom0's driver; core/record.c checks and makes its bytes. */
#include <string.h>

#include "core/record.h"
#include "internal.h"
#include "sysfs.h"

#define METADATA_CHUNK	(2ull << 20)	/* frame table of a group, or M2P table of a GiB */
#define SIZE_1G		(1ull << 30)
#define NOT_FOR_VNVDIMMS \
	(XEN_PMEM_BACKING_KEPT | XEN_PMEM_BACKING_HOST | XEN_PMEM_BACKING_RAM)

static int reason_errno(enum record_reason reason)
{
	switch (reason) {
	case RECORD_OK:
		return 0;
	case RECORD_NONE:
	case RECORD_NOT_FOUND:
		return -ENOENT;
	case RECORD_DUPLICATE:
		return -EEXIST;
	case RECORD_FULL:
	case RECORD_TOO_SMALL:
		return -ENOSPC;
	case RECORD_KEPT_RESIZED:
		return -ESTALE;
	default:
		return -EUCLEAN;
	}
}

static int reason_fail(xenpmem_handle *h, enum record_reason reason)
{
	return reason == RECORD_OK ? 0 :
	       fail(h, reason_errno(reason), "%s", record_reason_text(reason));
}

/* A copy that cannot be read (bad block) counts as zeros: the other copy may be whole. */
static int copies_read(xenpmem_handle *h, const struct xenpmem_namespace *ns, uint8_t *copies)
{
	const size_t size = XEN_PMEM_RECORD_SIZE;
	unsigned int i, unread = 0;
	int rc = 0, each;

	if (ns->role != XEN_PMEM_ROLE_RESERVED)
		return fail(h, -EINVAL,
			    "not a reserved area (its label name is not " XEN_PMEM_LABEL_RESERVED
			    ")");
	for (i = 0; i < XEN_PMEM_RECORD_COPIES; i++) {
		each = sysfs_read_bytes(ns->device, XEN_PMEM_SYSFS_RECORD, i * size,
					copies + i * size, size);
		if (!each)
			continue;
		memset(copies + i * size, 0, size);
		unread++;
		rc = each;
	}
	return unread < XEN_PMEM_RECORD_COPIES ? 0 :
	       fail(h, rc, "its record cannot be read: %s", strerror(-rc));
}

/*
 * record_choose() does not say which copy its reason is about: take the details of the copy with
 * the same reason.
 */
static int choice_fail(xenpmem_handle *h, enum record_reason reason,
		       const struct record_choice *choice)
{
	char text[160];
	int i;

	for (i = 0; i < XEN_PMEM_RECORD_COPIES; i++)
		if (choice->copy[i].reason == reason)
			return fail(h, reason_errno(reason), "%s",
				    record_verdict_text(&choice->copy[i], text, sizeof(text)));
	return reason_fail(h, reason);
}

int xenpmem_record_load(xenpmem_handle *h, const struct xenpmem_namespace *ns,
			struct xenpmem_record *record)
{
	uint8_t copies[XEN_PMEM_RECORD_COPIES * XEN_PMEM_RECORD_SIZE];
	struct record_choice choice;
	enum record_reason reason;
	int rc;

	rc = copies_read(h, ns, copies);
	if (rc)
		return rc;
	reason = record_choose(copies, sizeof(copies), ns->range.uuid, ns->range.length,
			       &record->data, &choice);
	if (reason != RECORD_OK)
		return choice_fail(h, reason, &choice);
	record->copy = choice.chosen;
	record->warning = record_twin_text(choice.twin);
	return 0;
}

/*
 * A label slot for each 16 MiB of the reserved area, from 4 to 62: a vNVDIMM of 1 GiB needs 10 MiB
 * of it.
 */
static uint64_t labels_length(uint64_t size)
{
	uint64_t slots = size >> 24;

	if (slots < 4)
		slots = 4;
	return (slots < XEN_PMEM_BACKINGS_MAX ? slots :
		XEN_PMEM_BACKINGS_MAX) * XEN_PMEM_LABEL_SIZE;
}

int xenpmem_record_make(xenpmem_handle *h, const struct xenpmem_namespace *ns,
			struct xenpmem_record *record)
{
	struct xenpmem_record old = { .copy = 1 };
	int rc;

	rc = xenpmem_record_load(h, ns, &old);
	if (rc && rc != -ENOENT && rc != -EUCLEAN)
		return rc;
	*record = (struct xenpmem_record){ .copy = rc ? 1 : old.copy };
	rc = reason_fail(h,
			 record_init(&record->data, ns->range.uuid, ns->range.length,
				     labels_length(ns->range.length)));
	if (rc)
		return rc;
	/* 0 without an old record; storing adds one */
	record->data.generation = old.data.generation;
	return 0;
}

static int copy_write(xenpmem_handle *h, const struct xenpmem_namespace *ns, unsigned int copy,
		      const void *bytes)
{
	int rc = sysfs_write(ns->device, XEN_PMEM_SYSFS_RECORD,
			     copy * (uint64_t)XEN_PMEM_RECORD_SIZE, bytes, XEN_PMEM_RECORD_SIZE);

	if (rc)
		return fail(h, rc, "its record cannot be written: %s", strerror(-rc));
	return 0;
}

/* No whole copy is fine: a new record replaces what is there. */
static int generation_check(xenpmem_handle *h, const struct xenpmem_namespace *ns,
			    const struct xenpmem_record *record)
{
	struct xenpmem_record stored;

	if (xenpmem_record_load(h, ns, &stored) ||
	    stored.data.generation <= record->data.generation)
		return 0;
	return fail(h, -ESTALE, "the record was changed meanwhile: run the command again");
}

int xenpmem_record_store(xenpmem_handle *h, const struct xenpmem_namespace *ns,
			 struct xenpmem_record *record)
{
	uint8_t bytes[XEN_PMEM_RECORD_SIZE];
	struct xen_pmem_record next = record->data;
	unsigned int first = XEN_PMEM_RECORD_COPIES - 1 - record->copy;
	int rc;

	rc = xenpmem_record_check(h, ns);
	if (!rc)
		rc = generation_check(h, ns, record);
	if (rc)
		return rc;
	next.generation++;
	rc = reason_fail(h, record_encode(&next, bytes));
	if (rc)
		return rc;
	rc = copy_write(h, ns, first, bytes);
	if (rc)
		return rc;
	record->data = next;
	record->copy = first;
	return copy_write(h, ns, XEN_PMEM_RECORD_COPIES - 1 - first, bytes);
}

int xenpmem_record_add(xenpmem_handle *h, struct xenpmem_record *record,
		       const struct xenpmem_namespace *ns)
{
	struct xen_pmem_backing backing = { .cookie = ns->cookie, .length = ns->range.length };

	memcpy(backing.uuid, ns->range.uuid, sizeof(backing.uuid));
	if (ns->role == XEN_PMEM_ROLE_HOST)
		backing.flags = XEN_PMEM_BACKING_HOST;
	return reason_fail(h, record_add(&record->data, &backing));
}

int xenpmem_record_remove(xenpmem_handle *h, struct xenpmem_record *record, const uint8_t uuid[16])
{
	return reason_fail(h, record_remove(&record->data, uuid));
}

struct xen_pmem_backing *xenpmem_record_find(struct xenpmem_record *record, const uint8_t uuid[16])
{
	return record_find(&record->data, uuid);
}

struct xen_pmem_backing *xenpmem_record_find_guests(struct xenpmem_record *record,
						    const uint8_t uuid[16])
{
	struct xen_pmem_backing *b = record_find(&record->data, uuid);

	return b && b->flags & NOT_FOR_VNVDIMMS ? NULL : b;
}

struct xen_pmem_backing *xenpmem_record_find_pool(struct xenpmem_record *record,
						  const uint8_t uuid[16])
{
	struct xen_pmem_backing *b = record_find(&record->data, uuid);

	return b && b->flags & XEN_PMEM_BACKING_RAM ? b : NULL;
}

int xenpmem_record_area(xenpmem_handle *h, const struct xenpmem_namespace *ns,
			const struct xenpmem_record *record, struct xenpmem_range *area)
{
	uint64_t start = ns->range.spa + record->data.tables_offset;
	uint64_t end = round_down(start + record->data.tables_length, XEN_PMEM_RESERVED_ALIGN);

	start = round_up(start, XEN_PMEM_RESERVED_ALIGN);
	if (end <= start)
		return fail(h, -ENOSPC, "it is too small to be a reserved area");
	*area = (struct xenpmem_range){ .spa = start, .length = end - start };
	memcpy(area->uuid, ns->range.uuid, sizeof(area->uuid));
	return 0;
}

int xenpmem_record_labels(xenpmem_handle *h, const struct xenpmem_namespace *ns,
			  const struct xenpmem_record *record, struct xenpmem_range *labels)
{
	if (!record->data.labels_length)
		return fail(h, -ENOENT, "the record has no label area");
	*labels = (struct xenpmem_range){ .spa = ns->range.spa + record->data.labels_offset,
					  .length = record->data.labels_length };
	memcpy(labels->uuid, ns->range.uuid, sizeof(labels->uuid));
	return 0;
}

int xenpmem_record_slot(xenpmem_handle *h, const struct xenpmem_namespace *ns,
			const struct xenpmem_record *record, uint32_t slot,
			struct xenpmem_range *part)
{
	int rc = xenpmem_record_labels(h, ns, record, part);

	if (rc)
		return rc;
	if (!slot || slot > part->length / XEN_PMEM_LABEL_SIZE)
		return fail(h, -ENOENT, "the record has no label slot %u", slot);
	part->spa += (slot - 1) * (uint64_t)XEN_PMEM_LABEL_SIZE;
	part->length = XEN_PMEM_LABEL_SIZE;
	return 0;
}

bool xenpmem_backing_holds_others(const struct xen_pmem_backing *b, const uint8_t *guest)
{
	static const uint8_t none[sizeof(b->guest)];

	if (b->flags & XEN_PMEM_BACKING_ERASING)
		return true;
	return memcmp(b->guest, none, sizeof(none)) &&
	       (!guest || memcmp(b->guest, guest, sizeof(none)));
}

uint32_t xenpmem_record_slot_free(const struct xenpmem_record *record)
{
	return record_slot_free(&record->data);
}

/* A range may begin and end inside a group. */
uint64_t xenpmem_metadata_size(uint64_t length)
{
	return (length / XEN_PMEM_GROUP_SIZE + 2 + length / SIZE_1G + 2) * METADATA_CHUNK;
}

uint64_t xenpmem_reserved_size(uint64_t bytes, unsigned int namespaces)
{
	return (bytes + 1023) / 1024 * XENPMEM_RESERVED_GIB +
	       ((uint64_t)namespaces * XENPMEM_RESERVED_NAMESPACE << 20) +
	       ((uint64_t)XENPMEM_RESERVED_SELF << 20);
}
