/* SPDX-License-Identifier: GPL-2.0-only */
/* The numbers of `status --metrics`, letter by letter. */
#include "suite.h"
#include "tool/host/holders.h"
#include "tool/host/metrics.h"
#include "tool/xen/domain.h"

#include <errno.h>
#include <stdlib.h>

/* A name that a guest's owner has chosen, with all that the format wants escaped. */
const char *domain_name(uint32_t domid, char name[DOMAIN_NAME_LEN])
{
	snprintf(name, DOMAIN_NAME_LEN, domid == 7 ? "a\"b\\c\nd" : "guest%u", domid);
	return name;
}

const char *range_role_text(const struct inventory *inv, const uint8_t uuid[16])
{
	return inventory_is_labels(inv, uuid) ? "labels" : "namespace";
}

const char *holder_text(enum xen_pmem_holder_state state)
{
	return state == XEN_PMEM_HOLDER_DEAD ? "dead" : "running";
}

bool holding_is_first(const struct inventory *inv, unsigned int at)
{
	return !at || inv->holdings[at].domid != inv->holdings[at - 1].domid;
}

/*
 * Pages with errors are listed around one that dom0's kernel knows to be bad; three more had no
 * room, which comes with each answer.
 */
int xenpmem_query_media(xenpmem_handle *h, uint32_t index, struct xenpmem_media_error *error)
{
	(void)h;
	if (index == 3)
		return -ENOENT;
	*error = (struct xenpmem_media_error){ .errors = index != 1, .lost = 3 };
	return 0;
}

static char *printed(const struct inventory *inv)
{
	FILE *to = stdout;
	char *text = NULL;
	size_t size;

	stdout = open_memstream(&text, &size);
	assert_non_null(stdout);
	metrics_print(inv);
	fclose(stdout);
	stdout = to;
	return text;
}

static void not_loaded(void **state)
{
	char *text = printed(&(struct inventory){ .no_extension = "is not loaded" });

	(void)state;
	assert_string_equal(text,
		"# HELP xen_pmem_up 1 if the extension of Xen is loaded and answers.\n"
		"# TYPE xen_pmem_up gauge\n"
		"xen_pmem_up 0\n");
	free(text);
}

#define UUID(n)	"uuid=\"" n "000000-0000-0000-0000-000000000000\""
#define RANGE_A	UUID("02") ",device=\"namespace0.1\",namespace=\"xen-a\",role=\"namespace\""
/* Xen still serves it; the host has lost the namespace. */
#define RANGE_LOST	UUID("09") ",device=\"\",namespace=\"\",role=\"namespace\""

static const char *const lines[] = {
	"xen_pmem_up 1",
	"xen_pmem_metadata_bytes 4096",
	"xen_pmem_metadata_room_bytes 1099511627776",
	"xen_pmem_metadata_retired_bytes 2097152",
	"xen_pmem_longest_command_pages 66568",
	"xen_pmem_range_bytes{" RANGE_A "} 65536",
	"xen_pmem_range_bytes{" RANGE_LOST "} 131072",
	"xen_pmem_range_guest_bytes{" RANGE_A "} 24576",
	"xen_pmem_range_guest_bytes{" RANGE_LOST "} 0",
	"xen_pmem_range_metadata_bytes{" RANGE_A "} 4096",
	"xen_pmem_range_metadata_bytes{" RANGE_LOST "} 0",
	"xen_pmem_guests 2",
	"xen_pmem_dead_guests 1",
	"xen_pmem_guest_bytes{" RANGE_A ",guest=\"a\\\"b\\\\c\\nd\",domain=\"7\",state=\"running\"}"
		" 16384",
	"xen_pmem_guest_bytes{" RANGE_A ",guest=\"guest8\",domain=\"8\",state=\"dead\"} 8192",
	"xen_pmem_media_error_pages 2",
	"xen_pmem_media_errors_unlisted_total 3",
	"xen_pmem_bad_block_ranges{device=\"namespace0.0\",namespace=\"xen-pmem\"} 0",
	"xen_pmem_bad_block_ranges{device=\"namespace0.1\",namespace=\"xen-a\"} 2",
};

static struct xenpmem_namespace list[] = {
	{ .device = "namespace0.0", .label = "xen-pmem", .role = XEN_PMEM_ROLE_RESERVED,
	  .range = { { 1 }, 0x10000, 0x10000 } },
	{ .device = "namespace0.1", .label = "xen-a", .role = XEN_PMEM_ROLE_GUEST,
	  .range = { { 2 }, 0x20000, 0x10000 }, .nr_bad = 2 },
	{ .device = "namespace0.2", .label = "data", .role = XEN_PMEM_ROLE_NONE,
	  .range = { { 3 }, 0x30000, 0x10000 } },
};

static const struct inventory host = {
	.list = list, .nr = NR(list),
	.info = { .bytes_used = 4096, .bytes_total = 1ull << 40, .bytes_retired = 2 << 20,
		  .longest = 66568 },
	.ranges = { { .range = { { 2 }, 0x20000, 0x10000 }, .pages = 6, .bytes_used = 4096 },
		    { .range = { { 9 }, 0x90000, 0x20000 } } },
	.nr_ranges = 2,
	.holdings = { { .domid = 7, .uuid = { 2 }, .pages = 4,
			.state = XEN_PMEM_HOLDER_RUNNING },
		      { .domid = 8, .uuid = { 2 }, .pages = 2, .state = XEN_PMEM_HOLDER_DEAD } },
	.nr_holdings = 2,
};

/* Each sample is expected, in this order, after a HELP and a TYPE of its own metric. */
static void each_sample(void **state)
{
	char *text = printed(&host), *line, *rest = text, described[64] = "", help[64] = "";
	unsigned int at = 0;

	(void)state;
	while ((line = strsep(&rest, "\n")) && *line) {
		if (sscanf(line, "# HELP %63s", help) == 1)
			continue;
		if (sscanf(line, "# TYPE %63s", described) == 1) {
			assert_string_equal(described, help);
			continue;
		}
		assert_true(at < NR(lines));
		assert_string_equal(line, lines[at++]);
		assert_int_equal(strncmp(line, described, strlen(described)), 0);
		assert_non_null(strchr("{ ", line[strlen(described)]));
	}
	assert_int_equal(at, NR(lines));
	free(text);
}

int main(void)
{
	suite_add("the extension is not loaded", not_loaded);
	suite_add("each sample, and what describes it", each_sample);
	return suite_run("metrics");
}
