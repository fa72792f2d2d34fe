// SPDX-License-Identifier: GPL-2.0-only
/* Writes a tar archive, compressed. */
#include "report/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "ui/ui.h"

#define FOLDER	"xen-pmem-report"
#define BLOCK	512

/* POSIX.1-2017, pax, section "ustar Interchange Format": numbers are octal digits. */
struct ustar_header {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8];
	char type, link[100], magic[6], version[2], owner[32], group[32], device[2][8];
	char prefix[155], padding[12];
};
_Static_assert(sizeof(struct ustar_header) == BLOCK, "a header is one block");

int archive_open(struct archive *archive, const char *file)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	*archive = (struct archive){ .file = file, .time = time(NULL) };
	if (fd < 0)
		return refuse(file, "%s", strerror(errno));
	archive->to = gzdopen(fd, "wb9");
	if (archive->to)
		return EXIT_DONE;
	close(fd);
	unlink(file);
	return refuse(file, "no memory");
}

/* Of all bytes, with spaces in the place of the sum. */
static unsigned int header_sum(struct ustar_header *header)
{
	const uint8_t *at = (const uint8_t *)header;
	unsigned int i, sum = 0;

	memset(header->checksum, ' ', sizeof(header->checksum));
	for (i = 0; i < BLOCK; i++)
		sum += at[i];
	return sum;
}

static void header_fill(struct ustar_header *header, const struct archive *archive,
			const char *name, size_t size)
{
	memset(header, 0, sizeof(*header));
	snprintf(header->name, sizeof(header->name), "%s", name);
	strcpy(header->mode, "0000644");
	strcpy(header->uid, "0000000");
	strcpy(header->gid, "0000000");
	snprintf(header->size, sizeof(header->size), "%011zo", size);
	snprintf(header->mtime, sizeof(header->mtime), "%011llo",
		 (unsigned long long)archive->time);
	header->type = '0';
	strcpy(header->magic, "ustar");
	memcpy(header->version, "00", 2);
	strcpy(header->prefix, FOLDER);
	snprintf(header->checksum, sizeof(header->checksum), "%06o", header_sum(header));
}

static void archive_write(struct archive *archive, const void *bytes, size_t size)
{
	if (size && gzwrite(archive->to, bytes, (unsigned int)size) != (int)size)
		archive->failed = true;
}

void archive_add(struct archive *archive, const char *name, const void *bytes, size_t size)
{
	static const char zeros[BLOCK];
	struct ustar_header header;

	header_fill(&header, archive, name, size);
	archive_write(archive, &header, sizeof(header));
	archive_write(archive, bytes, size);
	archive_write(archive, zeros, -size % BLOCK);
}

int archive_close(struct archive *archive)
{
	static const char end[2 * BLOCK];

	archive_write(archive, end, sizeof(end));
	if (gzclose(archive->to) == Z_OK && !archive->failed)
		return EXIT_DONE;
	refuse(archive->file, "cannot be written%s%s", errno ? ": " : "",
	       errno ? strerror(errno) : "");
	unlink(archive->file);
	return EXIT_REFUSED;
}
