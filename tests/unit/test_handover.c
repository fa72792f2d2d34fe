/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A hand-over keeps one guest's data from another, wherever it fails or is killed. Each row is run
 * once for its result and the order of its steps. Then it is run for each step: once that step
 * fails, once the program is killed before it; a second run must come to the same result then.
 */
#include "handover_world.h"

#define ON	XENPMEM_LABEL_ON
#define OFF	XENPMEM_LABEL_OFF

static const struct row {
	const char *name;
	struct start start;
	struct {
		bool keep, running, file, part, ro, zero_uuid, ram;
		enum xenpmem_label label;
	} wish;
	int rc;
	enum xenpmem_key key;
	const char *log;
} rows[] = {
	{ "a namespace of no guest: zeros for its slot, the record, the pages", { .owner = 0 },
	  { .keep = false }, .log = "attach_check serve slot " STORE "attach" },
	{ "its own again: nothing is stored", OWN, { .keep = false },
	  .log = "attach_check serve attach" },
	{ "its own, without labels until now", { .owner = GUEST }, { .keep = false },
	  .log = "attach_check serve slot " STORE "attach" },
	{ "another guest's data", FOREIGN, { .keep = false }, -ENOTUNIQ, XENPMEM_KEY_RECORD, "" },
	{ "another guest's data, kept", FOREIGN, { .keep = true },
	  .log = "attach_check serve " STORE "attach" },
	{ "an interrupted erase", HALF, { .keep = false }, -ENOTRECOVERABLE, XENPMEM_KEY_RECORD,
	  "" },
	{ "an interrupted erase, kept", HALF, { .keep = true },
	  .log = "attach_check serve " STORE "attach" },
	{ "no row in the record", { .is = NOT_RECORDED }, { .keep = true }, -ENOENT,
	  XENPMEM_KEY_RECORD, "" },
	{ "a row that is kept for its labels", KEPT, { .keep = true }, -ENOENT,
	  XENPMEM_KEY_RECORD, "" },
	{ "Xen serves another length than is recorded", { .owner = GUEST, .is = GROWN },
	  { .keep = true }, -ESTALE, XENPMEM_KEY_RECORD, "" },
	{ "a row of dom0's", DOM0S, { .keep = true }, -ENOENT, XENPMEM_KEY_RECORD, "" },
	{ "a guest whose UUID is zeros", { .owner = 0 }, { .zero_uuid = true }, -EINVAL,
	  XENPMEM_KEY_GUEST, "" },
	{ "a running guest", { .owner = 0 }, { .running = true, .label = OFF },
	  .log = "plug_check " STORE "plug" },
	{ "a part, which has no labels", { .owner = 0 }, { .part = true },
	  .log = "attach_check " STORE "attach" },
	{ "read-only, without a slot", { .owner = 0 }, { .ro = true },
	  .log = "attach_check " STORE "attach" },
	{ "read-only, with labels", { .owner = 0 }, { .ro = true, .label = ON },
	  .log = "attach_check serve slot " STORE "attach" },
	{ "no label area", { .is = NO_AREA }, { .keep = false },
	  .log = "attach_check " STORE "attach" },
	{ "no label area, and labels are wished", { .is = NO_AREA }, { .label = ON }, -ENXIO,
	  XENPMEM_KEY_LABEL, "" },
	{ "no slot is free", { .is = FULL }, { .keep = false }, -ENOSPC, XENPMEM_KEY_LABEL, "" },
	{ "no slot is free, and no labels are wished", { .is = FULL }, { .label = OFF },
	  .log = "attach_check " STORE "attach" },
	{ "a reserved area that loses writes", { .is = UNFIT }, { .keep = false }, -EIO,
	  XENPMEM_KEY_LABEL, "" },
	{ "a clean pool: it is not clean before the pages are the guest's", CLEAN, { .ram = true },
	  .log = "attach_check " STORE "attach" },
	{ "a pool that is not clean: nothing is stored", DIRTY, { .ram = true },
	  .log = "attach_check attach" },
	{ "a part of a pool", DIRTY, { .ram = true, .part = true }, .log = "attach_check attach" },
	{ "a pool, as a vNVDIMM", CLEAN, { .keep = true }, -EMEDIUMTYPE, XENPMEM_KEY_RECORD, "" },
	{ "a guest's own namespace, as RAM", OWN, { .keep = true, .ram = true }, -EMEDIUMTYPE,
	  XENPMEM_KEY_RECORD, "" },
	{ "what the record does not name, as RAM", { .is = NOT_RECORDED }, { .ram = true },
	  -ENOENT, XENPMEM_KEY_RECORD, "" },
	{ "a file: pinned first", { .is = NOT_RECORDED }, { .file = true },
	  .log = "pin attach_check attach" },
};

