// SPDX-License-Identifier: GPL-2.0-only
/* Reads a file of Xen's. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "core/pe.h"
#include "xen/xenfile.h"

#define FILE_MAX	(128u << 20)

/* zlib gives the bytes of a file that it did not compress as they are. */
const char *xenfile_read(struct xenfile *file, const char *path)
{
	gzFile f = gzopen(path, "rbe");
	const char *why = NULL;
	int len;

	*file = (struct xenfile){ .bytes = NULL };
	if (!f)
		return strerror(errno);
	file->bytes = malloc(FILE_MAX);
	len = file->bytes ? gzread(f, file->bytes, FILE_MAX) : 0;
	gzclose(f);
	if (!file->bytes)
		return strerror(ENOMEM);
	if (len < 0)
		return "damaged (it cannot be uncompressed)";
	file->len = (size_t)len;
	if (file->len == FILE_MAX)
		why = "too large";
	else if (!xen_image_id(file->bytes, file->len, &file->id))
		why = "it has no build-id";
	else if (!xen_image_version(file->bytes, file->len, file->version))
		file->version[0] = '\0';
	return why;
}

void xenfile_free(struct xenfile *file)
{
	free(file->bytes);
	file->bytes = NULL;
}

bool xenfile_is_same_build(const struct xenfile *a, const struct xenfile *b)
{
	return a->version[0] && !strcmp(a->version, b->version);
}

bool xenfile_has_dwarf(const struct xenfile *file)
{
	struct pe_section section;
	struct pe pe;

	return !pe_open(&pe, file->bytes, file->len) &&
	       pe_section_find(&pe, ".debug_info", &section);
}

bool xenfile_beside(const char *path, const char *end, char *beside, size_t len)
{
	const char *dot = strrchr(path, '.');

	if (!dot || (strcmp(dot, ".gz") && strcmp(dot, ".efi")))
		return false;
	return (size_t)snprintf(beside, len, "%.*s%s", (int)(dot - path), path, end) < len;
}

const char *xenfile_id_text(const struct xen_pmem_build_id *id, char text[XENFILE_ID_TEXT])
{
	unsigned int i;

	text[0] = '\0';
	for (i = 0; i < id->len; i++)
		sprintf(text + 2 * i, "%02x", id->bytes[i]);
	return text;
}
