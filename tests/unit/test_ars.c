/* SPDX-License-Identifier: GPL-2.0-only */
/* Guests are told of what they have lost: once, and later if the inventory cannot be had. */
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "suite.h"
#include "tool/host/holders.h"
#include "tool/monitor/ars.h"
#include "tool/ui/ui.h"
#include "tool/xen/domain.h"

static unsigned int nr_errors, told;
static bool locked_out, page_gone;

int xenpmem_query_media(xenpmem_handle *h, uint32_t index, struct xenpmem_media_error *error)
{
	(void)h;
	*error = (struct xenpmem_media_error){ .spa = 0x1000 * (index + 1), .errors = 1,
					       .outcome = XEN_PMEM_MEDIA_GUEST_TOLD };
	return index < nr_errors ? 0 : -ENOENT;
}

int inventory_open_locked(struct inventory *inv)
{
	*inv = (struct inventory){ .nr_holdings = 1 };
	inv->holdings[0].state = XEN_PMEM_HOLDER_RUNNING;
	return locked_out ? EXIT_REFUSED : EXIT_DONE;
}

void inventory_close(struct inventory *inv)
{
	(void)inv;
}

bool holding_is_first(const struct inventory *inv, unsigned int nr)
{
	(void)inv;
	return !nr;
}

int xenpmem_guest_tell_bad(xenpmem_handle *h, uint32_t domid, bool *changed)
{
	(void)h;
	(void)domid;
	told++;
	*changed = !page_gone;
	return page_gone ? -EFAULT : 0;
}

const char *xenpmem_error(const xenpmem_handle *h)
{
	(void)h;
	return "";
}

const char *domain_name(uint32_t domid, char name[DOMAIN_NAME_LEN])
{
	(void)domid;
	return strcpy(name, "guest");
}

int refuse(const char *subject, const char *format, ...)
{
	(void)subject;
	(void)format;
	return EXIT_REFUSED;
}

void warn(const char *subject, const char *format, ...)
{
	(void)subject;
	(void)format;
}

void say(const char *format, ...)
{
	(void)format;
}

static void test_once(void **state)
{
	(void)state;
	assert_int_equal(guests_tell(NULL), EXIT_DONE);
	assert_int_equal(told, 0);
	nr_errors++;
	assert_int_equal(guests_tell(NULL), EXIT_DONE);
	assert_int_equal(guests_tell(NULL), EXIT_DONE);
	assert_int_equal(told, 1);
}

static void test_later(void **state)
{
	(void)state;
	told = 0;
	nr_errors++;
	locked_out = true;
	assert_int_equal(guests_tell(NULL), EXIT_REFUSED);
	assert_int_equal(told, 0);
	locked_out = false;
	assert_int_equal(guests_tell(NULL), EXIT_DONE);
	assert_int_equal(told, 1);
}

/* The guest has put another page in its place: it does not fill the log. */
static void test_gone(void **state)
{
	(void)state;
	told = 0;
	nr_errors++;
	page_gone = true;
	assert_int_equal(guests_tell(NULL), EXIT_DONE);
	assert_int_equal(guests_tell(NULL), EXIT_DONE);
	assert_int_equal(told, 1);
}

int main(void)
{
	suite_add("a guest is told once of each error", test_once);
	suite_add("or later, if the inventory cannot be had now", test_later);
	suite_add("a guest without its scrub page is tried once", test_gone);
	return suite_run("ars");
}
