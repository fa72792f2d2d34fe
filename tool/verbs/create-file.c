// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-pmem create-file: makes a file that can be a guest's memory: on a DAX filesystem, of whole
 * pages, each of them allocated and written. It gets its name when it is complete, so a failure or
 * a kill leaves no file.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "copy/io.h"
#include "ui/json.h"
#include "ui/ui.h"
#include "verbs/verb.h"

#define PAGE		4096ull
#define WRITE_EACH	(4ull << 20)

/* The largest leaves first; a filesystem may refuse one as too large. */
static const uint32_t hints[] = { 1u << 30, 2u << 20 };

static int folder_open(const char *path, char *folder, size_t len)
{
	char copy[4096];

	snprintf(copy, sizeof(copy), "%s", path);
	snprintf(folder, len, "%s", dirname(copy));
	return open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int room_check(const char *path, int fd, uint64_t size)
{
	struct size_buf want, has;
	struct statvfs fs;
	uint64_t room;

	if (fstatvfs(fd, &fs))
		return refuse(path, "statvfs of the filesystem: %s", strerror(errno));
	room = (uint64_t)fs.f_bavail * fs.f_frsize;
	if (size <= room)
		return EXIT_DONE;
	return refuse(path, "%s do not fit: there are %s free", size_text(size, &want),
		      size_text(room / PAGE * PAGE, &has));
}

static int dax_check(const char *path, int fd)
{
	struct statx sx = { 0 };

	if (!statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &sx) &&
	    sx.stx_attributes & STATX_ATTR_DAX)
		return EXIT_DONE;
	return refuse(path, "the filesystem does not use DAX; mount it with -o dax");
}

/* XFS allocates in multiples of this; other filesystems have no such hint. */
static void hint_give(int fd, uint64_t size)
{
	struct fsxattr fsx;
	size_t i;

	for (i = 0; i < sizeof(hints) / sizeof(hints[0]); i++) {
		if (size < hints[i] || ioctl(fd, FS_IOC_FSGETXATTR, &fsx))
			continue;
		fsx.fsx_xflags |= FS_XFLAG_EXTSIZE;
		fsx.fsx_extsize = hints[i];
		if (!ioctl(fd, FS_IOC_FSSETXATTR, &fsx))
			return;
	}
}

/* Each page is written once: it never needs the filesystem again. */
static int zeros_write(const char *path, int fd, uint64_t size)
{
	char *zeros = calloc(1, WRITE_EACH);
	uint64_t done, len;
	int rc = zeros ? 0 : -ENOMEM;

	for (done = 0; done < size && !rc; done += len) {
		len = size - done < WRITE_EACH ? size - done : WRITE_EACH;
		rc = io_write_at(fd, done, zeros, len);
		progress_show(NULL, "write", done + len, size);
	}
	free(zeros);
	if (!rc && fsync(fd))
		rc = -errno;
	return rc ? refuse(path, "cannot write the file: %s", strerror(-rc)) : EXIT_DONE;
}

static int file_fill(const char *path, int fd, uint64_t size)
{
	struct size_buf want;

	hint_give(fd, size);
	if (fallocate(fd, 0, 0, size))
		return refuse(path, "no room for %s: %s", size_text(size, &want), strerror(errno));
	return zeros_write(path, fd, size);
}

static int name_give(const char *path, int fd, int folder)
{
	char link[32];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	if (linkat(AT_FDCWD, link, AT_FDCWD, path, AT_SYMLINK_FOLLOW))
		return refuse(path, "%s", errno == EEXIST ? "it exists" : strerror(errno));
	if (!fsync(folder))
		return EXIT_DONE;
	unlink(path);
	return refuse(path, "cannot write the folder: %s", strerror(errno));
}

static void made_tell(const char *path, uint64_t size, uint64_t extents, uint64_t leaf)
{
	json_object *item = json_item("files");
	struct size_buf text, largest;

	say("%s: %s, %llu extent%s, largest alignment %s\n", path, size_text(size, &text),
	    (unsigned long long)extents, extents == 1 ? "" : "s", size_text(leaf, &largest));
	json_name(item, "path", path);
	json_number(item, "size", size);
	json_number(item, "extents", extents);
	json_number(item, "alignment", leaf);
	json_changed();
}

static int layout_tell(const char *path, int fd, uint64_t size)
{
	xenpmem_handle *pmem = pmem_open();
	uint64_t nr, leaf;
	int rc = EXIT_DONE;

	if (xenpmem_file_layout(pmem, fd, &nr, &leaf))
		rc = refuse(path, "%s", xenpmem_error(pmem));
	else
		made_tell(path, size, nr, leaf);
	xenpmem_close(pmem);
	return rc;
}

static int file_make(const char *path, const char *folder_path, int folder, uint64_t size,
		     bool dry_run)
{
	struct size_buf text;
	int fd = open(folder_path, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600), rc;

	if (fd < 0)
		return refuse(path, "cannot make a file there: %s", strerror(errno));
	rc = dax_check(path, fd);
	if (!rc)
		rc = room_check(path, fd, size);
	if (!rc && dry_run)
		say("%s: would be made, %s\n", path, size_text(size, &text));
	else if (!rc)
		rc = file_fill(path, fd, size);
	if (!rc && !dry_run)
		rc = layout_tell(path, fd, size);
	if (!rc && !dry_run)
		rc = name_give(path, fd, folder);
	close(fd);
	return rc;
}

static int create_file(const char *path, uint64_t size, bool dry_run)
{
	char folder_path[4096];
	struct stat st;
	int folder, rc;

	if (!lstat(path, &st))
		return refuse(path, "it exists");
	folder = folder_open(path, folder_path, sizeof(folder_path));
	if (folder < 0)
		return refuse(path, "cannot open the folder: %s", strerror(errno));
	rc = file_make(path, folder_path, folder, size, dry_run);
	close(folder);
	return rc;
}

static int create_file_run(struct arguments *args)
{
	const char *text = args->operands[0], *path = args->operands[1];
	struct size_buf near;
	uint64_t size;
	int rc;

	if (!size_parse(text, &size) || !size)
		return usage_wrong(args->usage, "\"%s\" is not a size (examples: 512M, 64G)", text);
	if (size % PAGE)
		return refuse(path, "%s is not a multiple of 4096; the next one is %s", text,
			      size_text((size / PAGE + 1) * PAGE, &near));
	rc = dom0_need();
	return rc ? rc : create_file(path, size, args->dry_run);
}

const struct verb verb_create_file = {
	.run = create_file_run,
	.usage = {
		.name = "create-file",
		.synopsis = "SIZE PATH",
		.summary = "make a file that can be a guest's vNVDIMM, full of zeros",
		.help = "The file is on ext4 or XFS with DAX (mount -o dax), in an enabled "
			"namespace. It is allocated as contiguous and aligned as the filesystem "
			"can, and written once.",
		.operands = { 2, 2, "a size and a path" },
		.json = "files",
		.changes = true,
		.can_dry_run = true,
	},
};
