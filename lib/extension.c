// SPDX-License-Identifier: LGPL-2.1-only
/*
 * Loads the extension into Xen, and takes it out: chooses the payload, and checks that it answers.
 */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "extension_layouts.h"
#include "extension_patch.h"

#define DIR_NAME	XENPMEM_EXTENSION_DIR
#define SUFFIX		".livepatch"
#define FILE_MAX	512

#define ID_MAX		sizeof(((struct xen_pmem_build_id *)NULL)->bytes)

_Static_assert(XENPMEM_BUILD_ID_SIZE == ID_MAX, "the size of a build-id");

static void build_id_text(const uint8_t *id, uint32_t len, char text[2 * ID_MAX + 1])
{
	uint32_t i;

	text[0] = '\0';
	for (i = 0; i < len; i++)
		sprintf(text + 2 * i, "%02x", id[i]);
}

int xenpmem_xen_read(xenpmem_handle *h, struct xenpmem_xen *xen)
{
	struct {
		xen_build_id_t head;
		uint8_t id[64];
	} answer = { .head = { .len = sizeof(answer.id) } };
	xen_extraversion_t extra = "";
	int version, len, rc;

	rc = handle_need_xc(h);
	if (rc)
		return rc;
	version = xc_version(h->xc, XENVER_version, NULL);
	if (version < 0)
		return fail(h, -errno, "Xen does not report its version: %s", strerror(errno));
	len = xc_version(h->xc, XENVER_build_id, &answer);
	if (len != 20 && len != 16)
		return fail(h, -ENODATA, "Xen has no build-id (%s)", strerror(errno));
	xc_version(h->xc, XENVER_extraversion, &extra);
	memset(xen->build_id, 0, sizeof(xen->build_id));
	memcpy(xen->build_id, answer.head.buf, len);
	xen->build_id_len = len;
	build_id_text(xen->build_id, len, xen->build_text);
	xen->major = version >> 16;
	xen->minor = version & 0xffff;
	snprintf(xen->version, sizeof(xen->version), "%d.%d%s", xen->major, xen->minor, extra);
	return 0;
}

static bool name_is_payload(const char *name)
{
	size_t len = strlen(name), suffix = strlen(SUFFIX);

	return len > suffix && !strcmp(name + len - suffix, SUFFIX);
}

static bool series_fits(const struct payload *p, const struct xenpmem_xen *xen)
{
	struct xen_pmem_series series;

	return payload_series(p, &series) && (int)series.major == xen->major &&
	       (int)series.minor_first <= xen->minor && (int)series.minor_last >= xen->minor;
}

enum fit { FIT_NOT, FIT_BROKEN, FIT_YES };

static enum fit file_fits(const char *path, const struct xenpmem_xen *xen)
{
	struct payload p;
	const char *why;
	enum fit fit;

	if (!payload_read(path, &p, &why))
		return FIT_BROKEN;
	fit = series_fits(&p, xen) ? FIT_YES : FIT_NOT;
	payload_free(&p);
	return fit;
}

/*
 * One payload serves all builds of its series. Without one, path is one that cannot be read, which
 * may be it.
 */
static int payload_find(xenpmem_handle *h, const struct xenpmem_xen *xen, char path[FILE_MAX])
{
	enum fit best = FIT_NOT, fit;
	struct dirent *entry;
	char each[FILE_MAX];
	DIR *dir = opendir(DIR_NAME);

	while (dir && best != FIT_YES && (entry = readdir(dir))) {
		if (!name_is_payload(entry->d_name))
			continue;
		snprintf(each, FILE_MAX, DIR_NAME "/%s", entry->d_name);
		fit = file_fits(each, xen);
		if (fit > best) {
			best = fit;
			memcpy(path, each, FILE_MAX);
		}
	}
	if (dir)
		closedir(dir);
	return best != FIT_NOT ? 0 : fail(h, -ENOENT, "no payload for Xen %d.%d in " DIR_NAME,
					  xen->major, xen->minor);
}

static struct xen_pmem_build_id xen_id(const struct xenpmem_xen *xen)
{
	struct xen_pmem_build_id id = { .len = (uint8_t)xen->build_id_len };

	memcpy(id.bytes, xen->build_id, sizeof(id.bytes));
	return id;
}

/* The running build's layout, or all that may be its. Returns how many, or -errno. */
static int layouts_choose(xenpmem_handle *h, const struct xenpmem_xen *xen, uint32_t flags,
			  const struct xen_pmem_series *series,
			  struct xen_pmem_layout list[XEN_PMEM_LAYOUTS_MAX])
{
	const struct xen_pmem_build_id id = xen_id(xen);
	int rc;

