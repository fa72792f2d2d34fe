/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/* Makes, checks and changes records. The bytes that are read are not trusted. */
#include "crc32c.h"
#include "record.h"

static const uint8_t zeros[sizeof(((struct xen_pmem_record *)0)->backings)];

static bool all_zero(const void *buf, size_t len)
{
	return !memcmp(buf, zeros, len);
}

static bool uuid_equal(const uint8_t a[16], const uint8_t b[16])
{
	return !memcmp(a, b, 16);
}

/* Is [offset, offset + length) within the namespace and after the head? */
static bool area_fits(const struct xen_pmem_record *r, uint64_t offset, uint64_t length)
{
	return offset >= XEN_PMEM_HEAD_SIZE && offset <= r->size && length &&
	       length <= r->size - offset;
}

static bool tables_ok(const struct xen_pmem_record *r)
{
	return !(r->tables_offset % MIB(2)) && !(r->tables_length % KIB(4)) &&
	       area_fits(r, r->tables_offset, r->tables_length);
}

static bool labels_ok(const struct xen_pmem_record *r)
{
	if (!r->labels_offset && !r->labels_length)
		return true;
	return !(r->labels_offset % XEN_PMEM_LABEL_SIZE) &&
	       !(r->labels_length % XEN_PMEM_LABEL_SIZE) &&
	       area_fits(r, r->labels_offset, r->labels_length) &&
	       (r->labels_offset >= r->tables_offset + r->tables_length ||
		r->tables_offset >= r->labels_offset + r->labels_length);
}

static uint32_t flags_known(uint16_t minor)
{
	static const uint32_t since[XEN_PMEM_RECORD_MINOR + 1] = {
		0, XEN_PMEM_BACKING_ERASING, XEN_PMEM_BACKING_KEPT, XEN_PMEM_BACKING_HOST,
		XEN_PMEM_BACKING_RAM,
	};
	uint32_t known = 0;
	uint16_t i;

	for (i = 0; i <= minor && i <= XEN_PMEM_RECORD_MINOR; i++)
		known |= since[i];
	return known;
}

/* The fields about one guest have no meaning for what dom0 uses as well, and for a pool. */
static bool shared_ok(const struct xen_pmem_backing *b)
{
	const uint32_t others = b->flags & XEN_PMEM_BACKING_RAM ?
				~(XEN_PMEM_BACKING_RAM | XEN_PMEM_BACKING_ERASING) :
				~XEN_PMEM_BACKING_HOST;

	return !(b->flags & others) && !b->label_slot && all_zero(b->guest, 16) && !b->erased;
}

/*
 * Checks a backing by itself, with the flags of this minor version, and against the record's first
 * n backings.
 */
static enum record_reason backing_check(const struct xen_pmem_record *r, uint16_t minor,
					const struct xen_pmem_backing *b, uint32_t n)
{
	if (b->flags & ~flags_known(minor))
		return RECORD_BAD_FLAGS;
	if (b->flags & (XEN_PMEM_BACKING_HOST | XEN_PMEM_BACKING_RAM) && !shared_ok(b))
		return RECORD_BAD_FLAGS;
	if (!(b->flags & XEN_PMEM_BACKING_ERASING) && b->erased)
		return RECORD_BAD_PADDING;
	if (all_zero(b->uuid, 16) || uuid_equal(b->uuid, r->uuid) || !b->length ||
	    b->length % KIB(4))
		return RECORD_BAD_BACKING;
	if (b->erased > b->length || b->erased % KIB(4))
		return RECORD_BAD_BACKING;
	if (b->label_slot > r->labels_length / XEN_PMEM_LABEL_SIZE ||
	    (b->flags & XEN_PMEM_BACKING_KEPT && !b->label_slot))
		return RECORD_BAD_SLOT;
	while (n--) {
		if (uuid_equal(b->uuid, r->backings[n].uuid))
			return RECORD_DUPLICATE;
		if (b->label_slot && b->label_slot == r->backings[n].label_slot)
			return RECORD_BAD_SLOT;
	}
	return RECORD_OK;
}

static enum record_reason header_check(const struct xen_pmem_record *r)
{
	if (r->header_length != XEN_PMEM_RECORD_HEADER ||
	    r->entry_length != sizeof(r->backings[0]) || !r->generation)
		return RECORD_BAD_HEADER;
	if (r->flags)
		return RECORD_BAD_FLAGS;
	if (!all_zero(r->reserved, sizeof(r->reserved)))
		return RECORD_BAD_PADDING;
	if (!tables_ok(r))
		return RECORD_BAD_TABLES;
	if (!labels_ok(r))
		return RECORD_BAD_LABELS;
	return RECORD_OK;
}

static enum record_reason backings_check(const struct xen_pmem_record *r, uint32_t *at)
{
	enum record_reason rc;
	uint32_t i;

