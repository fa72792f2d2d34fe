/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A wipe leaves a namespace marked until its last byte and its labels are zeros, wherever it fails
 * or is killed, and goes on from there. Each row is run once for its result and the order of its
 * steps, and then for each step: once that step fails, once the program is killed before it.
 */
#include "handover_world.h"

/* What others do to the record while a step of a wipe runs without the caller's lock. */
enum meanwhile { SLEEP, ADD, STRIKE, QUIT };

static const struct wipe_row {
	const char *name;
	struct start start;
	enum meanwhile meanwhile;
	int rc;
	const char *log;
} wipe_rows[] = {
	{ "a wipe: each step is noted before and after it, the labels are last", FOREIGN, SLEEP, 0,
	  STORE "erase " STORE "erase " STORE "erase " STORE "serve slot record again" },
	{ "an interrupted wipe goes on where it was", HALF, SLEEP, 0,
	  STORE "erase " STORE "erase " STORE "serve slot record again" },
	{ "a wipe of a namespace without labels", { .owner = OTHER }, SLEEP, 0,
	  STORE "erase " STORE "erase " STORE "erase " STORE "record again" },
	{ "a wipe keeps what others store meanwhile", FOREIGN, ADD, 0,
	  STORE "erase " STORE "erase " STORE "erase " STORE "serve slot record again" },
	{ "a wipe ends if others strike the namespace meanwhile", FOREIGN, STRIKE, -ENOENT,
	  STORE "erase" },
	{ "a wipe ends if the caller cannot go on", FOREIGN, QUIT, -ECANCELED, STORE "erase" },
	{ "a wipe of what the record does not name", { .is = NOT_RECORDED }, SLEEP, -ENOENT, "" },
	{ "a wipe of what is kept for its labels", KEPT, SLEEP, -ENOENT, "" },
	{ "a wipe of a pool", DIRTY, SLEEP, -ENOENT, "" },
	{ "a wipe of what Xen does not serve", { .owner = OTHER, .is = NOT_SERVED }, SLEEP, -ENXIO,
	  "" },
	{ "a wipe of what Xen serves with another length", { .owner = OTHER, .is = GROWN }, SLEEP,
	  -ESTALE, "" },
};

static void others_store(enum meanwhile meanwhile)
{
	struct xenpmem_record record;

	row_read(&record);
	if (xenpmem_record_find(&record, FILLER(SLOTS)))
		return;
	if (meanwhile == ADD)
		filler_add(&record, SLOTS);
	else
		xenpmem_record_remove(&handle, &record, pmem.range.uuid);
	run.others = true;
	assert_int_equal(xenpmem_record_store(&handle, &reserved, &record), 0);
	run.others = false;
}

static bool lock_take(void *arg)
{
	const struct wipe_row *row = arg;

	if (row->meanwhile == ADD || row->meanwhile == STRIKE)
		others_store(row->meanwhile);
	fail(&handle, 0, "an error line that hides the first one");
	return row->meanwhile != QUIT;
}

static int wipe(const void *arg)
{
	static struct xenpmem_wipe w;
	static struct xenpmem_record record;	/* is read by the wipe itself */
	const struct wipe_row *row = arg;
	int rc;

	w = (struct xenpmem_wipe){ .reserved = &reserved, .record = &record, .after = lock_take,
				   .arg = (void *)(uintptr_t)row };
	rc = xenpmem_wipe(&handle, pmem.range.uuid, &w);
	if (row->rc)
		assert_int_equal(w.key, XENPMEM_KEY_BACKEND);
	if (rc)
		assert_null(strstr(xenpmem_error(&handle), "hides"));
	return rc;
}

static void wiped_check(const struct wipe_row *row)
{
	const uint8_t none[CHUNKS + 16] = { 0 };
	struct xenpmem_record record;
	struct xen_pmem_backing *b = row_read(&record);

	assert_memory_equal(world.data, none, CHUNKS);
	assert_memory_equal(b->guest, none, 16);
	assert_true(!b->flags && !b->erased && b->label_slot == row->start.slot);
	assert_true(!b->label_slot || !world.slots[b->label_slot]);
	if (row->meanwhile == ADD)
		assert_non_null(xenpmem_record_find(&record, FILLER(SLOTS)));
}

