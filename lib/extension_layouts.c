// SPDX-License-Identifier: LGPL-2.1-only
/* Reads layouts files: the package's, then the owner's. */
#include "extension_layouts.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX	(1u << 20)

static const char *const files[] = {
	[XENPMEM_LAYOUT_TESTED] = XENPMEM_LAYOUTS,
	[XENPMEM_LAYOUT_MADE] = XENPMEM_LAYOUTS_MADE,
};

/* Whoever can write the file decides what the extension takes for Xen's. */
static const char *file_wrong(int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		return strerror(errno);
	if (!S_ISREG(st.st_mode))
		return "not a file";
	if ((st.st_uid && st.st_uid != geteuid()) || st.st_mode & (S_IWGRP | S_IWOTH))
		return "not root alone can write it (chown root, chmod go-w)";
	return st.st_size >= FILE_MAX ? "too large" : NULL;
}

static const char *fd_read(int fd, char *text, size_t *len)
{
	const char *why = file_wrong(fd);
	ssize_t got = 1;

	while (!why && got && *len < FILE_MAX) {
		got = read(fd, text + *len, FILE_MAX - *len);
		if (got < 0)
			return strerror(errno);
		*len += got;
	}
	return why ? why : *len < FILE_MAX ? NULL : "too large";
}

/* The owner's need not exist: its text is empty then. *text is for free(), after an error too. */
static int text_read(xenpmem_handle *h, const char *path, bool need, char **text, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	const char *why;

	*text = NULL;
	*len = 0;
	if (fd < 0 && !need && errno == ENOENT)
		return 0;
	if (fd < 0)
		return fail(h, -errno, "%s: %s", path, strerror(errno));
	*text = malloc(FILE_MAX);
	why = *text ? fd_read(fd, *text, len) : strerror(ENOMEM);
	close(fd);
	return why ? fail(h, -ENOEXEC, "%s: %s", path, why) : 0;
}

typedef bool (*layout_wanted)(const struct xen_pmem_layout *layout, const void *what);

/* Adds to the list those that are wanted. A file that is wrong anywhere is refused whole. */
static int file_read(xenpmem_handle *h, const char *root, enum xenpmem_layout which,
		     layout_wanted wanted, const void *what, struct xen_pmem_layout *list, int max,
		     int *nr)
{
	struct xen_pmem_layout each;
	struct layouts l;
	char path[4096], *text;
	size_t len;
	int rc;

	if (snprintf(path, sizeof(path), "%s%s", root, files[which]) >= (int)sizeof(path))
		return fail(h, -ENAMETOOLONG, "%s: too long", root);
	rc = text_read(h, path, which == XENPMEM_LAYOUT_TESTED, &text, &len);
	layouts_open(&l, text ? text : "", len);
	while (!rc && (rc = layouts_next(&l, &each)) > 0) {
		if (*nr < max && wanted(&each, what))
			list[(*nr)++] = each;
		rc = 0;
	}
	if (l.wrong)
		rc = fail(h, -ENOEXEC, "%s: line %u: %s", path, l.line, l.wrong);
	free(text);
	return rc;
}

static bool id_wanted(const struct xen_pmem_layout *layout, const void *what)
{
	const struct xen_pmem_build_id *id = what;

	return layout_has_id(layout, id->bytes, id->len);
}

int layout_read(xenpmem_handle *h, const char *root, const struct xen_pmem_build_id *id,
		struct xen_pmem_layout *layout)
{
	int which, nr = 0, rc;

	for (which = XENPMEM_LAYOUT_TESTED; which <= XENPMEM_LAYOUT_MADE; which++) {
		rc = file_read(h, root, which, id_wanted, id, layout, 1, &nr);
		if (rc)
			return rc;
		if (nr)
			return which;
	}
	return XENPMEM_LAYOUT_NONE;
}

static bool series_wanted(const struct xen_pmem_layout *layout, const void *what)
{
	const struct xen_pmem_series *series = what;
	const int minor = layout_minor(layout);

	return minor >= (int)series->minor_first && minor <= (int)series->minor_last;
}

int layouts_read(xenpmem_handle *h, const struct xen_pmem_series *series,
		 struct xen_pmem_layout list[XEN_PMEM_LAYOUTS_MAX])
{
	int which, nr = 0, rc = 0;

	for (which = XENPMEM_LAYOUT_TESTED; !rc && which <= XENPMEM_LAYOUT_MADE; which++)
		rc = file_read(h, "", which, series_wanted, series, list,
			       XEN_PMEM_LAYOUTS_MAX, &nr);
	return rc ? rc : nr;
}

int xenpmem_layout_find(xenpmem_handle *h, const char *root, const char *build_text)
{
	struct xen_pmem_layout layout;
	struct xen_pmem_build_id id;

	if (!build_id_parse(build_text, strlen(build_text), &id))
		return XENPMEM_LAYOUT_NONE;
	return layout_read(h, root, &id, &layout);
}
