/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes a tar archive (ustar, POSIX.1-2017, pax) that is compressed by gzip. Functions that can
 * refuse say why and return EXIT_REFUSED.
 */
#ifndef XEN_PMEM_TOOL_ARCHIVE_H
#define XEN_PMEM_TOOL_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>
#include <zlib.h>

struct archive {
	const char *file;	/* the caller's */
	gzFile to;
	time_t time;		/* of each member */
	bool failed;		/* to be reported by archive_close() */
};

/* Refuses a file that exists. The file is for its owner alone. */
int archive_open(struct archive *archive, const char *file);

/* A file of the archive's folder. Of names that are too long only the beginning is used. */
void archive_add(struct archive *archive, const char *name, const void *bytes, size_t size);

/* Ends the archive; or removes its file, if not all of it could be written. */
int archive_close(struct archive *archive);

#endif
