/* SPDX-License-Identifier: GPL-2.0-only */
/* What follows from an inventory: states of namespaces and pins, finders, and reasons. */
#include "suite.h"
#include "tool/host/inventory_facts.h"

/*
 * The host of these tests. A number is the first byte of a UUID.
 *
 *	1  xen-pmem	reserved; Xen's tables are in it, its labels are range 1
 *	2  xen-a	for guests
 *	3  xen-files	dom0's, as /dev/pmem3
 */
static struct xenpmem_namespace list[] = {
	{ .device = "namespace0.0", .label = "xen-pmem", .role = XEN_PMEM_ROLE_RESERVED,
	  .range = { { 1 }, 0x10000, 0x8000 }, .bound = true },
	{ .device = "namespace0.1", .label = "xen-a", .mode = "raw", .role = XEN_PMEM_ROLE_GUEST,
	  .range = { { 2 }, 0x20000, 0x8000 }, .bound = true },
	{ .device = "namespace0.2", .label = "xen-files", .mode = "fsdax", .driver = "nd_pmem",
	  .block = "pmem3", .role = XEN_PMEM_ROLE_HOST, .range = { { 3 }, 0x30000, 0x8000 } },
};

enum { RESERVED, GUESTS, FILES };

#define SERVED(id)	{ .range = { .uuid = { id } }, .state = XEN_PMEM_RANGE_SERVED }
#define CHECKING(id)	{ .range = { .uuid = { id } }, .state = XEN_PMEM_RANGE_CHECKING }
#define HOST(id)	{ .range = { .uuid = { id } }, .state = XEN_PMEM_RANGE_HOST }
#define HELD(id, dom, how)	{ .domid = dom, .uuid = { id }, .state = XEN_PMEM_HOLDER_##how }
#define AREA		{ .spa = 0x11000, .length = 0x1000, .uuid = { 1 } }

/* What Xen reports, and what state a namespace is in then. */
static const struct state_row {
	const char *name;
	unsigned int ns;
	struct xenpmem_range area;
	struct xenpmem_served ranges[3];
	struct xenpmem_holding holdings[2];
	bool unbound;
	uint8_t pool;		/* which the record names as a pool; 0: it names no pool */
	bool no_record;
	enum namespace_state state;
} states[] = {
	{ "a reserved area that Xen does not use", RESERVED, .state = STATE_DOM0 },
	{ "Xen's reserved area", RESERVED, AREA, .state = STATE_RESERVED },
	{ "Xen's reserved area and its labels", RESERVED, AREA, { SERVED(1) },
	  .state = STATE_RESERVED },
	{ "an area elsewhere", RESERVED, { .spa = 0x18000, .length = 0x1000 },
	  .state = STATE_DOM0 },
	{ "not enabled", GUESTS, AREA, { SERVED(1), HOST(3) }, .state = STATE_DOM0 },
	{ "no driver holds it", GUESTS, AREA, { SERVED(2) }, .unbound = true,
	  .state = STATE_NOT_HELD },
	{ "being checked", GUESTS, AREA, { CHECKING(2) }, .state = STATE_CHECKING },
	{ "free", GUESTS, AREA, { SERVED(1), SERVED(2) }, .state = STATE_FREE },
	{ "free, while a guest has another", GUESTS, AREA, { SERVED(2), HOST(3) },
	  { HELD(3, 5, RUNNING) }, .state = STATE_FREE },
	{ "a guest that is being built", GUESTS, AREA, { SERVED(2) }, { HELD(2, 5, BUILDING) },
	  .state = STATE_GUEST },
	{ "a guest that runs", GUESTS, AREA, { SERVED(2) }, { HELD(1, 5, RUNNING),
	  HELD(2, 5, RUNNING) }, .state = STATE_GUEST },
	{ "a guest that is being destroyed", GUESTS, AREA, { SERVED(2) }, { HELD(2, 5, DYING) },
	  .state = STATE_DEAD_GUEST },
	{ "a dead guest", GUESTS, AREA, { SERVED(2) }, { HELD(2, 5, DEAD) },
	  .state = STATE_DEAD_GUEST },
	{ "a pool", GUESTS, AREA, { SERVED(2) }, .pool = 2, .state = STATE_RAM },
	{ "a pool that a guest has pages of", GUESTS, AREA, { SERVED(2) }, { HELD(2, 5, RUNNING) },
	  .pool = 2, .state = STATE_RAM },
	{ "a pool that a dead guest has pages of", GUESTS, AREA, { SERVED(2) },
	  { HELD(2, 5, DEAD) }, .pool = 2, .state = STATE_RAM },
	{ "a pool that is being checked", GUESTS, AREA, { CHECKING(2) }, .pool = 2,
	  .state = STATE_CHECKING },
	{ "a pool that is not enabled", GUESTS, AREA, { SERVED(1) }, .pool = 2,
	  .state = STATE_DOM0 },
	{ "a pool that no driver holds", GUESTS, AREA, { SERVED(2) }, .unbound = true, .pool = 2,
	  .state = STATE_NOT_HELD },
	{ "free, while another one is a pool", GUESTS, AREA, { SERVED(2) }, .pool = 4,
	  .state = STATE_FREE },
	{ "a record that cannot be used names no pool", GUESTS, AREA, { SERVED(2) }, .pool = 2,
	  .no_record = true, .state = STATE_FREE },
	{ "a host range", FILES, AREA, { HOST(3) }, .state = STATE_HOST },
	{ "a host range of a guest's files", FILES, AREA, { HOST(3) }, { HELD(3, 5, RUNNING) },
	  .state = STATE_HOST },
	{ "dom0's alone", FILES, AREA, .state = STATE_NOT_HELD },
};

