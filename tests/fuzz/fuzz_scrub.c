/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any scrub page, as a guest may write it, has a list that fits; and whatever its first word is, a
 * list that is put there is read again. A request that is answered is none any more.
 */
#include "fuzz.h"
#include "scrub.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct input in = { data, len };
	struct scrub_place *list = malloc(SCRUB_PLACES * sizeof(*list)),
			   *again = malloc(SCRUB_PLACES * sizeof(*list));
	uint8_t *page = calloc(1, SCRUB_SIZE);
	struct scrub_ask ask;
	uint32_t word = (uint32_t)input_number(&in, 4);
	unsigned int nr;

	memcpy(page, &word, sizeof(word));
	input_take(&in, page + 4, SCRUB_SIZE - 4);
	nr = scrub_read(page, list);
	must(nr <= SCRUB_PLACES);
	word = scrub_put(page, word, list, nr);
	memcpy(page, &word, sizeof(word));
	must(scrub_read(page, again) == nr && !memcmp(list, again, nr * sizeof(*list)));
	if (scrub_ask_read(page, &ask)) {
		must(ask.number);
		scrub_ask_answer(page, ask.number, SCRUB_DONE, ask.length);
		must(!scrub_ask_read(page, &ask));
		must(scrub_read(page, again) == nr);
	}
	free(page);
	free(again);
	free(list);
	return 0;
}