	if (r->nr_backings > XEN_PMEM_BACKINGS_MAX)
		return RECORD_BAD_COUNT;
	for (i = 0; i < r->nr_backings; i++) {
		*at = i;
		rc = backing_check(r, r->minor, &r->backings[i], i);
		if (rc)
			return rc;
	}
	if (!all_zero(&r->backings[i], (XEN_PMEM_BACKINGS_MAX - i) * sizeof(r->backings[0])))
		return RECORD_BAD_PADDING;
	return RECORD_OK;
}

/*
 * The lowest version that knows all flags of the record, so that older readers can use it where
 * possible.
 */
static uint16_t minor_needed(const struct xen_pmem_record *r)
{
	uint16_t minor = 0;
	uint32_t i;

	for (i = 0; i < r->nr_backings && i < XEN_PMEM_BACKINGS_MAX; i++)
		while (minor < XEN_PMEM_RECORD_MINOR && r->backings[i].flags & ~flags_known(minor))
			minor++;
	return minor;
}

/* What a writer of this version promises; decode and encode both require it. */
static enum record_reason contents_check(const struct xen_pmem_record *r, uint32_t *at)
{
	enum record_reason rc = header_check(r);

	if (!rc)
		rc = backings_check(r, at);
	return rc ? rc : r->minor == minor_needed(r) ? RECORD_OK : RECORD_BAD_HEADER;
}

static uint32_t record_crc(const struct xen_pmem_record *r)
{
	const uint8_t *bytes = (const uint8_t *)r;
	const size_t at = offsetof(struct xen_pmem_record, crc), after = at + sizeof(r->crc);
	uint32_t crc;

	crc = crc32c(0, bytes, at);
	crc = crc32c(crc, zeros, sizeof(r->crc));
	return crc32c(crc, bytes + after, sizeof(*r) - after);
}

/* The checks that all versions have in common: is this a whole record that this code may read? */
static enum record_reason identity_check(const struct xen_pmem_record *r, const uint8_t uuid[16],
					 uint64_t size)
{
	if (memcmp(r->magic, XEN_PMEM_RECORD_MAGIC, sizeof(r->magic)))
		return RECORD_NONE;
	if (r->crc != record_crc(r))
		return RECORD_DAMAGED;
	if (r->major > XEN_PMEM_RECORD_MAJOR ||
	    (r->major == XEN_PMEM_RECORD_MAJOR && r->minor > XEN_PMEM_RECORD_MINOR))
		return RECORD_NEWER;
	if (r->major < XEN_PMEM_RECORD_MAJOR)
		return RECORD_OLDER;
	if (!uuid_equal(r->uuid, uuid))
		return RECORD_FOREIGN;
	return r->size == size ? RECORD_OK : RECORD_RESIZED;
}

enum record_reason record_decode(const void *buf, size_t len, const uint8_t uuid[16], uint64_t size,
				 struct xen_pmem_record *out,
				 struct record_verdict *verdict)
{
	struct xen_pmem_record r;

	memset(verdict, 0, sizeof(*verdict));
	if (len < sizeof(r)) {
		verdict->reason = RECORD_TRUNCATED;
		return RECORD_TRUNCATED;
	}
	memcpy(&r, buf, sizeof(r));
	verdict->reason = identity_check(&r, uuid, size);
	if (verdict->reason == RECORD_NEWER || verdict->reason == RECORD_OLDER) {
		verdict->major = r.major;
		verdict->minor = r.minor;
	}
	if (!verdict->reason)
		verdict->reason = contents_check(&r, &verdict->backing);
	if (!verdict->reason)
		*out = r;
	return verdict->reason;
}

enum record_reason record_encode(const struct xen_pmem_record *r, void *buf)
{
	struct xen_pmem_record copy = *r;
	enum record_reason rc;
	uint32_t at;

	memcpy(copy.magic, XEN_PMEM_RECORD_MAGIC, sizeof(copy.magic));
	copy.major = XEN_PMEM_RECORD_MAJOR;
	copy.minor = minor_needed(r);
	copy.header_length = XEN_PMEM_RECORD_HEADER;
	copy.entry_length = sizeof(copy.backings[0]);
	rc = contents_check(&copy, &at);
	if (rc)
		return rc;
	copy.crc = record_crc(&copy);
	memcpy(buf, &copy, sizeof(copy));
	return RECORD_OK;
}

/* How much a refusal says about the copy. */
static int reason_weight(enum record_reason reason)
{
	if (reason == RECORD_NEWER)
		return 3;
	if (reason == RECORD_NONE)
		return 0;
	return reason == RECORD_DAMAGED ? 1 : 2;
}

static enum record_reason none_chosen(const struct record_verdict copy[XEN_PMEM_RECORD_COPIES])
{
	enum record_reason a = copy[0].reason, b = copy[1].reason;

	return reason_weight(a) >= reason_weight(b) ? a : b;
}

static enum record_twin twin_of_bad(enum record_reason reason)
{
	return reason == RECORD_NONE ? RECORD_TWIN_MISSING : RECORD_TWIN_DAMAGED;
}

