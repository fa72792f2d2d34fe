// SPDX-License-Identifier: GPL-2.0-only
/* Sizes as people write and read them. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ui/ui.h"

static const char units[] = "BKMGT";

/* The largest unit that gives a whole number; for a long number, one digit after the point. */
const char *size_text(uint64_t bytes, struct size_buf *buf)
{
	unsigned int unit = 0, large = 0;

	while (unit + 1 < sizeof(units) - 1 && bytes && !(bytes & ((1ull << 10 * (unit + 1)) - 1)))
		unit++;
	while (large + 1 < sizeof(units) - 1 && bytes >> 10 * (large + 1))
		large++;
	if (bytes >> 10 * unit < 10000)
		snprintf(buf->text, sizeof(buf->text), "%llu%c",
			 (unsigned long long)(bytes >> 10 * unit), units[unit]);
	else
		snprintf(buf->text, sizeof(buf->text), "%.1f%c",
			 (double)bytes / (double)(1ull << 10 * large), units[large]);
	return buf->text;
}

bool size_parse(const char *text, uint64_t *bytes)
{
	const char *unit;
	char *end;
	int shift;

	if (!isdigit((unsigned char)text[0]))
		return false;
	errno = 0;
	*bytes = strtoull(text, &end, 0);
	if (errno || end == text)
		return false;
	if (!*end)
		return true;
	unit = strchr(units, toupper((unsigned char)*end));
	if (!unit || (end[1] && strcmp(end + 1, "iB") && strcmp(end + 1, "B")))
		return false;
	shift = 10 * (unit - units);
	if (*bytes << shift >> shift != *bytes)
		return false;
	*bytes <<= shift;
	return true;
}
