// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-pmem layout: makes the layout of a build of Xen, out of the DWARF in its xen.efi. It needs no
 * dom0: the file may be of a Xen that runs at the next boot.
 */
#include <limits.h>
#include <string.h>

#include "core/layouts.h"
#include "layout/make.h"
#include "layout/save.h"
#include "ui/json.h"
#include "verbs/check_next.h"
#include "verbs/verb.h"
#include "xen/xenfile.h"

enum { LAYOUT_SAVE, LAYOUT_ROOT };

static int series_check(const char *path, const struct xen_pmem_layout *layout)
{
	const int minor = layout_minor(layout);

	if (minor < XEN_MINOR_FIRST || minor > XEN_MINOR_LAST)
		return refuse(path, "Xen 4.%d is not supported (" XEN_MINORS_TEXT " are)", minor);
	return EXIT_DONE;
}

/* GRUB starts the .gz, which has a build-id of its own. */
static void beside_read(const char *path, const struct xenfile *file,
			struct xen_pmem_layout *layout)
{
	struct xenfile other = { .bytes = NULL };
	char beside[PATH_MAX];
	const char *why;

	layout->id[0] = file->id;
	if (!xenfile_beside(path, ".gz", beside, sizeof(beside)) || !strcmp(beside, path)) {
		warn(path, "its name does not end in .efi, so no .gz is looked for: the layout is "
		     "for this file alone");
		return;
	}
	why = xenfile_read(&other, beside);
	if (!why && !xenfile_is_same_build(file, &other))
		why = "it is of another build";
	if (why) {
		warn(beside, "%s: the layout is for xen.efi alone", why);
	} else {
		layout->id[0] = other.id;
		layout->id[1] = file->id;
	}
	xenfile_free(&other);
}

static int file_layout(const char *path, const struct xenfile *file,
		       struct xen_pmem_layout *layout)
{
	struct pe pe;
	const char *why = pe_open(&pe, file->bytes, file->len);
	int rc;

	if (why)
		return refuse(path, "%s", why);
	if (!file->version[0])
		return refuse(path, "it does not say its version, or has several");
	memcpy(layout->version, file->version, sizeof(layout->version));
	rc = series_check(path, layout);
	if (!rc)
		rc = layout_make(&pe, path, layout);
	if (!rc)
		beside_read(path, file, layout);
	return rc;
}

static void layout_tell(const struct xen_pmem_layout *layout)
{
	json_object *one = json_item("layouts"), *offsets = json_object_in(one, "offsets");
	json_object *ids = json_array(one, "build_ids");
	char text[LAYOUT_TEXT_MAX], id[XENFILE_ID_TEXT];
	unsigned int i;

	layout_text(layout, text);
	say("%s", text);
	json_name(one, "version", layout->version);
	for (i = 0; ids && i < 2 && layout->id[i].len; i++)
		json_object_array_add(ids, json_object_new_string(
			xenfile_id_text(&layout->id[i], id)));
	for (i = 0; i < LAYOUT_FIELDS; i++)
		json_number(offsets, layout_fields[i].name, layout_offset(layout, i));
}

static int save(const char *root, const struct xen_pmem_layout *layout)
{
	bool saved;
	int rc = layout_save(root, layout, &saved);

	if (rc)
		return rc;
	if (saved)
		json_changed();
	say("# %s%s%s\n", saved ? "added to " : "is already in ", root, XENPMEM_LAYOUTS_MADE);
	return EXIT_DONE;
}

/* The reason that pe_open() gives says more than that there is no build-id. */
static const char *read_why(const struct xenfile *file, const char *why)
{
	struct pe pe;
	const char *pe_why = file->bytes && file->len ? pe_open(&pe, file->bytes, file->len) : NULL;

	return pe_why ? pe_why : why;
}

static int layout_run(struct arguments *args)
{
	const char *path = args->operands[0], *root = args->option[LAYOUT_ROOT], *why;
	struct xen_pmem_layout layout = { .version = "" };
	struct xenfile file;
	int rc;

	if (root && !args->option[LAYOUT_SAVE])
		return usage_wrong(&verb_layout.usage, "--root is for --save");
	why = xenfile_read(&file, path);
	rc = why ? refuse(path, "%s", read_why(&file, why)) : file_layout(path, &file, &layout);
	xenfile_free(&file);
	if (rc)
		return rc;
	layout_tell(&layout);
	return args->option[LAYOUT_SAVE] ? save(root ? root : "", &layout) : EXIT_DONE;
}

const struct verb verb_layout = {
	.run = layout_run,
	.usage = {
		.name = "layout",
		.synopsis = "[--save [--root=DIR]] FILE",
		.summary = "make the layout of a build of Xen, of its /boot/xen-*.efi",
		.help = "FILE has debugging information, as Debian 13's has. Its build is compared "
			"with all that the extension relies on, and refused if it differs.",
		.options = {
			[LAYOUT_SAVE] = { "save", 0, NULL, "add the layout to "
					  XENPMEM_LAYOUTS_MADE ", where load looks for it" },
			[LAYOUT_ROOT] = { "root", 0, "DIR", "the file below DIR" },
		},
		.operands = { 1, 1, "one file" },
		.json = "layouts",
		.changes = true,
	},
};
