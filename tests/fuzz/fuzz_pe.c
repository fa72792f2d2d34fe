// SPDX-License-Identifier: GPL-2.0-only
/* Any file in the place of a PE file is read within its bounds, and its sections are in it. */
#include "fuzz.h"
#include "pe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char *const names[] = { ".text", ".buildid", ".debug_info", "", "/4" };
	struct pe_section section;
	uint8_t *file = malloc(len + !len);
	struct pe pe;
	size_t i;

	memcpy(file, data, len);
	if (!pe_open(&pe, file, len))
		for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (pe_section_find(&pe, names[i], &section)) {
				must(section.bytes > file && section.bytes <= file + len);
				must(section.len <= (size_t)(file + len - section.bytes));
			}
	free(file);
	return 0;
}
