/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/* Sums up the 64-bit memory BARs of PCI devices. */
#include "bars.h"

#define BARS_OF_DEVICE	6u
#define FIELDS		3u		/* first address, last address, flags */
#define FLAG_MEMORY	0x200ull	/* Linux' IORESOURCE_MEM */
#define FLAG_64		0x100000ull	/* IORESOURCE_MEM_64 */

struct text {
	const char *at, *end;
};

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* "0x", then 1 to 16 digits, then `after`. */
static bool number_read(struct text *t, char after, uint64_t *number)
{
	unsigned int nr = 0;

	if (t->end - t->at < 2 || t->at[0] != '0' || t->at[1] != 'x')
		return false;
	*number = 0;
	for (t->at += 2; t->at < t->end && digit(*t->at) >= 0; t->at++, nr++)
		*number = *number << 4 | (uint64_t)digit(*t->at);
	if (!nr || nr > 16 || t->at == t->end || *t->at != after)
		return false;
	t->at++;
	return true;
}

static bool line_read(struct text *t, uint64_t field[FIELDS])
{
	return number_read(t, ' ', &field[0]) && number_read(t, ' ', &field[1]) &&
	       number_read(t, '\n', &field[2]);
}

static bool one_add(struct bars *bars, const uint64_t field[FIELDS])
{
	uint64_t size = field[1] - field[0] + 1;

	if (!(field[2] & FLAG_MEMORY) || !(field[2] & FLAG_64))
		return true;
	if (field[1] < field[0] || !size || size & (size - 1) || bars->sum > UINT64_MAX - size)
		return false;
	bars->sum += size;
	if (size > bars->largest)
		bars->largest = size;
	return true;
}

bool bars_add(struct bars *bars, const char *text, size_t len)
{
	struct text t = { text, text + len };
	struct bars more = *bars;
	uint64_t field[FIELDS];
	unsigned int i;

	for (i = 0; i < BARS_OF_DEVICE; i++)
		if (!line_read(&t, field) || !one_add(&more, field))
			return false;
	*bars = more;
	return true;
}

uint64_t bars_top(const struct bars *bars, uint64_t base)
{
	uint64_t unit = bars->largest ? bars->largest : 1;

	if (base > UINT64_MAX - (unit - 1))
		return UINT64_MAX;
	base = (base + unit - 1) & ~(unit - 1);
	return bars->sum > UINT64_MAX - base ? UINT64_MAX : base + bars->sum;
}
