/* SPDX-License-Identifier: GPL-2.0-only */
/* Any text as a config: nothing crashes; lines are lines of it; and where Xen's own parser finds a list, there are as many items in it. */
#include "fuzz.h"
#include "tool/guest/config_lines.h"

#include <libxlutil.h>

/* Xen's parser leaks where it refuses. */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

/* Mostly what configs are made of: other bytes are refused early, by both. */
static void text_make(const uint8_t *data, size_t len, char *text)
{
	static const char common[] = "vvv===[[]],,,''\"\"\n\n\n;;# \\+ab01";
	size_t i;

	for (i = 0; i < len; i++)
		text[i] = data[i] & 0x80 ? (char)(data[i] & 0x7f ? data[i] & 0x7f : '\n') : common[data[i] % (sizeof(common) - 1)];
	text[len] = '\0';
}

static unsigned int text_lines(const char *text)
{
	unsigned int nr = 1;

	for (; *text; text++)
		nr += *text == '\n';
	return nr;
}

/* How many items Xen's parser finds; -1: none of its business. */
static int xen_items(const char *text)
{
	static FILE *null;
	XLU_ConfigList *list;
	XLU_Config *xlu;
	int nr = -1;

	null = null ? null : fopen("/dev/null", "w");
	xlu = xlu_cfg_init(null, "fuzz");
	if (xlu_cfg_readdata(xlu, text, (int)strlen(text)) || xlu_cfg_get_list(xlu, "v", &list, &nr, 1))
		nr = -1;
	xlu_cfg_destroy(xlu);
	return nr;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char text[257];
	struct lines lines;
	unsigned int i, nr;
	int items;

	if (len > sizeof(text) - 1)
		len = sizeof(text) - 1;
	text_make(data, len, text);
	lines_find(text, "v", &lines);
	nr = text_lines(text);
	must(lines.key <= nr);
	for (i = 0; i < lines.nr && i < LINES_ITEMS_MAX; i++)
		must(lines.items[i] && lines.items[i] <= nr && (!i || lines.items[i] >= lines.items[i - 1]));
	items = xen_items(text);
	must(items < 0 || (unsigned int)items == lines.nr);
	return 0;
}
