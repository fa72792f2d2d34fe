/* SPDX-License-Identifier: GPL-2.0-only */
/* Xen, dom0's driver and the NVDIMM as variables; see fake_host.h. */
#include "fake_host.h"

#include "core/record.h"
#include "lib/internal.h"
#include "suite.h"

#undef fail		/* cmocka's; the library's is meant */

#define LENGTH	(1ull << 30)

struct fake fake;

enum row fake_row(void)
{
	const struct xen_pmem_backing *b = record_find(&fake.stored, fake.ns.range.uuid);

	if (!b)
		return NO_ROW;
	if (b->flags & XEN_PMEM_BACKING_KEPT)
		return b->length == LENGTH ? ROW_KEPT : ROW_RESIZED;
	if (b->length != LENGTH)
		return ROW_GROWN;
	if (b->flags & XEN_PMEM_BACKING_RAM)
		return b->flags & XEN_PMEM_BACKING_ERASING ? ROW_DIRTY : ROW_CLEAN;
	if (b->flags & XEN_PMEM_BACKING_ERASING)
		return ROW_HALF;
	return b->guest[0] ? ROW_DATA : ROW;
}

static bool is_named(enum row row)
{
	return row >= ROW && row <= ROW_HALF;
}

/* What must hold at any time, for this is what a kill leaves. */
static void invariants_check(void)
{
	const bool was_named = is_named(fake.at_first.row), named = is_named(fake_row());
	const struct xen_pmem_backing *b = record_find(&fake.stored, fake.ns.range.uuid);

	if (fake.now.state && fake.ns.bound)
		assert_true(fake.now.held);
	if (fake.now.area)
		assert_true(fake.now.area_held);
	/* dom0 may write where an erase has been. */
	if (fake.at_first.held && !fake.now.held && b) {
		assert_int_equal(b->erased, 0);
		assert_int_not_equal(fake_row(), ROW_CLEAN);
	}
	/* What may hold somebody's bytes is not clean. */
	if (fake_row() == ROW_CLEAN)
		assert_int_equal(fake.at_first.row, ROW_CLEAN);
	if (named && !was_named)
		assert_true(fake.now.state == SERVED || fake.now.state == HOST);
	if (!named && was_named && fake.ns.bound)
		assert_int_equal(fake.now.state, 0);
}

/* A call that changes something has a name. The others are questions. */
static int call(xenpmem_handle *h, const char *name)
{
	const unsigned int nr = fake.nr_calls++;

	if (name && fake.steps[0])
		strcat(fake.steps, " ");
	if (name)
		strcat(fake.steps, name);
	if (nr == fake.fail_at[0] || nr == fake.fail_at[1])
		return fail(h, nr == fake.fail_at[0] ? -EIO : -ENODEV, "call %u", nr);
	return 0;
}

static int command(xenpmem_handle *h, const char *name)
{
	int rc = call(h, name);

	return rc || !fake.silent ? rc : fail(h, -ENODEV, "silent");
}

int xenpmem_hold(xenpmem_handle *h, const struct xenpmem_namespace *which, bool held)
{
	int rc = call(h, held ? "hold" : "let-go");

	if (rc)
		fake.unsure = true;
	else if (which == &fake.reserved)
		fake.now.area_held = held;
	else
		fake.now.held = held;
	invariants_check();
	return rc;
}

/* What has become of a command that may have failed. */
static bool command_is_done(int rc)
{
	fake.silent |= rc && fake.how == HOW_SILENT;
	return !rc || fake.how == HOW_WHOLE || fake.how == HOW_SILENT;
}

int xenpmem_reserve(xenpmem_handle *h, const struct xenpmem_range *range)
{
	int rc = command(h, "reserve");

	assert_int_equal(range->spa, fake.reserved.range.spa);
	fake.now.area |= command_is_done(rc) || fake.how == HOW_HALF;
	invariants_check();
	return rc;
}

int xenpmem_retire(xenpmem_handle *h, const struct xenpmem_range *bytes)
{
	int rc = command(h, "retire");

	assert_true(fake.now.area);
	assert_false(fake.now.labels);
	assert_int_equal(bytes->spa, fake.reserved.range.spa + 0x3000);
	assert_int_equal(bytes->length, 0x2000);
	return rc;
}

