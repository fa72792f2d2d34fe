/* SPDX-License-Identifier: GPL-2.0-only */
/* SRAT, SLIT and HMAT against golden bytes, and what the builders refuse. */
#include "suite.h"
#include "numa.h"

#define G ((uint64_t)1 << 30)

static const uint32_t two_cpus[] = { 0, 2 }, high_cpus[] = { 254, 255, 300 };
static const struct numa_range two_ranges[] = {
	{ 0, G / 2, 0 }, { 4 * G, 2 * G, 1 },
};
static const struct numa_range three_ranges[] = {
	{ 0, 0xf0000000, 0 }, { 4 * G, 0x12345000, 0 }, { 513 * G, 1024 * G, 3 },
};

static const struct numa_guest small = { two_cpus, 2, two_ranges, 2, 1 };
static const struct numa_guest large = { high_cpus, 3, three_ranges, 3, 3 };

static size_t slit_of(const struct numa_guest *g, void *buf, size_t len)
{
	return slit_build(g->own, buf, len);
}

static size_t hmat_of(const struct numa_guest *g, void *buf, size_t len)
{
	return hmat_build(g->own, buf, len);
}

static const struct golden_row {
	const char *name;
	size_t (*build)(const struct numa_guest *g, void *buf, size_t len);
	const struct numa_guest *guest;
	const char *golden;
} golden_rows[] = {
	{ "SRAT of two CPUs and two ranges", srat_build, &small, "srat-1.hex" },
	{ "SRAT of local APICs, x2APICs and three ranges", srat_build, &large, "srat-x2apic.hex" },
	{ "SLIT of two nodes", slit_of, &small, "slit-1.hex" },
	{ "SLIT of four nodes", slit_of, &large, "slit-3.hex" },
	{ "HMAT of nodes 0 and 1", hmat_of, &small, "hmat-1.hex" },
	{ "HMAT of nodes 0 and 3", hmat_of, &large, "hmat-3.hex" },
};

/* Built into memory of exactly its size, so that ASan sees a write beyond. */
static void golden(void **state)
{
	const struct golden_row *row = *state;
	uint8_t expected[1024], *table;
	size_t len = golden_read(row->golden, expected, sizeof(expected)), i;

	assert_int_equal(row->build(row->guest, NULL, 0), len);
	table = malloc(len);
	memset(table, 0x5a, len);
	assert_int_equal(row->build(row->guest, table, len - 1), len);
	for (i = 0; i < len; i++)
		assert_int_equal(table[i], 0x5a);
	assert_int_equal(row->build(row->guest, table, len), len);
	assert_memory_equal(table, expected, len);
	free(table);
}

/* One range that is good but for what the row says, of a guest whose own node is the row's. */
static const struct refused_row {
	const char *name;
	struct numa_range range;
	uint32_t own;
} refused_rows[] = {
	{ "empty range", { G, 0, 0 }, 1 },
	{ "range wraps", { UINT64_MAX - 4095, 8192, 0 }, 1 },
	{ "range on a node between", { G, G, 1 }, 2 },
	{ "range on a node above", { G, G, 3 }, 2 },
	{ "own node is the DRAM's", { G, G, 0 }, 0 },
	{ "own node is too high", { G, G, 0 }, NUMA_OWN_MAX + 1 },
};

static void refused(void **state)
{
	const struct refused_row *row = *state;
	const struct numa_guest guest = { two_cpus, 2, &row->range, 1, row->own };
	const bool own_ok = row->own && row->own <= NUMA_OWN_MAX;

	assert_int_equal(srat_build(&guest, NULL, 0), 0);
	assert_int_equal(slit_build(row->own, NULL, 0) != 0, own_ok);
	assert_int_equal(hmat_build(row->own, NULL, 0) != 0, own_ok);
}

/* Of 128 x2APIC CPUs and 64 ranges, on the highest node: the tables fit, and no more do. */
static void counts(void **state)
{
	static uint32_t cpus[NUMA_CPUS_MAX + 1];
	static struct numa_range ranges[NUMA_RANGES_MAX + 1];
	struct numa_guest guest = { cpus, NUMA_CPUS_MAX, ranges, NUMA_RANGES_MAX, NUMA_OWN_MAX };
	unsigned int i;

	(void)state;
	for (i = 0; i <= NUMA_CPUS_MAX; i++)
		cpus[i] = 1000 + i;
	for (i = 0; i <= NUMA_RANGES_MAX; i++)
		ranges[i] = (struct numa_range){ i * G, G, i % 2 ? NUMA_OWN_MAX : 0 };
	assert_int_equal(srat_build(&guest, NULL, 0), 48 + 128 * 24 + 64 * 40);
	assert_true(srat_build(&guest, NULL, 0) <= SRAT_MAX);
	assert_int_equal(slit_build(NUMA_OWN_MAX, NULL, 0), 44 + 17 * 17);
	guest.nr_cpus++;
	assert_int_equal(srat_build(&guest, NULL, 0), 0);
	guest.nr_cpus = 0;
	assert_int_equal(srat_build(&guest, NULL, 0), 0);
	guest.nr_cpus = NUMA_CPUS_MAX;
	guest.nr_ranges++;
	assert_int_equal(srat_build(&guest, NULL, 0), 0);
	guest.nr_ranges = 0;
	assert_int_equal(srat_build(&guest, NULL, 0), 0);
}

int main(void)
{
	suite_add_rows(golden, golden_rows);
	suite_add_rows(refused, refused_rows);
	suite_add("numbers of CPUs and ranges", counts);
	return suite_run("numa");
}
