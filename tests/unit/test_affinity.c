/* SPDX-License-Identifier: GPL-2.0-only */
/* Proximity domains of processors and memory, from a host's tables, good and bad. */
#include "suite.h"
#include "affinity.h"

#define NONE	UINT32_MAX
#define END	{ 0 }

struct structure {
	size_t len;
	uint8_t bytes[56];
};

/* As 5.2.16.1, .3 and .2 of ACPI 6.3 lay them out; domains up to 0xffff, addresses in GiB. */
#define CPU(id, domain, flags) { 16, { 0, 16, (domain) & 255, id, flags, 0, 0, 0, 0, \
				       (domain) >> 8 } }
#define X2APIC(id, domain) { 24, { 2, 24, 0, 0, domain, 0, 0, 0, (id) & 255, (id) >> 8, 0, 0, 1 } }
#define AT_GIB(n) 0, 0, 0, ((n) << 6) & 255, (n) >> 2, 0, 0, 0
#define MEMORY(from, size, domain, flags) { 40, { 1, 40, domain, 0, 0, 0, 0, 0, AT_GIB(from), \
						 AT_GIB(size), 0, 0, 0, 0, flags } }
/* 5.2.25.2 of ACPI 6.2 */
#define SPA(from, size, domain, flags) { 56, { 0, 0, 56, 0, 1, 0, flags, 0, 0, 0, 0, 0, domain, \
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, AT_GIB(from), \
		AT_GIB(size) } }
#define CONTROL { 32, { 4, 0, 32, 0, 1 } }

static const struct row {
	const char *name;
	struct structure srat[5], nfit[4];
	bool memory;			/* the key is an address in GiB, otherwise an APIC id */
	uint32_t key, domain;
} rows[] = {
	{ "no table", { END }, { END }, false, 0, NONE },
	{ "the first CPU", { CPU(0, 3, 1), CPU(1, 4, 1), END }, { END }, false, 0, 3 },
	{ "another CPU", { CPU(0, 3, 1), CPU(1, 4, 1), END }, { END }, false, 1, 4 },
	{ "a domain above 255", { CPU(7, 0x102, 1), END }, { END }, false, 7, 0x102 },
	{ "an x2APIC", { CPU(1, 1, 1), X2APIC(257, 2), END }, { END }, false, 257, 2 },
	{ "a CPU that is not valid", { CPU(0, 3, 0), END }, { END }, false, 0, NONE },
	{ "a CPU after memory", { MEMORY(0, 4, 1, 1), CPU(0, 2, 1), END }, { END }, false, 0, 2 },
	{ "an unknown structure before", { { 4, { 9, 4 } }, CPU(0, 2, 1), END }, { END }, false, 0,
	  2 },
	{ "a structure of length 0", { { 16, { 0 } }, CPU(0, 2, 1), END }, { END }, false, 0,
	  NONE },
	{ "a structure beyond the end", { { 16, { 0, 17, 1, 0, 1 } }, END }, { END }, false, 0,
	  NONE },
	{ "a CPU of another size", { { 15, { 0, 15, 1, 0, 1 } }, CPU(0, 2, 1), END }, { END },
	  false, 0, 2 },
	{ "memory", { MEMORY(0, 4, 1, 1), MEMORY(4, 8, 2, 1), END }, { END }, true, 11, 2 },
	{ "memory's first byte", { MEMORY(0, 4, 1, 1), MEMORY(4, 8, 2, 1), END }, { END }, true, 4,
	  2 },
	{ "behind memory", { MEMORY(0, 4, 1, 1), MEMORY(4, 8, 2, 1), END }, { END }, true, 12,
	  NONE },
	{ "memory that is not valid", { MEMORY(0, 4, 1, 4), END }, { END }, true, 1, NONE },
	{ "not volatile", { MEMORY(0, 4, 1, 5), END }, { END }, true, 1, 1 },
	{ "the NFIT alone", { END }, { CONTROL, SPA(4, 2, 3, 2), END }, true, 5, 3 },
	{ "the NFIT before the SRAT", { MEMORY(4, 2, 1, 1), END }, { SPA(4, 2, 3, 2), END }, true,
	  5, 3 },
	{ "an NFIT that names no domain", { MEMORY(4, 2, 1, 1), END }, { SPA(4, 2, 3, 0), END },
	  true, 5, 1 },
	{ "an NFIT's structure of length 2", { END }, { { 8, { 4, 0, 2 } }, SPA(4, 2, 3, 2), END },
	  true, 5, NONE },
	{ "an NFIT's structure beyond the end", { END }, { { 56, { 0, 0, 57 } }, END }, true, 0,
	  NONE },
};

