// SPDX-License-Identifier: LGPL-2.1-only
/* The note of a guest with vNVDIMMs: a head line, then a line a vNVDIMM. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uuid/uuid.h>
#include <xenstore.h>

#include "guest_note.h"

/* HEAD begins with the version of the layout; 1 has no scrub page. */
#define HEAD	"2 %" PRIx64 " %" PRIx64 " %" PRIx64 " %" PRIx32 " %hhx %u\n"
#define HEAD_1	"1 %" PRIx64 " %" PRIx64 " %" PRIx32 " %hhx %u\n"
#define EACH	"%" PRIx64 " %" PRIx64 " %36s %" PRIx64 " %" PRIx64 " %" PRIx32 " %" PRIx32 "\n"

void note_print(const struct note *note, char text[NOTE_MAX])
{
	char uuid[UUID_STR_LEN];
	const struct vnvdimm *v;
	size_t len;

	len = snprintf(text, NOTE_MAX, HEAD, note->scrub_gpa, note->window_gpa,
		       note->window_length, note->caps.bits, note->caps.highest_valid, note->nr);
	for (v = note->v; v < note->v + note->nr && len < NOTE_MAX; v++) {
		uuid_unparse_lower(v->uuid, uuid);
		len += snprintf(text + len, NOTE_MAX - len, EACH, v->gpa, v->length, uuid,
				v->part_offset, v->part_length, v->node, v->flags);
	}
}

static bool vnvdimm_parse(const char *text, struct vnvdimm *v, int *len)
{
	char uuid[UUID_STR_LEN];

	*v = (struct vnvdimm){ 0 };
	*len = 0;
	return sscanf(text, EACH "%n", &v->gpa, &v->length, uuid, &v->part_offset, &v->part_length,
		      &v->node, &v->flags, len) == 7 && *len &&
	       !uuid_parse(uuid, v->uuid) && vnvdimm_ok(v);
}

static bool head_parse(const char *text, struct note *note, int *len)
{
	*note = (struct note){ 0 };
	*len = 0;
	if (sscanf(text, HEAD "%n", &note->scrub_gpa, &note->window_gpa, &note->window_length,
		   &note->caps.bits, &note->caps.highest_valid, &note->nr, len) == 6 && *len)
		return true;
	*note = (struct note){ 0 };
	*len = 0;
	return sscanf(text, HEAD_1 "%n", &note->window_gpa, &note->window_length,
		      &note->caps.bits, &note->caps.highest_valid, &note->nr, len) == 5 && *len;
}

bool note_parse(const char *text, struct note *note)
{
	unsigned int i;
	int len;

	if (!head_parse(text, note, &len))
		return false;
	if (!note->nr || note->nr > VNVDIMMS_MAX ||
	    note->window_gpa > UINT64_MAX - note->window_length)
		return false;
	for (i = 0; i < note->nr; i++) {
		text += len;
		if (!vnvdimm_parse(text, &note->v[i], &len))
			return false;
	}
	return !text[len];
}

static const char *note_path(uint32_t domid, char path[48])
{
	snprintf(path, 48, "/libxl/%u/xen-pmem", domid);
	return path;
}

int xenpmem_note_restore(xenpmem_handle *h, uint32_t domid, const char *text)
{
	struct xs_handle *xs = xs_open(0);
	char path[48];
	int rc = 0;

	if (!xs || !xs_write(xs, XBT_NULL, note_path(domid, path), text, strlen(text)))
		rc = fail(h, -EIO, "xenstore does not take a note of domain %u's vNVDIMMs: %s",
			  domid,
			  strerror(errno));
	if (xs)
		xs_close(xs);
	return rc;
}

int note_read(xenpmem_handle *h, uint32_t domid, struct note *note)
{
	struct xs_handle *xs = xs_open(0);
	char path[48], *text;
	int rc = 0;

	if (!xs)
		return fail(h, -ENODEV, "cannot talk to xenstore: %s", strerror(errno));
	text = xs_read(xs, XBT_NULL, note_path(domid, path), NULL);
	if (!text)
		rc = errno == ENOENT ? -ENOENT : -EIO;
	if (rc)
		fail(h, rc, "%s: %s", path, strerror(errno));
	else if (!note_parse(text, note))
		rc = fail(h, -EIO, "%s cannot be read", path);
	free(text);
	xs_close(xs);
	return rc;
}

int note_write(xenpmem_handle *h, uint32_t domid, const struct note *note)
{
	char text[NOTE_MAX];

	note_print(note, text);
	return xenpmem_note_restore(h, domid, text);
}

char *xenpmem_note_save(uint32_t domid)
{
	struct xs_handle *xs = xs_open(0);
	char path[48], *text = xs ? xs_read(xs, XBT_NULL, note_path(domid, path), NULL) : NULL;

	if (xs)
		xs_close(xs);
	return text;
}
