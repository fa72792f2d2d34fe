// SPDX-License-Identifier: LGPL-2.1-only
/* Reads a file's extents from its filesystem, in batches. */
#include "path_fiemap.h"

#include <linux/fiemap.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#define BATCH	512u	/* extents asked for at once */

static int batch_read(xenpmem_handle *h, int fd, struct fiemap *map, const struct extents *e,
		      bool first)
{
	memset(map, 0, sizeof(*map));
	map->fm_start = e->at;
	map->fm_length = e->end - e->at;
	map->fm_flags = first ? FIEMAP_FLAG_SYNC : 0;
	map->fm_extent_count = BATCH;
	if (ioctl(fd, FS_IOC_FIEMAP, map))
		return fail(h, -errno, "its filesystem does not report the file's extents: %s",
			    strerror(errno));
	return 0;
}

static int byte_refuse(xenpmem_handle *h, const struct extents *e, enum extent_reason reason)
{
	return fail_remedy(h, XENPMEM_REMEDY_CREATE_FILE, -EINVAL, "byte %llu %s",
			   (unsigned long long)e->at, extent_reason_text(reason));
}

static int batch_take(xenpmem_handle *h, const struct fiemap *map, struct extents *e,
		      fiemap_take *take, void *arg)
{
	enum extent_reason reason;
	struct extent ready;
	unsigned int i;
	int rc;

	for (i = 0; i < map->fm_mapped_extents; i++) {
		reason = extents_add(e, &map->fm_extents[i], &ready);
		if (reason)
			return byte_refuse(h, e, reason);
		rc = ready.length ? take(h, arg, &ready) : 0;
		if (rc)
			return rc;
	}
	return 0;
}

int fiemap_each(xenpmem_handle *h, int fd, uint64_t offset, uint64_t length, bool lenient,
		fiemap_take *take, void *arg)
{
	struct extents e = { .at = offset, .end = offset + length, .lenient = lenient };
	struct fiemap *map = malloc(sizeof(*map) + BATCH * sizeof(map->fm_extents[0]));
	uint64_t before;
	int rc = 0;

	if (!map)
		return fail(h, -ENOMEM, "no memory for a file's extents");
	while (!rc && e.at < e.end) {
		before = e.at;
		rc = batch_read(h, fd, map, &e, before == offset);
		if (!rc)
			rc = batch_take(h, map, &e, take, arg);
		if (rc || e.at != before)
			continue;
		if (lenient)
			break;
		rc = byte_refuse(h, &e, EXTENT_HOLE);
	}
	if (!rc && e.pending.length)
		rc = take(h, arg, &e.pending);
	free(map);
	return rc;
}
