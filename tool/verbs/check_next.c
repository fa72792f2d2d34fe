// SPDX-License-Identifier: GPL-2.0-only
/*
 * Looks at the files that the next boot will use: Xen's build-id and its layout, and the driver for
 * the kernel. It needs no dom0, and asks neither the running Xen nor the running kernel.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/grub.h"
#include "verbs/check_next.h"
#include "verbs/verb.h"
#include "xen/xenfile.h"

struct next {
	const char *root;
	xenpmem_handle *pmem;
	check_row row;
	bool failed;
};

static void result(struct next *n, bool ok, const char *what, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

static void result(struct next *n, bool ok, const char *what, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	n->failed |= !ok;
	n->row(ok ? "OK" : "FAIL", ok, what, text);
}

/* "4.21" of xen-4.21-amd64.gz; false: the name does not say. */
static bool name_series(const char *name, int *minor)
{
	return sscanf(name, "xen-4.%d", minor) == 1;
}

/* Is there an .efi of this build that has DWARF, itself or beside it? */
static bool layout_can_be_made(const char *path, const struct xenfile *file, char *efi, size_t len)
{
	struct xenfile other = { .bytes = NULL };
	bool can;

	if (!xenfile_beside(path, ".efi", efi, len))
		return false;
	can = !xenfile_read(&other, efi) && xenfile_is_same_build(file, &other) &&
	      xenfile_has_dwarf(&other);
	xenfile_free(&other);
	return can;
}

static void unknown_tell(struct next *n, const char *name, const char *path,
			 const struct xenfile *file, const char *id)
{
	char efi[PATH_MAX];

	if (layout_can_be_made(path, file, efi, sizeof(efi)))
		result(n, false, "next Xen", "%s: build %s is NOT known; layout can be made: "
		       "xen-pmem layout %s --save", name, id, efi);
	else
		result(n, false, "next Xen", "%s: build %s is NOT known: look for a newer xen-pmem "
		       "before the reboot", name, id);
}

static void layout_check(struct next *n, const char *name, const char *path,
			 const struct xenfile *file)
{
	char id[XENFILE_ID_TEXT];
	int layout;

	xenfile_id_text(&file->id, id);
	layout = xenpmem_layout_find(n->pmem, n->root, id);
	if (layout < 0)
		result(n, false, "next Xen", "%s: %s", name, xenpmem_error(n->pmem));
	else if (layout == XENPMEM_LAYOUT_NONE)
		unknown_tell(n, name, path, file, id);
	else
		result(n, true, "next Xen", "%s: build %s is known, %s", name, id,
		       layout == XENPMEM_LAYOUT_TESTED ? "tested"
						       : "by a layout of this host's owner");
}

static void xen_check(struct next *n, const char *name)
{
	struct xenfile file;
	char path[PATH_MAX];
	const char *why;
	int minor;

	snprintf(path, sizeof(path), "%s/boot/%s", n->root, name);
	why = xenfile_read(&file, path);
	if (why)
		result(n, false, "next Xen", "%s: %s", name, why);
	else if (name_series(name, &minor) &&
		 (minor < XEN_MINOR_FIRST || minor > XEN_MINOR_LAST))
		result(n, false, "next Xen",
		       "%s: Xen 4.%d is not supported (" XEN_MINORS_TEXT " are)", name, minor);
	else
		layout_check(n, name, path, &file);
	xenfile_free(&file);
}

/* Files in /boot whose names end so. Returns how many. */
static unsigned int xens_check(struct next *n, const char *end)
{
	char pattern[PATH_MAX];
	unsigned int nr = 0;
	glob_t found;
	size_t i;

	snprintf(pattern, sizeof(pattern), "%s/boot/xen-*%s", n->root, end);
	if (glob(pattern, 0, NULL, &found))
		return 0;
	for (i = 0; i < found.gl_pathc; i++) {
		/* Debian's xen-4.17.gz is a link to its xen-4.17-amd64.gz. */
		if (readlink(found.gl_pathv[i], pattern, sizeof(pattern)) >= 0)
			continue;
		xen_check(n, strrchr(found.gl_pathv[i], '/') + 1);
		nr++;
	}
	globfree(&found);
	return nr;
}

static bool driver_is_there(struct next *n, const char *kernel)
{
	static const char *const folders[] = { "updates/dkms", "updates", "extra" };
	static const char *const ends[] = { "", ".xz", ".zst", ".gz" };
	char path[PATH_MAX];
	size_t i, j;

	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		for (j = 0; j < sizeof(ends) / sizeof(ends[0]); j++) {
			snprintf(path, sizeof(path), "%s/lib/modules/%s/%s/xen_pmem.ko%s",
				 n->root, kernel, folders[i], ends[j]);
			if (!access(path, R_OK))
				return true;
		}
	return false;
}

/* The newest in /boot. */
static bool kernel_newest(struct next *n, char kernel[GRUB_NAME_MAX])
{
	char pattern[PATH_MAX];
	const char *each;
	glob_t found;
	size_t i;

	kernel[0] = '\0';
	snprintf(pattern, sizeof(pattern), "%s/boot/vmlinuz-*", n->root);
	if (glob(pattern, 0, NULL, &found))
		return false;
	for (i = 0; i < found.gl_pathc; i++) {
		each = strrchr(found.gl_pathv[i], '/') + strlen("/vmlinuz-");
		if (strverscmp(each, kernel) > 0)
			snprintf(kernel, GRUB_NAME_MAX, "%s", each);
	}
	globfree(&found);
	return kernel[0];
}

static void driver_check(struct next *n, const char *kernel)
{
	const bool there = driver_is_there(n, kernel);

	result(n, there, "next driver", "Linux %s %s", kernel, there ? "has it" :
	       "has NO xen_pmem: install its headers and run dkms autoinstall before the reboot");
}

bool next_boot_check(const char *root, check_row row)
{
	struct next n = { .root = root, .row = row, .pmem = pmem_open() };
	struct grub_default grub;
	const char *why = grub_default_read(root, &grub);

	if (why) {
		row("NOTE", true, "next boot", why);
		if (!(xens_check(&n, ".gz") + xens_check(&n, ".efi")))
			result(&n, false, "next Xen", "/boot has no Xen");
	} else if (grub.xen[0]) {
		xen_check(&n, grub.xen);
	} else {
		result(&n, false, "next Xen", "GRUB's default entry starts no Xen");
	}
	if (grub.kernel[0] || kernel_newest(&n, grub.kernel))
		driver_check(&n, grub.kernel);
	else
		result(&n, false, "next driver", "/boot has no Linux");
	xenpmem_close(n.pmem);
	return !n.failed;
}
