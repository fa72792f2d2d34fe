// SPDX-License-Identifier: GPL-2.0-only
/* The list of pages that cannot be read. */
#include "noted.h"

#include "answer.h"
#include "chunk.h"
#include "tables.h"

#define NOTES		128u
#define READS_MAX	64u	/* errors of a page, from the first on, that its guest may cause */

static struct note {
	uint64_t mfn;		/* 0: a free slot */
	uint64_t spa;		/* of the last error */
	uint64_t errors;
	uint16_t domain;	/* who had the page then */
	uint16_t outcome;	/* enum xen_pmem_media_outcome */
	bool gone;		/* from the map of a guest that has the page */
} notes[NOTES];
static uint64_t notes_lost;
static bool errors_seen;

static uint64_t note_mfn(const struct note *n)
{
	return __atomic_load_n(&n->mfn, __ATOMIC_ACQUIRE);
}

static struct note *note_find(uint64_t mfn)
{
	struct note *n;

	for (n = notes; n < notes + NOTES; n++)
		if (note_mfn(n) == mfn)
			return n;
	return NULL;
}

/* NULL: all slots are in use. Another CPU may look for one just now, for the same page even. */
static struct note *note_new(uint64_t mfn)
{
	struct note *n;

	for (n = notes; n < notes + NOTES; n++) {
		uint64_t seen = 0;

		if (__atomic_compare_exchange_n(&n->mfn, &seen, mfn, false, __ATOMIC_ACQ_REL,
						__ATOMIC_ACQUIRE) ||
		    seen == mfn)
			return n;
	}
	__atomic_add_fetch(&notes_lost, 1, __ATOMIC_RELAXED);
	return NULL;
}

void media_note_error(uint64_t spa, uint16_t domain, enum xen_pmem_media_outcome outcome)
{
	struct note *n = note_find(spa >> 12);

	errors_seen = true;
	if (!n)
		n = note_new(spa >> 12);
	if (!n)
		return;
	n->spa = spa;
	n->errors++;
	if (n->gone && outcome != XEN_PMEM_MEDIA_GUEST_ENDED)
		return;
	n->domain = domain;
	n->outcome = outcome;
	if (outcome == XEN_PMEM_MEDIA_GUEST_TOLD)
		n->gone = true;
}

bool media_may_err_again(uint64_t mfn)
{
	const struct note *n = note_find(mfn);

	return n && n->errors < READS_MAX;
}

bool media_bad(struct frames f)
{
	const struct note *n;

	for (n = notes; n < notes + NOTES && errors_seen; n++)
		if (note_mfn(n) - f.first < f.count)
			return true;
	return false;
}

void media_forget(struct frames f)
{
	struct note *n;

	if (f.first == reserved.frames.first)
		chunks_restore();
	for (n = notes; n < notes + NOTES; n++)
		if (note_mfn(n) - f.first < f.count) {
			n->errors = 0;
			n->gone = false;
			__atomic_store_n(&n->mfn, 0, __ATOMIC_RELEASE);
		}
}

/* ---- notes of what dom0 knows (take.h) ---- */

bool media_room(struct frames f)
{
	uint64_t left = 0, noted = 0;
	const struct note *n;

	for (n = notes; n < notes + NOTES; n++) {
		left += !note_mfn(n);
		noted += note_mfn(n) - f.first < f.count;
	}
	return f.count <= left + noted;
}

int media_note(uint64_t mfn, uint16_t domain)
{
	struct note *n = note_find(mfn);

	if (n)
		return 0;
	errors_seen = true;
	n = note_new(mfn);
	if (!n)
		return REFUSE(ENOSPC, MEDIA_FULL);
	n->spa = mfn << 12;
	n->domain = domain;
	n->outcome = XEN_PMEM_MEDIA_NOTED;
	return 0;
}

void media_note_gone(uint64_t mfn, uint16_t domain)
{
	struct note *n = note_find(mfn);

	if (n->gone)
		return;
	n->domain = domain;
	n->outcome = XEN_PMEM_MEDIA_TAKEN;
	n->gone = true;
}

uint64_t media_next(struct frames f, bool *gone)
{
	uint64_t first = INVALID_MFN;
	const struct note *n;

	for (n = notes; n < notes + NOTES; n++)
		if (note_mfn(n) - f.first < f.count && note_mfn(n) < first) {
			first = note_mfn(n);
			*gone = n->gone;
		}
	return first;
}

void media_let_go(struct frames f, uint16_t domain)
{
	struct note *n;

	for (n = notes; n < notes + NOTES; n++)
		if (note_mfn(n) - f.first < f.count && n->domain == domain)
			n->gone = false;
}

int media_query(struct xen_pmem_command *c)
{
	uint32_t left = c->index;
	const struct note *n;

	for (n = notes; n < notes + NOTES; n++)
		if (note_mfn(n) && !left--) {
			c->spa = n->spa;
			c->domain = n->domain;
			c->state = n->outcome;
			c->count = n->errors;
			c->pending = __atomic_load_n(&notes_lost, __ATOMIC_RELAXED);
			return 0;
		}
	return REFUSE(ENOENT, "no such media error");
}