/* The row before it is a namespace's that is no pool. */
static void record_make(struct inventory *inv, const struct state_row *row)
{
	struct xen_pmem_record *data = &inv->record.data;

	strcpy(inv->no_record, row->no_record ? "why" : "");
	data->backings[data->nr_backings++] = (struct xen_pmem_backing){
		.uuid = { 1 }, .flags = XEN_PMEM_BACKING_ERASING,
	};
	if (row->pool)
		data->backings[data->nr_backings++] = (struct xen_pmem_backing){
			.uuid = { row->pool }, .flags = XEN_PMEM_BACKING_RAM,
		};
}

static void inventory_make(struct inventory *inv, const struct state_row *row)
{
	*inv = (struct inventory){ .list = list, .nr = NR(list), .info.reserved = row->area };
	memcpy(inv->ranges, row->ranges, sizeof(row->ranges));
	memcpy(inv->holdings, row->holdings, sizeof(row->holdings));
	while (inv->nr_ranges < NR(row->ranges) && row->ranges[inv->nr_ranges].range.uuid[0])
		inv->nr_ranges++;
	while (inv->nr_holdings < NR(row->holdings) && row->holdings[inv->nr_holdings].domid)
		inv->nr_holdings++;
	record_make(inv, row);
}

static void state_is(void **state)
{
	static struct inventory inv;
	const struct state_row *row = *state;
	struct xenpmem_namespace *ns = &list[row->ns];
	const bool was_bound = ns->bound;

	inventory_make(&inv, row);
	ns->bound = was_bound && !row->unbound;
	assert_int_equal(inventory_state(&inv, ns), row->state);
	ns->bound = was_bound;
}

/* A pin of a file is for guest 5. */
static const struct pin_row {
	const char *name;
	struct state_row xen;
	enum namespace_state state;
} pins[] = {
	{ "the guest has nothing", { .ranges = { HOST(3) } }, STATE_PINNED },
	{ "it has a namespace, and no file", { .ranges = { SERVED(2), HOST(3) },
	  .holdings = { HELD(2, 5, RUNNING) } }, STATE_PINNED },
	{ "another guest has files", { .ranges = { HOST(3) }, .holdings = { HELD(3, 6, RUNNING) } },
	  STATE_PINNED },
	{ "it has files", { .ranges = { HOST(3) }, .holdings = { HELD(3, 6, DEAD),
	  HELD(3, 5, RUNNING) } }, STATE_GUEST },
	{ "it had files and is dead", { .ranges = { HOST(3) }, .holdings = { HELD(3, 5, DEAD) } },
	  STATE_DEAD_GUEST },
};

static void pin_is(void **state)
{
	static const struct xenpmem_pinned pin = { .domid = 5 };
	static struct inventory inv;
	const struct pin_row *row = *state;

	inventory_make(&inv, &row->xen);
	assert_int_equal(inventory_pin_state(&inv, &pin), row->state);
	assert_int_equal(inventory_has_host_pages(&inv, 5), row->state != STATE_PINNED);
}

static void found(void **state)
{
	static const struct state_row row = {
		.area = AREA, .ranges = { SERVED(1), CHECKING(2), HOST(3) },
		.holdings = { HELD(2, 5, RUNNING) }, .pool = 3,
	};
	static const uint8_t one[16] = { 1 }, two[16] = { 2 }, three[16] = { 3 }, four[16] = { 4 };
	static struct inventory inv;

	(void)state;
	inventory_make(&inv, &row);
	assert_ptr_equal(inventory_find_uuid(&inv, two), &list[GUESTS]);
	assert_null(inventory_find_uuid(&inv, four));
	assert_ptr_equal(inventory_range(&inv, three), &inv.ranges[2]);
	assert_null(inventory_range(&inv, four));
	assert_ptr_equal(inventory_holding(&inv, two), &inv.holdings[0]);
	assert_null(inventory_holding(&inv, three));
	assert_true(inventory_is_labels(&inv, one));
	assert_false(inventory_is_labels(&inv, two));
	assert_int_equal(inventory_nr_enabled(&inv), 2);
	assert_false(inventory_is_enabled(&inv, two));
	assert_true(inventory_is_enabled(&inv, one));
	assert_true(inventory_is_pool(&inv, three));
	assert_false(inventory_is_pool(&inv, one));
	assert_false(inventory_is_pool(&inv, four));
	assert_true(inventory_is_shared(&inv, &list[FILES]));
	assert_false(inventory_is_shared(&inv, &list[GUESTS]));
	assert_string_equal(inventory_name(&inv, two), "namespace0.1 (xen-a)");
	assert_string_equal(inventory_name(&inv, four), "04000000-0000-0000-0000-000000000000");
}

