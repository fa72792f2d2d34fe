// SPDX-License-Identifier: LGPL-2.1-only
/* Reads layouts files: the package's, then the owner's. */
#include "extension_layouts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX	(1u << 20)

static const char *const files[] = {
	[XENPMEM_LAYOUT_TESTED] = XENPMEM_LAYOUTS,
	[XENPMEM_LAYOUT_MADE] = XENPMEM_LAYOUTS_MADE,
};

/* The owner's need not exist: its text is empty then. */
static int text_read(xenpmem_handle *h, const char *path, bool need, char **text, size_t *len)
{
	FILE *f = fopen(path, "re");

	*text = NULL;
	*len = 0;
	if (!f && !need && errno == ENOENT)
		return 0;
	if (!f)
		return fail(h, -errno, "%s: %s", path, strerror(errno));
	*text = malloc(FILE_MAX);
	if (*text)
		*len = fread(*text, 1, FILE_MAX, f);
	fclose(f);
	if (!*text)
		return fail(h, -ENOMEM, "%s: %s", path, strerror(ENOMEM));
	if (*len < FILE_MAX)
		return 0;
	free(*text);
	return fail(h, -ENOEXEC, "%s: too large", path);
}

typedef bool (*layout_wanted)(const struct xen_pmem_layout *layout, const void *what);

/* Adds to the list those that are wanted. A file that is wrong anywhere is refused whole. */
static int file_read(xenpmem_handle *h, const char *path, layout_wanted wanted, const void *what,
		     struct xen_pmem_layout *list, int max, int *nr)
{
	const bool need = !strstr(path, XENPMEM_LAYOUTS_MADE);
	struct xen_pmem_layout each;
	struct layouts l;
	char *text;
	size_t len;
	int rc;

	rc = text_read(h, path, need, &text, &len);
	if (rc)
		return rc;
	layouts_open(&l, text ? text : "", len);
	while ((rc = layouts_next(&l, &each)) > 0)
		if (*nr < max && wanted(&each, what))
			list[(*nr)++] = each;
	if (rc)
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
	char path[4096];

	for (which = XENPMEM_LAYOUT_TESTED; which <= XENPMEM_LAYOUT_MADE; which++) {
		snprintf(path, sizeof(path), "%s%s", root, files[which]);
		rc = file_read(h, path, id_wanted, id, layout, 1, &nr);
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
		rc = file_read(h, files[which], series_wanted, series, list,
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
