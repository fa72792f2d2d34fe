// SPDX-License-Identifier: GPL-2.0-only
/* Writes the owner's layouts file: a new file beside it, which then takes its name. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "layout/save.h"
#include "ui/ui.h"
#include "xen/xenfile.h"

#define OLD_MAX		(1u << 20)	/* what the library reads, too */
#define HEAD		"# Layouts that xen-pmem layout --save made.\n"

struct file {
	char path[PATH_MAX], new[PATH_MAX];
	int folder;			/* open, and locked: one tool at a time */
	char *old;
	size_t len;
};

uint16_t layout_offset(const struct xen_pmem_layout *layout, unsigned int field)
{
	uint16_t offset;

	memcpy(&offset, (const char *)layout + layout_fields[field].at, sizeof(offset));
	return offset;
}

void layout_text(const struct xen_pmem_layout *layout, char text[LAYOUT_TEXT_MAX])
{
	int len = sprintf(text, "xen %s\n", layout->version);
	char id[XENFILE_ID_TEXT];
	unsigned int i;

	for (i = 0; i < 2 && layout->id[i].len; i++)
		len += sprintf(text + len, "build-id %s\n", xenfile_id_text(&layout->id[i], id));
	for (i = 0; i < LAYOUT_FIELDS; i++)
		len += sprintf(text + len, "%s 0x%x\n", layout_fields[i].name,
			       layout_offset(layout, i));
}

/* Each folder of the path; those that are there stay as they are. */
static int folder_make(char *path)
{
	char *slash;

	for (slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0755) && errno != EEXIST)
			return refuse(path, "%s", strerror(errno));
		*slash = '/';
	}
	return EXIT_DONE;
}

static int folder_open(struct file *f)
{
	char folder[PATH_MAX];

	snprintf(folder, sizeof(folder), "%s", f->path);
	*strrchr(folder, '/') = '\0';
	f->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->folder < 0 || flock(f->folder, LOCK_EX))
		return refuse(folder, "%s", strerror(errno));
	return EXIT_DONE;
}

static int old_read(struct file *f)
{
	FILE *old = fopen(f->path, "re");

	if (!old && errno == ENOENT)
		return EXIT_DONE;
	if (!old)
		return refuse(f->path, "%s", strerror(errno));
	f->old = malloc(OLD_MAX);
	if (f->old)
		f->len = fread(f->old, 1, OLD_MAX, old);
	fclose(old);
	if (!f->old)
		return refuse(f->path, "%s", strerror(ENOMEM));
	if (f->len > OLD_MAX - LAYOUT_TEXT_MAX)
		return refuse(f->path, "too large");
	return EXIT_DONE;
}

static bool is_same(const struct xen_pmem_layout *a, const struct xen_pmem_layout *b)
{
	unsigned int i;

	for (i = 0; i < LAYOUT_FIELDS; i++)
		if (layout_offset(a, i) != layout_offset(b, i))
			return false;
	for (i = 0; i < 2; i++)
		if (b->id[i].len && !layout_has_id(a, b->id[i].bytes, b->id[i].len))
			return false;
	return true;
}

/* The library takes the first stanza that has a build-id, so a second one would be of no use. */
static int old_check(const struct file *f, const struct xen_pmem_layout *layout, bool *there)
{
	struct xen_pmem_layout each;
	struct layouts l;
	unsigned int i;
	int rc;

	layouts_open(&l, f->old ? f->old : "", f->len);
	while ((rc = layouts_next(&l, &each)) > 0)
		for (i = 0; i < 2; i++) {
			if (!layout_has_id(&each, layout->id[i].bytes, layout->id[i].len))
				continue;
			if (!is_same(&each, layout))
				return refuse(f->path, "it has another layout of this build, "
					      "which ends at line %u: remove that first", l.line);
			*there = true;
		}
	return rc ? refuse(f->path, "line %u: %s: mend or remove that first", l.line, l.wrong)
		  : EXIT_DONE;
}

static bool all_write(int fd, const char *bytes, size_t len)
{
	ssize_t n;

	for (; len; bytes += n, len -= (size_t)n) {
		n = write(fd, bytes, len);
		if (n < 0)
			return false;
	}
	return true;
}

/* A last line without its end gets one. */
static bool new_fill(const struct file *f, int fd, const char *text)
{
	const char *between = f->len && f->old[f->len - 1] != '\n' ? "\n\n" : "\n";

	return all_write(fd, f->len ? f->old : HEAD, f->len ? f->len : strlen(HEAD)) &&
	       all_write(fd, between, strlen(between)) && all_write(fd, text, strlen(text)) &&
	       !fchmod(fd, 0644) && !fsync(fd);
}

static int new_write(const struct file *f, const struct xen_pmem_layout *layout)
{
	char text[LAYOUT_TEXT_MAX];
	bool ok;
	int fd;

	layout_text(layout, text);
	fd = open(f->new, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return refuse(f->new, "%s", strerror(errno));
	ok = new_fill(f, fd, text);
	if (!close(fd) && ok && !rename(f->new, f->path) && !fsync(f->folder))
		return EXIT_DONE;
	refuse(f->path, "%s", strerror(errno));
	unlink(f->new);
	return EXIT_REFUSED;
}

int layout_save(const char *root, const struct xen_pmem_layout *layout, bool *saved)
{
	struct file f = { .folder = -1 };
	bool there = false;
	int rc;

	*saved = false;
	snprintf(f.path, sizeof(f.path), "%s%s", root, XENPMEM_LAYOUTS_MADE);
	if ((size_t)snprintf(f.new, sizeof(f.new), "%s.new", f.path) >= sizeof(f.new))
		return refuse(root, "%s", strerror(ENAMETOOLONG));
	rc = folder_make(f.path);
	if (!rc)
		rc = folder_open(&f);
	if (!rc)
		rc = old_read(&f);
	if (!rc)
		rc = old_check(&f, layout, &there);
	if (!rc && !there)
		rc = new_write(&f, layout);
	*saved = !rc && !there;
	free(f.old);
	if (f.folder >= 0)
		close(f.folder);
	return rc;
}
