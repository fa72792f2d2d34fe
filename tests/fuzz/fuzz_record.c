/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two copies of a record as found on an NVDIMM: nothing crashes, and whatever decodes encodes to
 * the same bytes and can be changed. Each input is tried as it is; then with the CRC made to fit,
 * since a fuzzer does not guess a CRC; and then with version, size and UUID made to fit too.
 */
#include "fuzz.h"
#include "crc32c.h"
#include "record.h"

#define COPY XEN_PMEM_RECORD_SIZE
#define SIZE ((uint64_t)1 << 30)

static const uint8_t area[16] = {
	0x6f, 0x2a, 0x9d, 0x10, 0x3c, 0x44, 0x4b, 0x1e,
	0x9f, 0x00, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab,
};

static void crc_fit(struct xen_pmem_record *r, uint8_t *copy)
{
	memcpy(r->magic, XEN_PMEM_RECORD_MAGIC, sizeof(r->magic));
	r->crc = 0;
	r->crc = crc32c(0, r, sizeof(*r));
	memcpy(copy, r, sizeof(*r));
}

/* Whole, but of whatever version, namespace and size. */
static void copy_mend(uint8_t *copy)
{
	struct xen_pmem_record r;

	memcpy(&r, copy, sizeof(r));
	crc_fit(&r, copy);
}

/* Whole, and ours to read; generation as it is with these bits flipped. */
static void copy_fit(uint8_t *copy, uint64_t generation)
{
	struct xen_pmem_record r;

	memcpy(&r, copy, sizeof(r));
	memcpy(r.uuid, area, sizeof(r.uuid));
	r.major = XEN_PMEM_RECORD_MAJOR;
	r.minor %= XEN_PMEM_RECORD_MINOR + 1;
	r.size = SIZE;
	r.generation ^= generation;
	crc_fit(&r, copy);
}

static void change(struct xen_pmem_record *r)
{
	struct xen_pmem_backing b = { .uuid = { 0xfe, 0xfe }, .length = 4096 };
	uint8_t copy[COPY];
	enum record_reason rc = record_add(r, &b);

	must(rc == RECORD_OK || rc == RECORD_DUPLICATE || rc == RECORD_KEPT_RESIZED ||
	     (rc == RECORD_FULL && r->nr_backings == XEN_PMEM_BACKINGS_MAX));
	must(record_slot_free(r) <= r->labels_length / XEN_PMEM_LABEL_SIZE);
	must(record_encode(r, copy) == RECORD_OK);
	while (r->nr_backings)
		must(record_remove(r, r->backings[r->nr_backings / 2].uuid) == RECORD_OK);
	must(record_encode(r, copy) == RECORD_OK);
}

static void decode(const uint8_t *data, size_t len)
{
	struct record_verdict verdict;
	struct xen_pmem_record r;
	char text[160];
	uint8_t copy[COPY];

	must(record_decode(data, len, area, SIZE, &r, &verdict) == verdict.reason);
	must(strlen(record_verdict_text(&verdict, text, sizeof(text))) + 1 < sizeof(text));
	if (verdict.reason)
		return;
	must(record_encode(&r, copy) == RECORD_OK);
	must(!memcmp(copy, data, sizeof(copy)));
	change(&r);
}

static void choose(const uint8_t *head)
{
	struct record_choice choice;
	struct xen_pmem_record r;

	if (!record_choose(head, 2 * COPY, area, SIZE, &r, &choice))
		must(choice.chosen < 2 && !choice.copy[choice.chosen].reason &&
		     !memcmp(&r, head + choice.chosen * COPY, COPY));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct input in = { data, len };
	uint8_t head[2 * COPY];

	decode(data, len);
	input_take(&in, head, COPY);
	input_take(&in, head + COPY, COPY);
	choose(head);
	copy_mend(head + COPY);
	choose(head);
	copy_mend(head);
	choose(head);
	copy_fit(head, 0);
	decode(head, COPY);
	choose(head);
	memcpy(head + COPY, head, COPY);
	copy_fit(head + COPY, len ? data[len - 1] : 0);
	choose(head);
	return 0;
}
