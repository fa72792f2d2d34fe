/* SPDX-License-Identifier: GPL-2.0-only */
/* The fakes of the world of test_handover.c and test_wipe.c, and what must hold in it. */
#include "handover_world.h"

#include "lib/sysfs.h"

struct xenpmem_namespace reserved = {
	.device = "namespace0.0", .role = XEN_PMEM_ROLE_RESERVED,
	.range = { .uuid = { 9 }, .spa = GIB(4), .length = MIB(64) },
};
const struct xenpmem_namespace pmem = {
	.device = "namespace0.1", .range = { .uuid = { 7 }, .spa = GIB(8), .length = LENGTH },
};

xenpmem_handle handle = { .pins = -1 };
struct world world;
struct run run;

static int step(const char *word)
{
	if (run.others)
		return 0;
	if (++run.nr == run.at) {
		run.ended = word;
		if (run.end == KILL)
			longjmp(run.killed, 1);
		return fail(&handle, -EIO, "made to fail");
	}
	snprintf(run.log + strlen(run.log), sizeof(run.log) - strlen(run.log), "%s%s",
		 run.log[0] ? " " : "", word);
	return 0;
}

int sysfs_read_bytes(const char *device, const char *name, uint64_t offset, void *buf, size_t len)
{
	(void)device;
	(void)name;
	memcpy(buf, world.copies + offset, len);
	return 0;
}

int sysfs_write(const char *device, const char *name, uint64_t offset, const void *buf, size_t len)
{
	int rc = step(run.second ? "again" : "record");

	(void)device;
	(void)name;
	run.second = !run.second && !rc;
	if (!rc)
		memcpy(world.copies + offset, buf, len);
	return rc;
}

int xenpmem_serve(xenpmem_handle *h, const struct xenpmem_range *range)
{
	(void)h;
	assert_memory_equal(range->uuid, reserved.range.uuid, 16);
	return step("serve");
}

/* Half of it, if it fails. */
int xenpmem_erase(xenpmem_handle *h, const uint8_t uuid[16], uint64_t *done, uint64_t until)
{
	int rc = step("erase");
	uint64_t end = until < LENGTH ? until : LENGTH;

	(void)h;
	assert_memory_equal(uuid, pmem.range.uuid, 16);
	assert_int_equal(world.holder, 0);
	if (run.first_erased == UINT64_MAX)
		run.first_erased = *done;
	if (!rc)
		world.data[*done / GIB(1)] = 0;
	*done = rc ? *done + (end - *done) / 2 : end;
	return rc;
}

int xenpmem_erase_part(xenpmem_handle *h, const struct xenpmem_range *part, uint64_t *done,
		       uint64_t until)
{
	struct xenpmem_record record;
	int rc = step("slot");

	assert_int_equal(until, XEN_PMEM_LABEL_SIZE);
	assert_int_equal(xenpmem_record_load(h, &reserved, &record), 0);
	if (!rc)
		world.slots[(part->spa - reserved.range.spa - record.data.labels_offset) / until +
			    1] = 0;
	*done = until;
	return rc;
}

int xenpmem_query_holding(xenpmem_handle *h, uint32_t index, struct xenpmem_holding *holding)
{
	(void)h;
	*holding = (struct xenpmem_holding){ .domid = 5 };
	memcpy(holding->uuid, pmem.range.uuid, 16);
	return world.holder && !index ? 0 : -ENOENT;
}

static int call(const char *word, bool gives, struct xenpmem_vnvdimm *v, unsigned int nr,
		int *fault)
{
	int rc = step(word);

	assert_int_equal(nr, 1);
	*fault = rc ? 0 : -1;
	v->gpa = GIB(16);
	if (!rc && gives)
		world.holder = GUEST;
	return rc;
}

