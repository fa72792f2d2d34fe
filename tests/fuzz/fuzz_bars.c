/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any text as a device's resources: nothing is read beyond it; sums only grow, and the top is above
 * the RAM and all BARs.
 */
#include "fuzz.h"
#include "bars.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct input in = { data, len };
	uint64_t base = input_number(&in, 8), top;
	struct bars bars = { 0, 0 }, before;
	char *text;
	size_t rest, i;

	rest = in.left;
	text = malloc(rest + !rest);
	input_take(&in, text, rest);
	for (i = 0; i < 3; i++) {
		before = bars;
		if (!bars_add(&bars, text, rest))
			must(!memcmp(&bars, &before, sizeof(bars)));
		must(bars.sum >= before.sum && bars.largest >= before.largest &&
		     bars.sum >= bars.largest);
		must(!(bars.largest & (bars.largest - 1)));
		top = bars_top(&bars, base);
		must(top == UINT64_MAX || top - base >= bars.sum);
	}
	free(text);
	return 0;
}
