/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/* Builds the SSDT of a guest's vNVDIMMs from the AML that iasl compiled of acpi/. */
#include "ssdt.h"

#include "aml.h"
#include "checksum.h"

/* The compiled AML of one device, with its marks. */
struct template {
	const uint8_t *bytes;
	size_t len;
};

static const struct template plain = { aml_vnvdimm, sizeof(aml_vnvdimm) };
static const struct template readonly = { aml_readonly, sizeof(aml_readonly) };
static const struct template labelled = { aml_labelled, sizeof(aml_labelled) };
static const struct template spare = { aml_spare, sizeof(aml_spare) };
static const struct template plugged = { aml_plug, sizeof(aml_plug) };
static const struct template ars = { aml_ars, sizeof(aml_ars) };

_Static_assert(sizeof(aml_spare) <= sizeof(aml_vnvdimm), "a spare is the smallest");
_Static_assert(sizeof(aml_vnvdimm) <= sizeof(aml_readonly), "labels add to it");
_Static_assert(sizeof(aml_readonly) <= sizeof(aml_labelled), "writing labels adds to it");
_Static_assert(sizeof(struct acpi_table) + sizeof(aml_root) + sizeof(aml_ars) + sizeof(aml_plug) +
	       VNVDIMMS_MAX * sizeof(aml_labelled) <= SSDT_MAX, "every SSDT fits");
_Static_assert(SSDT_PLUG_INTERRUPT == PLUG_INTERRUPT, "the event device's interrupt");

static const struct template *template_of(const struct vnvdimm *v)
{
	if (!v->label_gpa)
		return &plain;
	return v->flags & VNVDIMM_NOT_ARMED ? &readonly : &labelled;
}

/* Looks for the mark in the template, not in its copy `to`, where a value may look like a mark. */
static void mark_replace(uint8_t *to, const struct template *t, const void *mark, const void *value,
			 size_t len)
{
	size_t at;

	for (at = 0; at + len <= t->len; at++)
		if (!memcmp(t->bytes + at, mark, len))
			memcpy(to + at, value, len);
}

static void u64_replace(uint8_t *to, const struct template *t, uint64_t mark, uint64_t value)
{
	mark_replace(to, t, &mark, &value, sizeof(mark));
}

/* NVXX: the root device's child, and the _UID of XQXX, the device that owns the addresses. */
static void number_put(uint8_t *to, const struct template *t, unsigned int number)
{
	const char digits[2] = { (char)('0' + number / 10), (char)('0' + number % 10) };
	const char child[4] = { 'N', 'V', digits[0], digits[1] };
	const char taken[4] = { 'X', 'Q', digits[0], digits[1] };
	const uint8_t adr_mark[] = { '_', 'A', 'D', 'R', 0x0a, MARK_ADR };
	const uint8_t adr[] = { '_', 'A', 'D', 'R', 0x0a, (uint8_t)number };

	mark_replace(to, t, "NVXX", child, sizeof(child));
	mark_replace(to, t, "XQXX", taken, sizeof(taken));
	mark_replace(to, t, adr_mark, adr, sizeof(adr));
}

static uint8_t *vnvdimm_put(uint8_t *to, const struct vnvdimm *v, unsigned int number)
{
	const struct template *t = template_of(v);

	memcpy(to, t->bytes, t->len);
	number_put(to, t, number);
	u64_replace(to, t, MARK_RANGE_FIRST, v->gpa);
	u64_replace(to, t, MARK_RANGE_LAST, v->gpa + v->length - 1);
	u64_replace(to, t, MARK_RANGE_LENGTH, v->length);
	u64_replace(to, t, MARK_LABELS_FIRST, v->label_gpa);
	u64_replace(to, t, MARK_LABELS_LAST, v->label_gpa + VNVDIMM_LABEL_SIZE - 1);
	u64_replace(to, t, MARK_LABELS_LENGTH, VNVDIMM_LABEL_SIZE);
	u64_replace(to, t, MARK_LABELS, v->label_gpa);
	return to + t->len;
}

static uint8_t *spare_put(uint8_t *to, unsigned int number)
{
	memcpy(to, spare.bytes, spare.len);
	number_put(to, &spare, number);
	return to + spare.len;
}

static void plug_put(uint8_t *to, const struct ssdt_plug *plug)
{
	memcpy(to, plugged.bytes, plugged.len);
	u64_replace(to, &plugged, MARK_RANGE_FIRST, plug->window_gpa);
	u64_replace(to, &plugged, MARK_RANGE_LAST, plug->window_gpa + plug->window_length - 1);
	u64_replace(to, &plugged, MARK_RANGE_LENGTH, plug->window_length);
	u64_replace(to, &plugged, MARK_FIT, plug->fit_gpa);
}

static uint8_t *ars_put(uint8_t *to, uint64_t scrub_gpa)
{
	memcpy(to, ars.bytes, ars.len);
	u64_replace(to, &ars, MARK_SCRUB, scrub_gpa);
	return to + ars.len;
}

static void table_put(uint8_t *table, size_t size, const struct vnvdimm *v, unsigned int nr,
		      const struct ssdt_plug *plug, uint64_t scrub_gpa)
{
	uint8_t *to = table + sizeof(struct acpi_table);
	unsigned int i;

	memcpy(to, aml_root, sizeof(aml_root));
	to += sizeof(aml_root);
	for (i = 0; i < nr; i++)
		to = vnvdimm_put(to, &v[i], i + 1);
	if (scrub_gpa)
		to = ars_put(to, scrub_gpa);
	for (; plug && i < VNVDIMMS_MAX; i++)
		to = spare_put(to, i + 1);
	if (plug)
		plug_put(to, plug);
	acpi_header_put(table, size, "SSDT", 2);
}

size_t ssdt_build(const struct vnvdimm *v, unsigned int nr, const struct ssdt_plug *plug,
		  uint64_t scrub_gpa, void *buf, size_t len)
{
	size_t size = sizeof(struct acpi_table) + sizeof(aml_root);
	unsigned int i;

	if (!nr || nr > VNVDIMMS_MAX)
		return 0;
	for (i = 0; i < nr; i++) {
		if (!vnvdimm_ok(&v[i]))
			return 0;
		size += template_of(&v[i])->len;
	}
	if (plug)
		size += (VNVDIMMS_MAX - nr) * spare.len + plugged.len;
	if (scrub_gpa)
		size += ars.len;
	if (size <= len)
		table_put(buf, size, v, nr, plug, scrub_gpa);
	return size;
}
