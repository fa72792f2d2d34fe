/* SPDX-License-Identifier: GPL-2.0-only */
/* Storing a record: never an older one over a newer one. The namespace is an array here. */
#include "lib/internal.h"
#include "lib/sysfs.h"
#include "suite.h"

#include "core/env.h"
#include "xen-pmem/xenpmem.h"

static uint8_t copies[XEN_PMEM_RECORD_COPIES * XEN_PMEM_RECORD_SIZE];

static bool bad[XEN_PMEM_RECORD_COPIES];	/* a bad block in this copy */

int sysfs_read_bytes(const char *device, const char *name, uint64_t offset, void *buf, size_t len)
{
	uint64_t copy;

	(void)device;
	(void)name;
	for (copy = 0; copy < XEN_PMEM_RECORD_COPIES; copy++)
		if (bad[copy] && offset < (copy + 1) * XEN_PMEM_RECORD_SIZE &&
		    copy * XEN_PMEM_RECORD_SIZE < offset + len)
			return -EIO;
	memcpy(buf, copies + offset, len);
	return 0;
}

int sysfs_write(const char *device, const char *name, uint64_t offset, const void *buf, size_t len)
{
	(void)device;
	(void)name;
	memcpy(copies + offset, buf, len);
	return 0;
}

static struct xenpmem_namespace ns = {
	.device = "namespace0.0", .role = XEN_PMEM_ROLE_RESERVED,
	.range = { .uuid = { 9 }, .length = GIB(1) },
};

static void record_new(struct xenpmem_handle *h, struct xenpmem_record *record)
{
	memset(copies, 0, sizeof(copies));
	assert_int_equal(xenpmem_record_make(h, &ns, record), 0);
	assert_int_equal(xenpmem_record_store(h, &ns, record), 0);
}

static void again_from_one_copy(void **state)
{
	struct xenpmem_handle h = { .pins = -1 };
	struct xenpmem_record record;

	(void)state;
	record_new(&h, &record);
	assert_int_equal(xenpmem_record_store(&h, &ns, &record), 0);
	assert_int_equal(xenpmem_record_load(&h, &ns, &record), 0);
	assert_int_equal(record.data.generation, 2);
	assert_int_equal(xenpmem_record_store(&h, &ns, &record), 0);
}

static void older_is_refused(void **state)
{
	struct xenpmem_handle h = { .pins = -1 };
	uint8_t newer[sizeof(copies)];
	struct xenpmem_record old, record;

	(void)state;
	record_new(&h, &old);
	assert_int_equal(xenpmem_record_load(&h, &ns, &record), 0);
	assert_int_equal(xenpmem_record_store(&h, &ns, &record), 0);
	memcpy(newer, copies, sizeof(newer));
	assert_int_equal(xenpmem_record_store(&h, &ns, &old), -ESTALE);
	assert_non_null(strstr(xenpmem_error(&h), "changed meanwhile"));
	assert_memory_equal(copies, newer, sizeof(newer));
}

/* init --force: what cannot be read is replaced, and a whole record is continued. */
static void made_anew(void **state)
{
	struct xenpmem_handle h = { .pins = -1 };
	struct xenpmem_record record;

	(void)state;
	record_new(&h, &record);
	assert_int_equal(xenpmem_record_make(&h, &ns, &record), 0);
	assert_int_equal(xenpmem_record_store(&h, &ns, &record), 0);
	memset(copies, 0xff, sizeof(copies));
	assert_int_equal(xenpmem_record_make(&h, &ns, &record), 0);
	assert_int_equal(xenpmem_record_store(&h, &ns, &record), 0);
}

/* The record is read from the other copy, with a warning, and can be stored. */
static void one_copy_unread(void **state)
{
	struct xenpmem_handle h = { .pins = -1 };
	struct xenpmem_record record;
	unsigned int copy;

	(void)state;
	for (copy = 0; copy < XEN_PMEM_RECORD_COPIES; copy++) {
		record_new(&h, &record);
		bad[copy] = true;
		assert_int_equal(xenpmem_record_load(&h, &ns, &record), 0);
		assert_non_null(record.warning);
		assert_int_equal(xenpmem_record_store(&h, &ns, &record), 0);
		bad[copy] = false;
	}
}