static int hand_over(const void *arg)
{
	static const uint8_t guest[16] = { GUEST }, none[16];
	static struct xenpmem_handover ho;
	static struct xenpmem_record record;
	static struct xenpmem_vnvdimm v;
	const struct row *row = arg;
	int rc;

	v = (struct xenpmem_vnvdimm){
		.path = { .kind = row->wish.file ? XENPMEM_PATH_FILE : XENPMEM_PATH_NONE },
		.backing = pmem.range, .whole = world.served, .gpa = XENPMEM_ANYWHERE,
		.ro = row->wish.ro, .ram = row->wish.ram,
	};
	v.backing.length = world.served - (row->wish.part ? KIB(4) : 0);
	ho = (struct xenpmem_handover){
		.guest = row->wish.zero_uuid ? none : guest, .domid = 5, .reserved = &reserved,
		.running = row->wish.running, .keep = row->wish.keep, .record = &record,
		.vnvdimms = &v, .nr = 1, .label = { row->wish.label },
	};
	row_read(&record);
	rc = xenpmem_hand_over(&handle, &ho);
	assert_int_equal(ho.unlabelled, row->start.is & NO_AREA && !row->rc ? 1 : 0);
	if (row->rc)
		assert_true(ho.key == row->key && ho.fault == (row->wish.zero_uuid ? -1 : 0));
	if (rc)
		assert_null(strstr(xenpmem_error(&handle), "hides"));
	return rc;
}

/* A file's guest is not in the record. */
static void end_check(const struct row *row)
{
	if (row->wish.file)
		assert_true(!world.holder || world.pinned);
	else
		safe_check(row->wish.keep);
}

static void hand_over_ends(const struct row *row, enum end end)
{
	struct world before;
	unsigned int at;
	int rc;

	for (at = 1; ; at++) {
		world_make(&row->start);
		before = world;
		rc = run_to(end, at, hand_over, row);
		end_check(row);
		if (!run.ended)
			break;
		assert_int_equal(rc, end == KILL ? -EINTR : -EIO);
		assert_int_equal(world.holder, 0);
		if (end == FAIL)
			assert_false(world.pinned);
		if (strstr(run.ended, "check") || !strcmp(run.ended, "pin")) {
			world.pinned = false;
			assert_memory_equal(&world, &before, sizeof(world));
		}
		assert_int_equal(run_to(COMPLETE, 0, hand_over, row), 0);
		end_check(row);
		assert_int_equal(world.holder, GUEST);
	}
}

static void handed_over(void **state)
{
	const struct row *row = *state;
	struct world before;

	world_make(&row->start);
	before = world;
	assert_int_equal(run_to(COMPLETE, 0, hand_over, row), row->rc);
	assert_string_equal(run.log, row->log);
	end_check(row);
	if (row->rc)
		assert_memory_equal(&world, &before, sizeof(world));
	hand_over_ends(row, FAIL);
	hand_over_ends(row, KILL);
}

int main(void)
{
	suite_add_rows(handed_over, rows);
	return suite_run("handover");
}
