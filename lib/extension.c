// SPDX-License-Identifier: LGPL-2.1-only
/*
 * Loads the extension into Xen, and takes it out: chooses the payload, and checks that it answers.
 */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "extension_patch.h"

#define DIR_NAME	XENPMEM_EXTENSION_DIR
#define SUFFIX		".livepatch"
#define FILE_MAX	512

_Static_assert(XENPMEM_BUILD_ID_SIZE == BUILD_ID_SIZE, "the size of a build-id");

static void build_id_text(const uint8_t id[BUILD_ID_SIZE], char text[2 * BUILD_ID_SIZE + 1])
{
	int i;

	for (i = 0; i < BUILD_ID_SIZE; i++)
		sprintf(text + 2 * i, "%02x", id[i]);
}

int xenpmem_xen_read(xenpmem_handle *h, struct xenpmem_xen *xen)
{
	struct {
		xen_build_id_t head;
		uint8_t id[64];
	} answer = { .head = { .len = sizeof(answer.id) } };
	xen_extraversion_t extra = "";
	int version, rc;

	rc = handle_need_xc(h);
	if (rc)
		return rc;
	version = xc_version(h->xc, XENVER_version, NULL);
	if (version < 0)
		return fail(h, -errno, "Xen does not report its version: %s", strerror(errno));
	if (xc_version(h->xc, XENVER_build_id, &answer) != BUILD_ID_SIZE)
		return fail(h, -ENODATA, "Xen has no build-id (%s)", strerror(errno));
	xc_version(h->xc, XENVER_extraversion, &extra);
	memcpy(xen->build_id, answer.head.buf, BUILD_ID_SIZE);
	build_id_text(xen->build_id, xen->build_text);
	xen->major = version >> 16;
	xen->minor = version & 0xffff;
	snprintf(xen->version, sizeof(xen->version), "%d.%d%s", xen->major, xen->minor, extra);
	return 0;
}

static bool payload_find(const struct xenpmem_xen *xen, char path[FILE_MAX])
{
	snprintf(path, FILE_MAX, DIR_NAME "/%s" SUFFIX, xen->build_text);
	return !access(path, R_OK);
}

bool xenpmem_xen_is_tested(const struct xenpmem_xen *xen)
{
	char path[FILE_MAX];

	return payload_find(xen, path);
}

static bool name_is_payload(const char *name)
{
	size_t len = strlen(name), suffix = strlen(SUFFIX);

	return len > suffix && !strcmp(name + len - suffix, SUFFIX);
}

static bool series_fits(const struct payload *p, const struct xenpmem_xen *xen)
{
	int32_t series[2];

	return payload_series(p, series) && series[0] == xen->major && series[1] == xen->minor;
}

static bool file_fits(const char *path, const struct xenpmem_xen *xen)
{
	struct payload p;
	const char *why;
	bool fits;

	if (!payload_read(path, &p, &why))
		return false;
	fits = series_fits(&p, xen);
	payload_free(&p);
	return fits;
}

/*
 * For an unknown build: the newest payload for its series of Xen. Those of a series differ in the
 * build that they name only.
 */
static bool payload_find_newest(const struct xenpmem_xen *xen, char path[FILE_MAX])
{
	struct dirent *entry;
	char each[FILE_MAX];
	time_t newest = 0;
	struct stat st;
	DIR *dir = opendir(DIR_NAME);

	path[0] = '\0';
	while (dir && (entry = readdir(dir))) {
		if (!name_is_payload(entry->d_name))
			continue;
		snprintf(each, sizeof(each), DIR_NAME "/%s", entry->d_name);
		if (stat(each, &st) || (path[0] && st.st_mtime <= newest) || !file_fits(each, xen))
			continue;
		newest = st.st_mtime;
		memcpy(path, each, FILE_MAX);
	}
	if (dir)
		closedir(dir);
	return path[0];
}

static int payload_choose(xenpmem_handle *h, const struct xenpmem_xen *xen, uint32_t flags,
			  char path[FILE_MAX])
{
	if (payload_find(xen, path))
		return 0;
	if (!(flags & XENPMEM_ACCEPT_BUILD))
		return fail_remedy(h, XENPMEM_REMEDY_ACCEPT_BUILD, -ENOTSUP,
				   "Xen build %s (%s) is not in the tested list", xen->build_text,
				   xen->version);
	if (!payload_find_newest(xen, path))
		return fail(h, -ENOENT, "no payload for Xen %d.%d in " DIR_NAME, xen->major,
			    xen->minor);
	return 0;
}

/* Refuses a payload for another build, or makes it one for this build. */
static int payload_fit(xenpmem_handle *h, struct payload *p, const char *path,
		       const struct xenpmem_xen *xen, uint32_t flags)
{
	uint8_t *id = payload_build_id(p, ".livepatch.xen_depends");
	char other[2 * BUILD_ID_SIZE + 1];

	if (!id)
		return fail(h, -ENOEXEC, "%s: no payload: it has no build-id note", path);
	if (!memcmp(id, xen->build_id, BUILD_ID_SIZE))
		return 0;
	build_id_text(id, other);
	if (!(flags & XENPMEM_ACCEPT_BUILD))
		return fail(h, -ENOTSUP, "%s: made for Xen build %s, but %s is running", path,
			    other,
			    xen->build_text);
	if (!series_fits(p, xen))
		return fail(h, -ENOTSUP, "%s: not for Xen %d.%d, which is running", path,
			    xen->major, xen->minor);
	if (!payload_restamp(p, xen->build_id))
		return fail(h, -ENOTSUP, "%s: cannot be used for another build than %s", path,
			    other);
	return 0;
}

static int payload_take(xenpmem_handle *h, const struct xenpmem_xen *xen, uint32_t flags,
			const char *file, struct payload *p)
{
	char chosen[FILE_MAX];
	const char *why;
	int rc;

	if (!file) {
		rc = payload_choose(h, xen, flags, chosen);
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
