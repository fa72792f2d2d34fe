// SPDX-License-Identifier: LGPL-2.1-only
/* Looks at the extents of a file or device, pins it, and reports pins. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <linux/fs.h>

#include "path_device.h"
#include "path_fiemap.h"
#include "pin_ioctl.h"

#define LEAF_2M		(2ull << 20)

static int file_check(xenpmem_handle *h, int fd)
{
	struct statx sx = { 0 };
	struct fsxattr fsx = { 0 };

	if (statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &sx) ||
	    !(sx.stx_attributes & STATX_ATTR_DAX))
		return fail(h, -EOPNOTSUPP,
			    "it is in the page cache: its filesystem does not use DAX for it "
			    "(mount -o dax)");
	if (!ioctl(fd, FS_IOC_FSGETXATTR, &fsx) && fsx.fsx_xflags & FS_XFLAG_REALTIME)
		return fail(h, -EOPNOTSUPP, "it is on the realtime device of its filesystem");
	return 0;
}

struct look {
	const struct xenpmem_path *path;
	struct extents_sum sum;
};

static int look_take(xenpmem_handle *h, void *arg, const struct extent *extent)
{
	struct look *look = arg;

	(void)h;
	extents_sum_add(&look->sum, extent, look->path->base);
	return 0;
}

static int look_all(xenpmem_handle *h, struct look *look, uint64_t offset, uint64_t length)
{
	const struct extent whole = { offset, offset, length };
	int rc;

	if (offset > look->path->size || length > look->path->size - offset)
		return fail(h, -EINVAL, "it has %llu bytes", (unsigned long long)look->path->size);
	if (look->path->kind != XENPMEM_PATH_FILE)
		return look_take(h, look, &whole);
	rc = file_check(h, look->path->fd);
	return rc ? rc : fiemap_each(h, look->path->fd, offset, length, false, look_take, look);
}

static int look_note(xenpmem_handle *h, struct xenpmem_path *path, uint64_t offset, uint64_t length,
		     uint64_t *first)
{
	struct look look = { .path = path };
	int rc;

	rc = look_all(h, &look, offset, length);
	if (rc)
		return rc;
	path->extents = path->scattered ? 0 : look.sum.nr;
	path->largest = path->scattered ? 0 : look.sum.largest;
	path->tables = path->scattered ? length / LEAF_2M + 2 : look.sum.tables;
	*first = look.sum.first_address - path->base;
	return 0;
}

int xenpmem_path_look(xenpmem_handle *h, struct xenpmem_path *path, uint64_t offset,
		      uint64_t length)
{
	uint64_t first;

	return look_note(h, path, offset, length, &first);
}

int xenpmem_file_layout(xenpmem_handle *h, int fd, uint64_t *extents, uint64_t *largest)
{
	struct xenpmem_path path = { .kind = XENPMEM_PATH_FILE, .fd = fd };
	struct device device;
	struct stat st;
	int rc;

	if (fstat(fd, &st))
		return fail(h, -errno, "%s", strerror(errno));
	path.size = st.st_size;
	rc = device_look(h, true, st.st_dev, &device);
	if (rc)
		return rc;
	path.base = device.scattered ? 0 : device.base;
	rc = xenpmem_path_look(h, &path, 0, path.size);
	*extents = path.extents;
	*largest = path.largest;
	return rc;
}

/* SHOW of a page that is not hidden changes nothing and returns its host address. */
static int spa_ask(xenpmem_handle *h, const struct xenpmem_path *path, uint64_t offset,
		   uint64_t *spa)
{
	struct xen_pmem_piece piece = { offset, PAGE };
	struct xen_pmem_span span = { 0 };
	struct xen_pmem_pages pages = { .pieces = (uintptr_t)&piece, .nr = 1,
					.extents = (uintptr_t)&span, .room = 1 };
	int rc;

	rc = pin_pages(h, XEN_PMEM_IOC_SHOW, path->uuid, &pages);
	if (!rc && pages.used != 1)
		rc = fail(h, -EIO, "the driver does not report its host address");
	*spa = span.spa;
	return rc;
}

/*
 * A file with hidden pages must not be open; the driver provides another descriptor, for FIEMAP
 * alone.
 */
static int descriptor_change(xenpmem_handle *h, struct xenpmem_path *path)
{
	xenpmem_path_close(path);
	if (path->kind != XENPMEM_PATH_FILE)
		return 0;
	path->fd = pin_open(h, path->uuid);
	return path->fd < 0 ? path->fd : 0;
}

int xenpmem_path_pin(xenpmem_handle *h, struct xenpmem_path *path, uint32_t domid, uint64_t offset,
		     uint64_t length, uint64_t *spa)
{
	struct xen_pmem_pin pin = { .fd = path->fd, .domain = domid };
	struct error error;
	uint64_t first;
	int rc;

	memcpy(pin.uuid, path->uuid, sizeof(pin.uuid));
	rc = pin_make(h, &pin);
	if (rc)
		return rc;
	path->pinned = true;
	rc = descriptor_change(h, path);
	if (!rc)
		rc = look_note(h, path, offset, length, &first);
	if (!rc)
		rc = spa_ask(h, path, first, spa);
	if (!rc) {
		/* The driver reports another address than sysfs: the count of tables is wrong. */
		if (*spa != path->base + first)
			path->tables = length / LEAF_2M + 2;
		return 0;
	}
	error = h->error;
	path->pinned = pin_end(h, path->uuid);
	h->error = error;
	return rc;
}

static enum xenpmem_persistence pin_persistence(xenpmem_handle *h, const struct xen_pmem_pin *pin)
{
	struct device device = { .persistence = XENPMEM_PERSISTENCE_UNKNOWN };
	struct stat st;
	int rc;

	rc = pin_stat(h, pin, &st);
	if (!rc)
		rc = device_look(h, pin->kind != XEN_PMEM_PIN_DEVDAX,
				 pin->kind == XEN_PMEM_PIN_FILE ? st.st_dev : st.st_rdev, &device);
	return rc ? XENPMEM_PERSISTENCE_UNKNOWN : device.persistence;
}

int xenpmem_query_pin(xenpmem_handle *h, uint32_t index, struct xenpmem_pinned *pinned)
{
	struct xen_pmem_pin pin;
	int rc = pin_query(h, index, &pin);

	if (rc)
		return rc;
	*pinned = (struct xenpmem_pinned){
		.kind = (enum xenpmem_path_kind)pin.kind, .domid = pin.domain, .size = pin.size,
			.hidden = pin.hidden,
		.persistence = pin_persistence(h, &pin),
	};
	memcpy(pinned->uuid, pin.uuid, sizeof(pinned->uuid));
	memcpy(pinned->path, pin.path, sizeof(pinned->path));
	return 0;
}

_Static_assert((int)XENPMEM_PATH_FILE == (int)XEN_PMEM_PIN_FILE &&
	       (int)XENPMEM_PATH_BLOCK == (int)XEN_PMEM_PIN_BLOCK &&
	       (int)XENPMEM_PATH_DEVDAX == (int)XEN_PMEM_PIN_DEVDAX, "kinds of pins");
