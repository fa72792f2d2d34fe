/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any text of a layouts file is read to its end or to what is wrong in it, and what it gives has a
 * version, a build-id and offsets in a page.
 */
#include "fuzz.h"
#include "layouts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct xen_pmem_layout layout;
	char *text = malloc(len + !len);
	unsigned int i, line = 0;
	struct layouts l;
	uint16_t offset;
	int rc;

	memcpy(text, data, len);
	layouts_open(&l, text, len);
	while ((rc = layouts_next(&l, &layout)) > 0) {
		must(l.line > line);
		line = l.line;
		must(layout_minor(&layout) >= 0 && layout_minor(&layout) <= 99);
		must(memchr(layout.version, 0, sizeof(layout.version)) != NULL);
		must(layout.id[0].len == 20 || layout.id[0].len == 16);
		must(layout.id[1].len == 20 || layout.id[1].len == 16 || !layout.id[1].len);
		for (i = 0; i < LAYOUT_FIELDS; i++) {
			memcpy(&offset, (char *)&layout + layout_fields[i].at, sizeof(offset));
			must(offset <= LAYOUT_OFFSET_MAX);
		}
	}
	must(rc == 0 || l.wrong);
	free(text);
	return 0;
}