/* The second run goes on where the record says that the first one was. */
static void wipe_ends(const struct wipe_row *row, enum end end)
{
	struct xenpmem_record record;
	const struct xen_pmem_backing *b;
	unsigned int at;
	uint64_t noted;
	int rc;

	for (at = 1; ; at++) {
		world_make(&row->start);
		rc = run_to(end, at, wipe, row);
		safe_check(false);
		if (!run.ended)
			break;
		assert_int_equal(rc, end == KILL ? -EINTR : -EIO);
		b = row_read(&record);
		noted = b->flags & XEN_PMEM_BACKING_ERASING ? b->erased : 0;
		assert_int_equal(run_to(COMPLETE, 0, wipe, row), 0);
		if (run.first_erased != UINT64_MAX)
			assert_int_equal(run.first_erased, noted);
		wiped_check(row);
	}
}

static void wiped(void **state)
{
	const struct wipe_row *row = *state;

	world_make(&row->start);
	assert_int_equal(run_to(COMPLETE, 0, wipe, row), row->rc);
	assert_string_equal(run.log, row->log);
	safe_check(false);
	if (row->rc)
		return;
	wiped_check(row);
	wipe_ends(row, FAIL);
	wipe_ends(row, KILL);
}

static void held(void **state)
{
	static const struct wipe_row row = { .start = OWN, .rc = -EBUSY };
	struct world before;

	(void)state;
	world_make(&row.start);
	world.holder = GUEST;
	before = world;
	assert_int_equal(run_to(COMPLETE, 0, wipe, &row), -EBUSY);
	assert_memory_equal(&world, &before, sizeof(world));
}

/* Interrupted at 1 GiB, disabled with its labels kept, written by dom0, enabled, erased. */
static void kept_and_written(void **state)
{
	static const struct wipe_row row = { .start = HALF };
	struct xenpmem_record record;
	struct xen_pmem_backing *b;

	(void)state;
	world_make(&row.start);
	row_read(&record);
	b = xenpmem_record_find(&record, pmem.range.uuid);
	b->flags |= XEN_PMEM_BACKING_KEPT;
	run.others = true;
	assert_int_equal(xenpmem_record_store(&handle, &reserved, &record), 0);
	world.data[0] = STRANGER;
	row_read(&record);
	assert_int_equal(xenpmem_record_add(&handle, &record, &pmem), 0);
	assert_int_equal(xenpmem_record_store(&handle, &reserved, &record), 0);
	assert_int_equal(run_to(COMPLETE, 0, wipe, &row), 0);
	wiped_check(&row);
}

/* The caller has erased a pool's slots; the record follows. */
static const struct clean_row {
	const char *name;
	struct start start;
	uint8_t holder;
	int rc;
	const char *log;
} clean_rows[] = {
	{ "a pool becomes clean", DIRTY, 0, 0, STORE },
	{ "a clean pool becomes clean", CLEAN, 0, 0, "" },
	{ "a pool of which a guest has pages does not become clean", DIRTY, GUEST, -EBUSY, "" },
	{ "a guest's namespace does not become clean", OWN, 0, -ENOENT, "" },
};

static int clean(const void *arg)
{
	struct xenpmem_record record;

	(void)arg;
	row_read(&record);
	return xenpmem_pool_note_clean(&handle, &reserved, &record, pmem.range.uuid);
}

static void cleaned(void **state)
{
	const struct clean_row *row = *state;
	struct xenpmem_record record;
	char log[sizeof(run.log) + 1];

	world_make(&row->start);
	world.holder = row->holder;
	assert_int_equal(run_to(COMPLETE, 0, clean, row), row->rc);
	snprintf(log, sizeof(log), "%s ", run.log);
	assert_string_equal(run.log[0] ? log : "", row->log);
	assert_int_equal(row_read(&record)->flags,
			 row->rc ? row->start.flags : XEN_PMEM_BACKING_RAM);
}

int main(void)
{
	suite_add_rows(wiped, wipe_rows);
	suite_add_rows(cleaned, clean_rows);
	suite_add("a wipe of what a guest has changes nothing", held);
	suite_add("a wipe does not go on where dom0 has written since", kept_and_written);
	return suite_run("wipe");
}
