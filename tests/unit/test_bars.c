/* SPDX-License-Identifier: GPL-2.0-only */
/* PCI devices' BARs, as sysfs shows them, and where behind a guest's RAM they may come to stand. */
#include "suite.h"
#include "bars.h"

#define NONE	"0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
#define G	((uint64_t)1 << 30)

/* A network card of QEMU's: 128 KiB and 16 KiB of 32-bit memory, 32 ports; then its ROM. */
#define CARD \
	"0x00000000fe540000 0x00000000fe55ffff 0x0000000000040200\n" \
	"0x00000000fe560000 0x00000000fe563fff 0x0000000000040200\n" \
	"0x000000000000c060 0x000000000000c07f 0x0000000000040101\n" \
	NONE NONE NONE "0x00000000fe500000 0x00000000fe53ffff 0x0000000000046200\n"

/*
 * A graphics card: 16 MiB of 32-bit memory, 16 GiB and 32 MiB of 64-bit memory, ports; after its
 * BARs, virtual functions that are not the guest's.
 */
#define GRAPHICS \
	"0x00000000f6000000 0x00000000f6ffffff 0x0000000000040200\n" \
	"0x0000006000000000 0x00000063ffffffff 0x000000000014220c\n" NONE \
	"0x0000006400000000 0x0000006401ffffff 0x000000000014220c\n" NONE \
	"0x000000000000e000 0x000000000000e07f 0x0000000000040101\n" \
	NONE "0x0000008000000000 0x000000ffffffffff 0x000000000014220c\n"

struct row {
	const char *name, *text;
	bool good;
	uint64_t largest, sum;
};

static const struct row rows[] = {
	{ "no memory of 64 bits", CARD, true, 0, 0 },
	{ "a graphics card", GRAPHICS, true, 16 * G, 16 * G + (32 << 20) },
	{ "no line at all", "", false, 0, 0 },
	{ "five lines", NONE NONE NONE NONE NONE, false, 0, 0 },
	{ "six lines, the last without its end", NONE NONE NONE NONE NONE "0x0 0x0 0x0",
	  false, 0, 0 },
	{ "six lines", NONE NONE NONE NONE NONE "0x0 0x0 0x0\n", true, 0, 0 },
	{ "letters", NONE NONE NONE NONE NONE "0x0 0x0 0xg\n", false, 0, 0 },
	{ "numbers that are too long", NONE NONE NONE NONE NONE "0x0 0x0 0x00000000000000000\n",
	  false, 0, 0 },
	{ "numbers without digits", NONE NONE NONE NONE NONE "0x0 0x 0x0\n", false, 0, 0 },
	{ "no hexadecimal numbers", NONE NONE NONE NONE NONE "0 0 0\n", false, 0, 0 },
	{ "fields missing", NONE NONE NONE NONE NONE "0x0 0x0\n", false, 0, 0 },
	{ "an end before the start", NONE NONE NONE NONE NONE "0x2000 0x0fff 0x100200\n",
	  false, 0, 0 },
	{ "a size that is no power of two", NONE NONE NONE NONE NONE "0x0 0x2fff 0x100200\n",
	  false, 0, 0 },
	{ "all addresses", NONE NONE NONE NONE NONE "0x0 0xffffffffffffffff 0x100200\n",
	  false, 0, 0 },
	{ "half of all addresses", NONE NONE NONE NONE NONE "0x0 0x7fffffffffffffff 0x100200\n",
	  true, 1ull << 63, 1ull << 63 },
	{ "twice half of all addresses",
	  NONE NONE NONE NONE "0x0 0x7fffffffffffffff 0x100200\n"
	  "0x0 0x7fffffffffffffff 0x100200\n",
	  false, 0, 0 },
};

static void row_test(void **state)
{
	const struct row *r = *state;
	struct bars bars = { 0, 0 };
	size_t len = strlen(r->text);
	char *text = malloc(len + !len);

	memcpy(text, r->text, len);
	assert_int_equal(bars_add(&bars, text, len), r->good);
	assert_int_equal(bars.largest, r->largest);
	assert_int_equal(bars.sum, r->sum);
	free(text);
}

static void devices_add_up(void **state)
{
	struct bars bars = { 0, 0 };

	(void)state;
	assert_true(bars_add(&bars, GRAPHICS, strlen(GRAPHICS)));
	assert_true(bars_add(&bars, CARD, strlen(CARD)));
	assert_true(bars_add(&bars, GRAPHICS, strlen(GRAPHICS)));
	assert_false(bars_add(&bars, NONE, strlen(NONE)));
	assert_int_equal(bars.largest, 16 * G);
	assert_int_equal(bars.sum, 32 * G + (64 << 20));
}

/*
 *   RAM |         | 16 GiB | 16 GiB | 32 MiB | 32 MiB | here
 *       5       16 GiB
 */
static void top_is_behind_all(void **state)
{
	const struct bars none = { 0, 0 }, two = { 16 * G, 32 * G + (64 << 20) },
		half = { 1ull << 63, 1ull << 63 };

	(void)state;
	assert_int_equal(bars_top(&none, 5 * G + 4096), 5 * G + 4096);
	assert_int_equal(bars_top(&two, 5 * G), 48 * G + (64 << 20));
	assert_int_equal(bars_top(&two, 16 * G), 48 * G + (64 << 20));
	assert_int_equal(bars_top(&two, 16 * G + 1), 64 * G + (64 << 20));
	assert_int_equal(bars_top(&two, UINT64_MAX - G), UINT64_MAX);
	assert_int_equal(bars_top(&two, UINT64_MAX - 33 * G), UINT64_MAX);
	assert_int_equal(bars_top(&half, G), UINT64_MAX);
	assert_int_equal(bars_top(&half, 0), 1ull << 63);
}

int main(void)
{
	suite_add_rows(row_test, rows);
	suite_add("devices add up", devices_add_up);
	suite_add("the top is behind all", top_is_behind_all);
	return suite_run("bars");
}
