/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/* The reasons of record.h in words. */
#include "record.h"

static const char *const texts[RECORD_REASONS] = {
	[RECORD_OK] = "the record is good",
	[RECORD_NONE] = "there is no record here",
	[RECORD_TRUNCATED] = "the record is truncated",
	[RECORD_DAMAGED] = "the record is damaged: its CRC does not fit",
	[RECORD_NEWER] = "the record is of a newer version",
	[RECORD_OLDER] = "the record is of an older version that is no longer read",
	[RECORD_FOREIGN] = "the record is foreign: it was written for another namespace",
	[RECORD_RESIZED] = "the record was written for this namespace at another size",
	[RECORD_BAD_HEADER] = "the record's header is malformed",
	[RECORD_BAD_FLAGS] = "the record has unknown flags",
	[RECORD_BAD_PADDING] = "the record has unused bytes that are not zero",
	[RECORD_BAD_TABLES] = "the record's area for Xen's tables is misaligned or out of bounds",
	[RECORD_BAD_LABELS] =
		"the record's label area is misaligned, out of bounds or over the tables",
	[RECORD_BAD_COUNT] = "the record counts more backings than it can hold",
	[RECORD_BAD_BACKING] = "a backing has an impossible UUID or length",
	[RECORD_BAD_SLOT] = "a backing has a label slot that does not exist or is another's",
	[RECORD_DUPLICATE] = "a backing stands in the record already",
	[RECORD_SPLIT] = "the record's two copies differ and neither is newer",
	[RECORD_FULL] = "the record is full",
	[RECORD_NOT_FOUND] = "no such backing stands in the record",
	[RECORD_TOO_SMALL] = "the namespace is too small for a reserved area",
	[RECORD_KEPT_RESIZED] = "labels are kept for the namespace, which had another size then",
};

const char *record_reason_text(enum record_reason reason)
{
	return (unsigned int)reason < RECORD_REASONS ? texts[reason] :
	       "the record is refused for an unknown reason";
}

const char *record_twin_text(enum record_twin twin)
{
	switch (twin) {
	case RECORD_TWIN_SAME:
		return NULL;
	case RECORD_TWIN_STALE:
		return "one copy of the record is older: its last update was cut short";
	case RECORD_TWIN_MISSING:
		return "one copy of the record is missing";
	case RECORD_TWIN_DAMAGED:
		break;
	}
	return "one copy of the record is not usable; the other is good";
}

/* A text that is put together. What does not fit is cut off; the NUL always fits. */
struct text {
	char *buf;
	size_t len, at;
};

static void text_add(struct text *t, const char *s)
{
	while (*s && t->at + 1 < t->len)
		t->buf[t->at++] = *s++;
	t->buf[t->at] = 0;
}

static void text_add_number(struct text *t, uint32_t n)
{
	char digits[11], *d = digits + sizeof(digits) - 1;

	*d = 0;
	do
		*--d = (char)('0' + n % 10);
	while (n /= 10);
	text_add(t, d);
}

static void text_add_version(struct text *t, uint32_t major, uint32_t minor)
{
	text_add_number(t, major);
	text_add(t, ".");
	text_add_number(t, minor);
}

static void text_add_versions(struct text *t, const struct record_verdict *verdict)
{
	text_add(t, ": it is ");
	text_add_version(t, verdict->major, verdict->minor);
	text_add(t, ", this is ");
	text_add_version(t, XEN_PMEM_RECORD_MAJOR, XEN_PMEM_RECORD_MINOR);
}

const char *record_verdict_text(const struct record_verdict *verdict, char *buf, size_t len)
{
	struct text t = { .buf = buf, .len = len };

	text_add(&t, record_reason_text(verdict->reason));
	switch (verdict->reason) {
	case RECORD_NEWER:
	case RECORD_OLDER:
		text_add_versions(&t, verdict);
		break;
	case RECORD_BAD_BACKING:
	case RECORD_BAD_SLOT:
	case RECORD_DUPLICATE:
		text_add(&t, " (backing ");
		text_add_number(&t, verdict->backing);
		text_add(&t, ")");
		break;
	default:
		break;
	}
	return buf;
}