/* Both copies are whole: the newer one, or either if they are the same. */
static enum record_reason newer_chosen(const struct xen_pmem_record r[XEN_PMEM_RECORD_COPIES],
				       struct record_choice *choice)
{
	if (r[0].generation == r[1].generation) {
		choice->twin = RECORD_TWIN_SAME;
		return memcmp(&r[0], &r[1], sizeof(r[0])) ? RECORD_SPLIT : RECORD_OK;
	}
	choice->chosen = r[1].generation > r[0].generation;
	choice->twin = RECORD_TWIN_STALE;
	return RECORD_OK;
}

enum record_reason record_choose(const void *head, size_t len, const uint8_t uuid[16],
				 uint64_t size, struct xen_pmem_record *out,
				 struct record_choice *choice)
{
	struct xen_pmem_record r[XEN_PMEM_RECORD_COPIES];
	struct record_verdict *copy = choice->copy;
	enum record_reason rc;
	unsigned int i;

	memset(choice, 0, sizeof(*choice));
	if (len < sizeof(r))
		return RECORD_TRUNCATED;
	for (i = 0; i < XEN_PMEM_RECORD_COPIES; i++)
		record_decode((const uint8_t *)head + i * sizeof(r[0]), sizeof(r[0]), uuid, size,
			      &r[i], &copy[i]);
	if (copy[0].reason == RECORD_NEWER || copy[1].reason == RECORD_NEWER ||
	    (copy[0].reason && copy[1].reason))
		return none_chosen(copy);
	if (copy[0].reason || copy[1].reason) {
		choice->chosen = copy[0].reason != RECORD_OK;
		choice->twin = twin_of_bad(copy[!choice->chosen].reason);
	} else {
		rc = newer_chosen(r, choice);
		if (rc)
			return rc;
	}
	*out = r[choice->chosen];
	return RECORD_OK;
}

enum record_reason record_init(struct xen_pmem_record *r, const uint8_t uuid[16], uint64_t size,
			       uint64_t labels)
{
	uint64_t end = size - size % KIB(4);

	if (labels % XEN_PMEM_LABEL_SIZE)
		return RECORD_BAD_LABELS;
	if (labels > end)
		return RECORD_TOO_SMALL;
	if (labels)
		end = (end - labels) / XEN_PMEM_LABEL_SIZE * XEN_PMEM_LABEL_SIZE;
	if (end <= XEN_PMEM_HEAD_SIZE)
		return RECORD_TOO_SMALL;
	memset(r, 0, sizeof(*r));
	memcpy(r->uuid, uuid, sizeof(r->uuid));
	r->generation = 1;
	r->size = size;
	r->tables_offset = XEN_PMEM_HEAD_SIZE;
	r->tables_length = end - XEN_PMEM_HEAD_SIZE;
	r->labels_offset = labels ? end : 0;
	r->labels_length = labels;
	return RECORD_OK;
}

struct xen_pmem_backing *record_find(struct xen_pmem_record *r, const uint8_t uuid[16])
{
	uint32_t i;

	for (i = 0; i < r->nr_backings; i++)
		if (uuid_equal(r->backings[i].uuid, uuid))
			return &r->backings[i];
	return NULL;
}

enum record_reason record_add(struct xen_pmem_record *r, const struct xen_pmem_backing *backing)
{
	struct xen_pmem_backing *kept = record_find(r, backing->uuid);
	enum record_reason rc;

	if (backing->flags & ~XEN_PMEM_BACKING_HOST ||
	    (backing->flags && kept && kept->flags & XEN_PMEM_BACKING_KEPT))
		return RECORD_BAD_FLAGS;
	if (kept && kept->flags & XEN_PMEM_BACKING_KEPT) {
		if (kept->length != backing->length)
			return RECORD_KEPT_RESIZED;
		kept->flags &= ~XEN_PMEM_BACKING_KEPT;
		kept->erased = 0;	/* it was dom0's meanwhile */
		kept->cookie = backing->cookie;
		return RECORD_OK;
	}
	rc = backing_check(r, XEN_PMEM_RECORD_MINOR, backing, r->nr_backings);
	if (rc)
		return rc;
	if (r->nr_backings >= XEN_PMEM_BACKINGS_MAX)
		return RECORD_FULL;
	r->backings[r->nr_backings++] = *backing;
	return RECORD_OK;
}

uint32_t record_slot_free(const struct xen_pmem_record *r)
{
	uint64_t slots = r->labels_length / XEN_PMEM_LABEL_SIZE;
	uint32_t slot, i;

	for (slot = 1; slot <= slots; slot++) {
		for (i = 0; i < r->nr_backings && r->backings[i].label_slot != slot;)
			i++;
		if (i == r->nr_backings)
			return slot;
	}
	return 0;
}

enum record_reason record_remove(struct xen_pmem_record *r, const uint8_t uuid[16])
{
	struct xen_pmem_backing *at = record_find(r, uuid), *last;

	if (!at)
		return RECORD_NOT_FOUND;
	last = &r->backings[--r->nr_backings];
	for (; at < last; at++)
		at[0] = at[1];
	memset(last, 0, sizeof(*last));
	return RECORD_OK;
}
