/* SPDX-License-Identifier: GPL-2.0-only */
/* CRC-32C against the examples of RFC 3720, appendix B.4, and against another way to compute it. */
#include "suite.h"
#include "crc32c.h"

static const struct row {
	const char *name;
	const char *data;
	size_t len;
	uint32_t crc;
} rows[] = {
	{ "nothing", "", 0, 0 },
	{ "the usual nine digits", "123456789", 9, 0xe3069283 },
	{ "32 bytes of zeros",
	  "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 32, 0x8a9136aa },
	{ "32 bytes of ones", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
	  "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 32, 0x62a8ab43 },
	{ "32 bytes going up", "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f"
	  "\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f", 32, 0x46dd794e },
};

static void known(void **state)
{
	const struct row *row = *state;

	assert_int_equal(crc32c(0, row->data, row->len), row->crc);
	assert_int_equal(slow_crc32c(row->data, row->len), row->crc);
}

/* In one piece or in two, cut anywhere, and against the slow way. */
static void in_pieces(void **state)
{
	uint8_t data[256];
	uint64_t seed = 1;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)random_next(&seed);
	for (i = 0; i <= sizeof(data); i++)
		assert_int_equal(crc32c(crc32c(0, data, i), data + i, sizeof(data) - i),
				 slow_crc32c(data, sizeof(data)));
}

int main(void)
{
	suite_add_rows(known, rows);
	suite_add("in pieces", in_pieces);
	return suite_run("crc32c");
}