static int range_serve(xenpmem_handle *h, const char *name, const struct xenpmem_range *range,
		       int state)
{
	int rc = command(h, name);

	assert_memory_equal(range, &fake.ns.range, sizeof(*range));
	assert_true(fake.now.area);
	if (command_is_done(rc))
		fake.now.state = state;
	else if (fake.how == HOW_HALF && !fake.now.state)
		fake.now.state = HALF;
	invariants_check();
	return rc;
}

int xenpmem_serve_begin(xenpmem_handle *h, const struct xenpmem_range *range, uint32_t flags)
{
	assert_int_equal(flags, fake.ns.role == XEN_PMEM_ROLE_HOST ? XEN_PMEM_SERVE_HOST : 0);
	return range_serve(h, "begin", range, HALF);
}

int xenpmem_serve(xenpmem_handle *h, const struct xenpmem_range *range)
{
	return range_serve(h, "serve", range, SERVED);
}

int xenpmem_serve_host(xenpmem_handle *h, const struct xenpmem_range *range)
{
	return range_serve(h, "serve_host", range, HOST);
}

int xenpmem_unserve(xenpmem_handle *h, const uint8_t uuid[16])
{
	int rc = command(h, "unserve");

	assert_memory_equal(uuid, fake.ns.range.uuid, 16);
	if (fake.now.pages)
		return fail(h, -EBUSY, "pages");
	if (!rc && !fake.now.state)
		return fail(h, -ENOENT, "not served");
	fake.unsure |= !!rc;
	if (command_is_done(rc))
		fake.now.state = 0;
	else if (fake.how == HOW_HALF && fake.now.state)
		fake.now.state = HALF;
	invariants_check();
	return rc;
}

int xenpmem_labels_serve(xenpmem_handle *h, const struct xenpmem_namespace *reserved,
			 const struct xenpmem_record *record)
{
	int rc = command(h, "labels");

	(void)record;
	assert_ptr_equal(reserved, &fake.reserved);
	assert_true(fake.now.area);
	fake.now.labels |= command_is_done(rc);
	return rc;
}

int xenpmem_labels_unserve(xenpmem_handle *h)
{
	int rc = command(h, "unlabels");

	if (command_is_done(rc))
		fake.now.labels = false;
	return rc;
}

int xenpmem_unreserve(xenpmem_handle *h)
{
	int rc = command(h, "unreserve");

	assert_false(fake.now.labels);
	assert_false(fake.now.area_elsewhere);
	if (!rc && !fake.now.area)
		return fail(h, -ENOENT, "not reserved");
	fake.unsure |= !!rc;
	if (command_is_done(rc))
		fake.now.area = false;
	invariants_check();
	return rc;
}

int xenpmem_hello(xenpmem_handle *h, struct xenpmem_info *info)
{
	int rc = command(h, NULL);

	fake.unsure |= !!rc;
	*info = (struct xenpmem_info){ .abi = 1 };
	if (fake.now.area)
		info->reserved = fake.reserved.range;
	if (fake.now.area_elsewhere)
		info->reserved = (struct xenpmem_range){ .spa = 1ull << 33, .length = 4096 };
	return rc;
}

int xenpmem_range_find(xenpmem_handle *h, const uint8_t uuid[16], struct xenpmem_served *served)
{
	const bool is_ns = !memcmp(uuid, fake.ns.range.uuid, 16);
	int rc = command(h, NULL);

	fake.unsure |= !!rc;
	if (rc)
		return rc;
	*served = (struct xenpmem_served){ .state = is_ns ? fake.now.state : SERVED };
	return (is_ns ? fake.now.state : fake.now.labels) ? 0 : -ENOENT;
}

int xenpmem_namespace_rebind(xenpmem_handle *h, const struct xenpmem_namespace *which,
			     char block[32])
{
	int rc = call(h, "rebind");

	assert_ptr_equal(which, &fake.ns);
	assert_int_equal(fake.now.state, HOST);
	assert_true(is_named(fake_row()));
	strcpy(block, "pmem9");
	return rc;
}

int xenpmem_record_store(xenpmem_handle *h, const struct xenpmem_namespace *reserved,
			 struct xenpmem_record *record)
{
	int rc = call(h, "store");

	assert_ptr_equal(reserved, &fake.reserved);
	record->data.generation++;
	if (!rc || fake.how == HOW_WHOLE)	/* one copy of the two */
		fake.stored = record->data;
	invariants_check();
	return rc;
}