/* In memory of exactly its size, so that ASan sees a read beyond. */
static struct affinity_table table_make(size_t head, const struct structure *s)
{
	struct affinity_table t = { NULL, s->len ? head : 0 };
	const struct structure *each;
	uint8_t *bytes;

	for (each = s; each->len; each++)
		t.len += each->len;
	bytes = calloc(1, t.len ? t.len : 1);
	t.bytes = bytes;
	for (bytes += head; s->len; bytes += s->len, s++)
		memcpy(bytes, s->bytes, s->len);
	return t;
}

static void finds(void **state)
{
	const struct row *row = *state;
	struct affinity a = { table_make(48, row->srat), { NULL, 0 }, table_make(40, row->nfit) };
	uint32_t domain = 77;
	bool found = row->memory ? affinity_of_memory(&a, (uint64_t)row->key << 30, &domain) :
		     affinity_of_cpu(&a, row->key, &domain);

	assert_int_equal(found, row->domain != NONE);
	if (found)
		assert_int_equal(domain, row->domain);
	free((void *)a.srat.bytes);
	free((void *)a.nfit.bytes);
}

/* Each length of a table that is good is one of a table that is cut. */
static void cut(void **state)
{
	uint8_t srat[512], slit[512], *bytes;
	const size_t srat_len = golden_read("srat-x2apic.hex", srat, sizeof(srat)),
		     slit_len = golden_read("slit-3.hex", slit, sizeof(slit));
	struct affinity a = { { NULL, 0 }, { NULL, 0 }, { NULL, 0 } };
	uint32_t domain;
	size_t len;

	(void)state;
	for (len = 0; len <= srat_len; len++) {
		bytes = malloc(len + !len);
		memcpy(bytes, srat, len);
		a.srat = a.nfit = (struct affinity_table){ bytes, len };
		assert_int_equal(affinity_of_cpu(&a, 300, &domain), len >= 48 + 16 + 2 * 24);
		assert_int_equal(affinity_of_memory(&a, 513ull << 30, &domain), len == srat_len);
		free(bytes);
	}
	for (len = 0; len <= slit_len; len++) {
		bytes = malloc(len + !len);
		memcpy(bytes, slit, len);
		a.slit = (struct affinity_table){ bytes, len };
		assert_int_equal(affinity_distance(&a, 0, 3), len == slit_len ? 20 : 0);
		free(bytes);
	}
}

static void distances(void **state)
{
	uint8_t slit[48] = { [36] = 2, [44] = 10, 21, 17, 10 };
	struct affinity a = { .slit = { slit, sizeof(slit) } };

	(void)state;
	assert_int_equal(affinity_distance(&a, 0, 1), 21);
	assert_int_equal(affinity_distance(&a, 1, 0), 17);
	assert_int_equal(affinity_distance(&a, 1, 1), 10);
	assert_int_equal(affinity_distance(&a, 2, 0), 0);
	assert_int_equal(affinity_distance(&a, 0, 2), 0);
	memset(slit + 36, 255, 8);
	assert_int_equal(affinity_distance(&a, 0, 1), 0);
}

int main(void)
{
	suite_add_rows(finds, rows);
	suite_add("tables that are cut", cut);
	suite_add("distances", distances);
	return suite_run("affinity");
}
