// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bytes on the NVDIMM: marks in its frames. Not a byte may have been touched that is neither
 * metadata nor erased.
 */
#include "model.h"

#define SIGNED		0x400u			/* every so many-th frame carries a mark */

static uint64_t marked[(1ul << 21) / SIGNED / 64 + 1];

static bool marked_at(uint64_t n) { return marked[n / 64] >> n % 64 & 1; }
static uint64_t mark(uint64_t mfn) { return (mfn + 1) * 0x9e3779b97f4a7c15ull; }

void data_write(void)
{
	const struct frames *n = &machine.config.nvdimm;

	for (uint64_t i = 0; i * SIGNED < n->count; i++) {
		uint64_t mfn = n->first + i * SIGNED, m = mark(mfn);

		marked[i / 64] |= 1ull << i % 64;
		file_put(mfn, &m, sizeof(m));
	}
}

/* Without the marks the chunks of what is reserved can be huge pages of the file. */
void data_reserved(struct frames f)
{
	const struct frames *n = &machine.config.nvdimm;
	uint64_t m;

	for (uint64_t mfn = n->first; mfn < n->first + n->count; mfn += SIGNED) {
		if (mfn - f.first >= f.count)
			continue;
		file_get(mfn, &m, sizeof(m));
		if (m == mark(mfn))
			untouch((struct frames){ mfn, 1 });
	}
}

void data_erased(struct frames f)
{
	static const uint8_t zeros[4096];
	uint8_t page[4096];

	for (uint64_t mfn = f.first; mfn < f.first + f.count; mfn++) {
		uint64_t n = mfn - machine.config.nvdimm.first;

		file_get(mfn, page, sizeof(page));
		if (memcmp(page, zeros, sizeof(page)))
			broken("erased, and not zero: frame %#lx", mfn);
		if (!(n % SIGNED))
			marked[n / SIGNED / 64] &= ~(1ull << n / SIGNED % 64);
	}
	untouch(f);
}

/* A page of the file comes into being when it is read, or flushed out of a cache, too. */
static bool zeros_at(uint64_t mfn)
{
	uint64_t page[512], all = 0;

	file_get(mfn, page, sizeof(page));
	for (unsigned int i = 0; i < ARRAY_SIZE(page); i++)
		all |= page[i];
	return !all;
}

/*
 * Of what was reserved the bytes are ours; each other page that anybody touched carries its mark.
 */
void data_check(struct frames was_reserved)
{
	const struct frames *n = &machine.config.nvdimm;
	uint64_t mfn, next = 0, m;

	for (mfn = next_touched(n->first); mfn < n->first + n->count; mfn = next_touched(mfn + 1)) {
		uint64_t i = mfn - n->first;

		if (mfn - was_reserved.first < was_reserved.count ||
		    ((i % SIGNED || !marked_at(i / SIGNED)) && zeros_at(mfn)))
			continue;
		if (i % SIGNED || !marked_at(i / SIGNED))
			broken("its bytes were touched: frame %#lx", mfn);
		file_get(mfn, &m, sizeof(m));
		if (m != mark(mfn))
			broken("its bytes have changed: frame %#lx", mfn);
		next++;
	}
	for (uint64_t i = 0; i * SIGNED < n->count; i++)
		next -= marked_at(i) &&
			n->first + i * SIGNED - was_reserved.first >= was_reserved.count;
	if (next)
		broken("pages are gone: %lu", next);
}