#define CALL(name, gives)								\
	int xenpmem_##name(xenpmem_handle *h, uint32_t domid, struct xenpmem_vnvdimm *v,	\
			   unsigned int nr, int *fault)					\
	{										\
		(void)h;								\
		assert_int_equal(domid, 5);						\
		return call(#name, gives, v, nr, fault);				\
	}
CALL(attach, true)
CALL(attach_check, false)
CALL(plug, true)
CALL(plug_check, false)

int xenpmem_path_pin(xenpmem_handle *h, struct xenpmem_path *path, uint32_t domid, uint64_t offset,
		     uint64_t length, uint64_t *spa)
{
	int rc = step("pin");

	(void)h;
	(void)domid;
	(void)offset;
	(void)length;
	*spa = GIB(32);
	world.pinned = path->pinned = !rc;
	return rc;
}

int xenpmem_unpin(xenpmem_handle *h, const uint8_t uuid[16], uint32_t domid)
{
	(void)uuid;
	(void)domid;
	world.pinned = false;
	return fail(h, 0, "an error line that hides the first one");
}

void xenpmem_path_close(struct xenpmem_path *path)
{
	path->fd = -1;
}

int xenpmem_hello(xenpmem_handle *h, struct xenpmem_info *info)
{
	(void)info;
	return fail(h, -EIO, "not asked");
}

int xenpmem_range_find(xenpmem_handle *h, const uint8_t uuid[16], struct xenpmem_served *served)
{
	(void)h;
	assert_memory_equal(uuid, pmem.range.uuid, 16);
	*served = (struct xenpmem_served){ .range = pmem.range, .state = XEN_PMEM_RANGE_SERVED };
	served->range.length = world.served;
	return world.served ? 0 : -ENOENT;
}

int xenpmem_unserve(xenpmem_handle *h, const uint8_t uuid[16])
{
	(void)uuid;
	return fail(h, -EIO, "not asked");
}

void filler_add(struct xenpmem_record *record, uint8_t number)
{
	struct xenpmem_namespace ns = { .range = { .length = GIB(1) } };

	memcpy(ns.range.uuid, FILLER(number), 16);
	assert_int_equal(xenpmem_record_add(&handle, record, &ns), 0);
	xenpmem_record_find(record, ns.range.uuid)->label_slot = number;
}

void world_make(const struct start *s)
{
	struct xenpmem_record record;
	struct xen_pmem_backing *b;
	unsigned int i;

	world = (struct world){
		.data = { s->owner, s->owner, s->owner },
		.served = s->is & NOT_SERVED ? 0 : s->is & GROWN ? LENGTH + GIB(1) : LENGTH,
	};
	if (s->erased)
		world.data[0] = 0;
	memset(world.slots, STRANGER, sizeof(world.slots));
	reserved.health.bits = s->is & UNFIT ? XENPMEM_NOT_ARMED : 0;
	assert_int_equal(xenpmem_record_make(&handle, &reserved, &record), 0);
	for (i = 1; s->is & FULL && i <= SLOTS; i++)
		filler_add(&record, i);
	if (s->is & NO_AREA)
		record.data.labels_offset = record.data.labels_length = 0;
	if (!(s->is & NOT_RECORDED)) {
		assert_int_equal(xenpmem_record_add(&handle, &record, &pmem), 0);
		b = xenpmem_record_find(&record, pmem.range.uuid);
		b->flags = s->flags;
		b->label_slot = s->slot;
		b->erased = s->erased;
		b->guest[0] = s->owner;
		if (s->slot)
			world.slots[s->slot] = s->owner;
	}
	memset(&run, 0, sizeof(run));
	run.others = true;
	assert_int_equal(xenpmem_record_store(&handle, &reserved, &record), 0);
}

struct xen_pmem_backing *row_read(struct xenpmem_record *record)
{
	assert_int_equal(xenpmem_record_load(&handle, &reserved, record), 0);
	return xenpmem_record_find(record, pmem.range.uuid);
}

void safe_check(bool kept)
{
	struct xenpmem_record record;
	const struct xen_pmem_backing *b = row_read(&record);
	uint8_t uuid[16] = { 0 }, bytes[CHUNKS + 1];
	unsigned int i;

	if (!b) {
		assert_int_equal(world.holder, 0);
		return;
	}
	memcpy(bytes, world.data, CHUNKS);
	bytes[CHUNKS] = b->label_slot ? world.slots[b->label_slot] : 0;
	for (uuid[0] = GUEST; uuid[0] <= STRANGER; uuid[0]++)
		for (i = 0; i <= CHUNKS && !xenpmem_backing_holds_others(b, uuid); i++)
			assert_true(!bytes[i] || bytes[i] == uuid[0] ||
				    (kept && uuid[0] == GUEST && bytes[i] == OTHER));
	for (i = 1; i < CHUNKS && !kept && !(b->flags & XEN_PMEM_BACKING_ERASING); i++)
		assert_int_equal(world.data[i], world.data[0]);
	if (world.holder && b->flags & XEN_PMEM_BACKING_RAM)
		assert_true(b->flags & XEN_PMEM_BACKING_ERASING);
	else if (world.holder)
		assert_true(b->guest[0] == world.holder && !b->flags);
}

int run_to(enum end end, unsigned int at, int (*work)(const void *), const void *arg)
{
	memset(&run, 0, sizeof(run));
	run.end = end;
	run.at = at;
	run.first_erased = UINT64_MAX;
	if (setjmp(run.killed))
		return -EINTR;
	return work(arg);
}
