/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ssdt [-s SCRUB] [-p FIT:GPA:LENGTH] GPA:LENGTH[:LABELS[:ro]]...: writes to standard output the
 * SSDT of these vNVDIMMs, as the library would build it; -s: with a scrub page; -p: for a guest
 * that can be given more while it runs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ssdt.h"

static int vnvdimm_read(const char *arg, struct vnvdimm *v)
{
	char *end;

	memset(v, 0, sizeof(*v));
	v->gpa = strtoull(arg, &end, 0);
	if (*end != ':')
		return -1;
	v->length = strtoull(end + 1, &end, 0);
	if (*end == ':')
		v->label_gpa = strtoull(end + 1, &end, 0);
	if (!strcmp(end, ":ro"))
		v->flags = VNVDIMM_NOT_ARMED;
	else if (*end)
		return -1;
	return 0;
}

static int plug_read(const char *arg, struct ssdt_plug *plug)
{
	char *end;

	plug->fit_gpa = strtoull(arg, &end, 0);
	if (*end != ':')
		return -1;
	plug->window_gpa = strtoull(end + 1, &end, 0);
	if (*end != ':')
		return -1;
	plug->window_length = strtoull(end + 1, &end, 0);
	return *end;
}

int main(int argc, char **argv)
{
	uint64_t scrub = argc > 2 && !strcmp(argv[1], "-s") ? strtoull(argv[2], NULL, 0) : 0;
	bool pluggable;
	struct ssdt_plug plug;
	struct vnvdimm v[VNVDIMMS_MAX];
	uint8_t table[SSDT_MAX];
	unsigned int nr;
	size_t len;

	argc -= scrub ? 2 : 0;
	argv += scrub ? 2 : 0;
	pluggable = argc > 2 && !strcmp(argv[1], "-p");
	if (pluggable && plug_read(argv[2], &plug))
		return 2;
	argc -= pluggable ? 2 : 0;
	argv += pluggable ? 2 : 0;
	for (nr = 0; nr + 1 < (unsigned int)argc && nr < VNVDIMMS_MAX; nr++)
		if (vnvdimm_read(argv[nr + 1], &v[nr]))
			return 2;
	len = ssdt_build(v, nr, pluggable ? &plug : NULL, scrub, table, sizeof(table));
	return len && fwrite(table, 1, len, stdout) == len ? 0 : 1;
}