static void no_copy_read(void **state)
{
	struct xenpmem_handle h = { .pins = -1 };
	struct xenpmem_record record;

	(void)state;
	record_new(&h, &record);
	bad[0] = bad[1] = true;
	assert_int_equal(xenpmem_record_load(&h, &ns, &record), -EIO);
	bad[0] = bad[1] = false;
}

/* Wherever it is: neither copy is written. */
static void bad_not_overwritten(void **state)
{
	static uint8_t before[sizeof(copies)];
	static const uint64_t places[] = { 0, XEN_PMEM_RECORD_SIZE - 512, XEN_PMEM_RECORD_SIZE,
					   2 * XEN_PMEM_RECORD_SIZE - 512 };
	struct xenpmem_handle h = { .pins = -1 };
	struct xenpmem_record record;
	unsigned int i;
	char line[64];

	(void)state;
	record_new(&h, &record);
	memcpy(before, copies, sizeof(copies));
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		ns.nr_bad = 2;
		ns.bad[0] = (struct xenpmem_bad){ 2 * XEN_PMEM_RECORD_SIZE, 4096 };
		ns.bad[1] = (struct xenpmem_bad){ places[i], 512 };
		assert_int_equal(xenpmem_record_store(&h, &ns, &record), -EIO);
		snprintf(line, sizeof(line), "its record has a bad block at byte %llu (ndctl",
			 (unsigned long long)places[i]);
		assert_ptr_equal(strstr(xenpmem_error(&h), line), xenpmem_error(&h));
	}
	ns.bad[1] = ns.bad[0];
	ns.nr_bad = XENPMEM_BAD_MAX + 1;
	assert_int_equal(xenpmem_record_store(&h, &ns, &record), -EIO);
	assert_memory_equal(before, copies, sizeof(copies));
	ns.nr_bad = 1;
	assert_int_equal(xenpmem_record_store(&h, &ns, &record), 0);
	ns.nr_bad = 0;
}

static void bad_in_labels(void **state)
{
	struct xenpmem_handle h = { .pins = -1 };
	struct xenpmem_record record;
	uint64_t first, end;

	(void)state;
	record_new(&h, &record);
	first = record.data.labels_offset;
	end = first + record.data.labels_length;
	assert_true(first && end > first);
	ns.nr_bad = 1;
	ns.bad[0] = (struct xenpmem_bad){ first - 512, 512 };
	assert_int_equal(xenpmem_labels_check(&h, &ns, &record), 0);
	ns.bad[0] = (struct xenpmem_bad){ end, 512 };
	assert_int_equal(xenpmem_labels_check(&h, &ns, &record), 0);
	ns.bad[0] = (struct xenpmem_bad){ end - 512, 1024 };
	assert_int_equal(xenpmem_labels_check(&h, &ns, &record), -EIO);
	ns.bad[0] = (struct xenpmem_bad){ first - 512, 1024 };
	assert_int_equal(xenpmem_labels_check(&h, &ns, &record), -EIO);
	assert_non_null(strstr(xenpmem_error(&h), "its label area has a bad block"));
	ns.nr_bad = 0;
}

int main(void)
{
	suite_add("each store is read from the one before", again_from_one_copy);
	suite_add("a known bad block is not overwritten", bad_not_overwritten);
	suite_add("bad blocks in the label area", bad_in_labels);
	suite_add("an older record is refused", older_is_refused);
	suite_add("a record made anew is stored", made_anew);
	suite_add("a bad block in either copy leaves the other one", one_copy_unread);
	suite_add("bad blocks in both copies are refused", no_copy_read);
	return suite_run("record_store");
}
