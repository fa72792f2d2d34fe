/* SPDX-License-Identifier: GPL-2.0-only */
/* Unpinning ends the pin of the named guest, and leaves the next guest's pin of that file. */
#include "lib/path_fiemap.h"
#include "lib/path_pages.h"
#include "suite.h"

#include "xen-pmem/xenpmem.h"

static struct xen_pmem_pin the_pin;
static bool is_pinned;

int pin_find(xenpmem_handle *h, const uint8_t uuid[16], struct xen_pmem_pin *pin)
{
	(void)h;
	if (!is_pinned || memcmp(uuid, the_pin.uuid, sizeof(the_pin.uuid)))
		return -ENOENT;
	*pin = the_pin;
	return 0;
}

int pin_end(xenpmem_handle *h, const uint8_t uuid[16])
{
	(void)h;
	assert_memory_equal(uuid, the_pin.uuid, sizeof(the_pin.uuid));
	is_pinned = false;
	return 0;
}

int pin_open(xenpmem_handle *h, const uint8_t uuid[16])
{
	(void)h;
	(void)uuid;
	fail_msg("opened");
	return -1;
}

int pin_pages(xenpmem_handle *h, unsigned long request, const uint8_t uuid[16],
	      struct xen_pmem_pages *pages)
{
	(void)h;
	(void)request;
	(void)uuid;
	(void)pages;
	fail_msg("hidden or shown");
	return -1;
}

int fiemap_each(xenpmem_handle *h, int fd, uint64_t offset, uint64_t length, bool lenient,
		fiemap_take *take, void *arg)
{
	(void)h;
	(void)fd;
	(void)offset;
	(void)length;
	(void)lenient;
	(void)take;
	(void)arg;
	fail_msg("looked at");
	return -1;
}

int xenpmem_assign_extents(xenpmem_handle *h, uint32_t domid, const struct xen_pmem_extent *list,
			   uint32_t nr, uint64_t gpa, uint32_t flags)
{
	(void)h;
	(void)domid;
	(void)list;
	(void)nr;
	(void)gpa;
	(void)flags;
	fail_msg("assigned");
	return -1;
}

static void unpinned(void **state)
{
	struct xenpmem_handle h = { .pins = -1 };
	static const uint8_t uuid[16] = { 7 };

	(void)state;
	the_pin = (struct xen_pmem_pin){ .uuid = { 7 }, .domain = 6, .hidden = 4096 };
	is_pinned = true;
	assert_int_equal(xenpmem_unpin(&h, uuid, 5), -ENOENT);
	assert_true(is_pinned);
	the_pin.hidden = 0;
	assert_int_equal(xenpmem_unpin(&h, uuid, 6), 0);
	assert_false(is_pinned);
	assert_int_equal(xenpmem_unpin(&h, uuid, 6), -ENOENT);
}

int main(void)
{
	suite_add("the pin of another guest stays", unpinned);
	return suite_run("unpin");
}