/* A dry run counts what the dead hold as free. */
static void dead_forgotten(void **state)
{
	static const uint8_t one[16] = { 1 }, two[16] = { 2 };
	static struct inventory inv;

	(void)state;
	inv = (struct inventory){
		.holdings = { HELD(2, 5, DEAD), HELD(1, 6, RUNNING), HELD(3, 7, DYING),
			      HELD(4, 8, BUILDING) },
		.nr_holdings = 4,
	};
	inventory_forget_dead(&inv);
	assert_int_equal(inv.nr_holdings, 2);
	assert_null(inventory_holding(&inv, two));
	assert_int_equal(inventory_holding(&inv, one)->domid, 6);
	assert_int_equal(inv.holdings[1].domid, 8);
}

/* A namespace, and the reason why dom0's driver does not hold it. */
static const struct bound_row {
	const char *name;
	struct xenpmem_namespace ns;
	const char *why;
} bounds[] = {
	{ "bound", { .bound = true }, NULL },
	{ "without label name", { .driver = "nd_pmem" }, "not meant for Xen: its label name is "
	  "empty, not xen-pmem or xen-..., and it is used by nd_pmem" },
	{ "with another", { .label = "data" }, "not meant for Xen: its label name is \"data\", "
	  "not xen-pmem or xen-..." },
	{ "dom0's", { .role = XEN_PMEM_ROLE_HOST, .driver = "nd_pmem", .block = "pmem0" },
	  "used by nd_pmem (/dev/pmem0), and dom0 would crash without it: reboot, so that "
	  "xen_pmem comes first, then enable it" },
	{ "in another mode", { .role = XEN_PMEM_ROLE_GUEST, .mode = "sector" }, "used by no driver:"
	  " it is in sector mode; make it anew in raw mode (ndctl create-namespace -m raw)" },
	{ "raw, of another driver", { .role = XEN_PMEM_ROLE_GUEST, .mode = "raw",
	  .driver = "nd_pmem", .block = "pmem1", .device = "namespace1.0" }, "used by nd_pmem "
	  "(/dev/pmem1): unmount it, then modprobe xen_pmem, ndctl disable-namespace namespace1.0,"
	  " ndctl enable-namespace namespace1.0" },
	{ "raw, of no driver", { .role = XEN_PMEM_ROLE_GUEST, .mode = "raw",
	  .device = "namespace1.0" }, "no driver uses it: modprobe xen_pmem, ndctl "
	  "enable-namespace namespace1.0" },
};

static void why_unbound(void **state)
{
	const struct bound_row *row = *state;
	const char *why = namespace_why_unbound(&row->ns);

	if (row->why)
		assert_string_equal(why, row->why);
	else
		assert_null(why);
}

/* Two reasons in one line do not overwrite each other. */
static void lines(void **state)
{
	struct xenpmem_namespace bad = { .device = "namespace9.9", .nr_bad = 1, .held = true };
	const struct xenpmem_health armed = { 0 },
				    unarmed = { .bits = XENPMEM_NOT_ARMED, .name = "nmem0" };

	(void)state;
	assert_string_not_equal(namespace_name(&list[0]), namespace_name(&list[1]));
	assert_non_null(strstr(namespace_why_bad(&bad), "(xen-pmem disable, then ndctl "
			       "clear-errors namespace9.9)"));
	assert_null(namespace_why_bad(&list[GUESTS]));
	assert_null(health_why_unfit(&armed, false));
	assert_null(health_why_unfit(&unarmed, true));
	assert_non_null(strstr(health_why_unfit(&unarmed, false), "nmem0"));
	assert_string_equal(namespace_state_text(STATE_DEAD_GUEST), "dead guest");
	assert_string_equal(namespace_state_text(STATE_RAM), "ram");
}

int main(void)
{
	suite_add_rows(state_is, states);
	suite_add_rows(pin_is, pins);
	suite_add_rows(why_unbound, bounds);
	suite_add("finders", found);
	suite_add("dead guests forgotten", dead_forgotten);
	suite_add("lines", lines);
	return suite_run("inventory");
}