int xenpmem_record_load(xenpmem_handle *h, const struct xenpmem_namespace *reserved,
			struct xenpmem_record *record)
{
	assert_ptr_equal(reserved, &fake.reserved);
	*record = (struct xenpmem_record){ .data = fake.stored };
	return fail(h, 0, "an error line that hides the first one");
}

int xenpmem_record_area(xenpmem_handle *h, const struct xenpmem_namespace *reserved,
			const struct xenpmem_record *record, struct xenpmem_range *area)
{
	(void)h;
	(void)record;
	*area = reserved->range;
	return 0;
}

struct xen_pmem_backing *xenpmem_record_find(struct xenpmem_record *record, const uint8_t uuid[16])
{
	return record_find(&record->data, uuid);
}

int xenpmem_record_add(xenpmem_handle *h, struct xenpmem_record *record,
		       const struct xenpmem_namespace *which)
{
	struct xen_pmem_backing b = { .length = which->range.length };

	memcpy(b.uuid, which->range.uuid, sizeof(b.uuid));
	b.flags = which->role == XEN_PMEM_ROLE_HOST ? XEN_PMEM_BACKING_HOST : 0;
	return record_add(&record->data, &b) ? fail(h, -EINVAL, "not added") : 0;
}

int xenpmem_record_remove(xenpmem_handle *h, struct xenpmem_record *record, const uint8_t uuid[16])
{
	return record_remove(&record->data, uuid) ? fail(h, -ENOENT, "no such row") : 0;
}

bool xenpmem_backing_holds_others(const struct xen_pmem_backing *b, const uint8_t *guest)
{
	assert_null(guest);
	return b->guest[0] || b->flags & XEN_PMEM_BACKING_ERASING;
}

int xenpmem_query_media(xenpmem_handle *h, uint32_t index, struct xenpmem_media_error *error)
{
	(void)h;
	(void)index;
	(void)error;
	return -ENOENT;
}

int xenpmem_query_holding(xenpmem_handle *h, uint32_t index, struct xenpmem_holding *holding)
{
	int rc = call(h, NULL);

	*holding = (struct xenpmem_holding){ .uuid = { 2 }, .domid = 5 };
	return rc ? rc : index || !fake.now.pages ? -ENOENT : 0;
}

static void record_make(enum row row)
{
	const bool is_host = row == ROW && fake.ns.role == XEN_PMEM_ROLE_HOST;
	const struct xen_pmem_backing b = {
		.uuid = { 2 }, .length = row == ROW_RESIZED || row == ROW_GROWN ? LENGTH / 2 :
			  LENGTH,
		.label_slot = row >= ROW_DATA, .guest = { row >= ROW_DATA ? 7 : 0 },
		.flags = row > ROW_GROWN ? XEN_PMEM_BACKING_KEPT :
			 row == ROW_HALF ? XEN_PMEM_BACKING_ERASING :
			 row == ROW_CLEAN ? XEN_PMEM_BACKING_RAM :
			 row == ROW_DIRTY ? XEN_PMEM_BACKING_RAM | XEN_PMEM_BACKING_ERASING :
			 is_host ? XEN_PMEM_BACKING_HOST : 0,
		.erased = row == ROW_HALF ? LENGTH / 2 : 0,
	};

	assert_int_equal(record_init(&fake.stored, fake.reserved.range.uuid,
				     fake.reserved.range.length, 4 * XEN_PMEM_LABEL_SIZE),
			 RECORD_OK);
	if (row != NO_ROW)
		fake.stored.backings[fake.stored.nr_backings++] = b;
}

void fake_make(const struct world *world, enum xen_pmem_role role, bool bound, bool kernels)
{
	fake = (struct fake){
		.now = *world, .at_first = *world, .how = fake.how, .fail_at = { ~0u, ~0u },
		.reserved = {
			.device = "namespace0.0", .role = XEN_PMEM_ROLE_RESERVED, .bound = true,
			.held = world->area_held, .range = { { 1 }, 1ull << 32, 1ull << 24 },
		},
		.ns = {
			.device = "namespace0.1", .role = role, .bound = bound,
			.held = world->held, .range = { { 2 }, 1ull << 34, LENGTH },
		},
	};
	if (world->area_bad) {
		fake.reserved.nr_bad = 1;
		fake.reserved.bad[0] = (struct xenpmem_bad){ 0x3e00, 1024 };
	}
	record_make(world->row);
	if (kernels)
		strcpy(fake.ns.driver, "nd_pmem");
	/* libndctl names one for any namespace. */
	strcpy(fake.ns.block, "pmem9");
}