	rc = layout_read(h, "", &id, list);
	if (rc < 0)
		return rc;
	if (rc != XENPMEM_LAYOUT_NONE)
		return 1;
	if (!(flags & XENPMEM_ACCEPT_BUILD))
		return fail_remedy(h, XENPMEM_REMEDY_ACCEPT_BUILD, -ENOTSUP,
				   "Xen build %s (%s) is not in the tested list", xen->build_text,
				   xen->version);
	rc = layouts_read(h, series, list);
	return rc ? rc : fail(h, -ENOTSUP, "Xen build %s (%s): no layout of its series is known",
			      xen->build_text, xen->version);
}

static int payload_complete(xenpmem_handle *h, struct payload *p, const char *path,
			    const struct xenpmem_xen *xen, uint32_t flags)
{
	const struct xen_pmem_build_id id = xen_id(xen);
	struct xen_pmem_layout list[XEN_PMEM_LAYOUTS_MAX];
	struct xen_pmem_series series;
	int nr;

	if (!series_fits(p, xen))
		return fail(h, -ENOTSUP, "%s: not for Xen %d.%d, which is running", path,
			    xen->major, xen->minor);
	if (!payload_series(p, &series) || series.layout_version != XEN_PMEM_LAYOUT_VERSION)
		return fail(h, -ENOTSUP, "%s: made for another version of xen-pmem", path);
	nr = layouts_choose(h, xen, flags, &series, list);
	if (nr < 0)
		return nr;
	if (!payload_fill(p, &id, list, nr) ||
	    (flags & XENPMEM_ACCEPT_BUILD && !payload_accept_set(p)))
		return fail(h, -ENOTSUP, "%s: layouts have no room in it", path);
	return 0;
}

/* A payload that has its layouts already is for one build. */
static int payload_fit(xenpmem_handle *h, struct payload *p, const char *path,
		       const struct xenpmem_xen *xen, uint32_t flags)
{
	char other[2 * ID_MAX + 1];
	struct xen_pmem_build_id id;

	if (!payload_build_id(p, &id))
		return fail(h, -ENOEXEC, "%s: no payload: it has no build-id note", path);
	if (payload_is_empty(p))
		return payload_complete(h, p, path, xen, flags);
	if (id.len == xen->build_id_len && !memcmp(id.bytes, xen->build_id, id.len))
		return 0;
	build_id_text(id.bytes, id.len, other);
	return fail(h, -ENOTSUP, "%s: made for Xen build %s, but %s is running", path, other,
		    xen->build_text);
}

static int payload_take(xenpmem_handle *h, const struct xenpmem_xen *xen, uint32_t flags,
			const char *file, struct payload *p)
{
	char chosen[FILE_MAX];
	const char *why;
	int rc;

	if (!file) {
		rc = payload_find(h, xen, chosen);
		if (rc)
			return rc;
		file = chosen;
	}
	if (!payload_read(file, p, &why))
		return fail(h, -ENOEXEC, "%s: %s", file, why);
	rc = payload_fit(h, p, file, xen, flags);
	if (rc)
		payload_free(p);
	return rc;
}

static int extension_start(xenpmem_handle *h, uint32_t flags, const char *file)
{
	struct xenpmem_xen xen;
	struct payload p;
	int rc;

	rc = xenpmem_xen_read(h, &xen);
	if (rc)
		return rc;
	rc = payload_take(h, &xen, flags, file, &p);
	if (rc)
		return rc;
	if (!(flags & XENPMEM_CHECK_ONLY))
		rc = patch_load(h, &p);
	payload_free(&p);
	return rc;
}

int xenpmem_extension_load(xenpmem_handle *h, uint32_t flags, const char *file)
{
	enum patch_state before;
	struct xenpmem_info info;
	struct error error;
	int rc;

	rc = patch_state_read(h, &before);
	/* Uploaded but not applied: an earlier load was killed. */
	if (!rc && before == PATCH_CHECKED && !(flags & XENPMEM_CHECK_ONLY))
		rc = patch_unload(h);
	if (!rc && before != PATCH_APPLIED)
		rc = extension_start(h, flags, file);
	if (rc || (flags & XENPMEM_CHECK_ONLY && before != PATCH_APPLIED))
		return rc;
	rc = xenpmem_hello(h, &info);
	if (!rc)
		return before == PATCH_APPLIED;
	if (flags & XENPMEM_CHECK_ONLY)
		return rc;
	error = h->error;
	patch_unload(h);
	h->error = error;
	return rc;
}

int xenpmem_extension_unload(xenpmem_handle *h)
{
	enum patch_state state;
	int rc;

	rc = patch_state_read(h, &state);
	if (rc)
		return rc;
	if (state == PATCH_NONE)
		return fail_remedy(h, XENPMEM_REMEDY_LOAD, -ENOENT, "the extension is not loaded");
	return patch_unload(h);
}

int xenpmem_extension_is_loaded(xenpmem_handle *h)
{
	enum patch_state state;
	int rc;

	rc = patch_state_read(h, &state);
	return rc ? rc : state != PATCH_NONE;
}
