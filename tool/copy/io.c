// SPDX-License-Identifier: GPL-2.0-only
/* Reads and writes all of what is asked for: goes on after a signal and after a part. */
#include "copy/io.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

int io_read_at(int fd, uint64_t offset, void *buf, size_t len)
{
	uint8_t *to = buf;
	ssize_t got;

	for (; len; len -= got, to += got, offset += got) {
		do
			got = pread(fd, to, len, (off_t)offset);
		while (got < 0 && errno == EINTR);
		if (got <= 0)
			return got ? -errno : -ENODATA;
	}
	return 0;
}

int io_write_at(int fd, uint64_t offset, const void *buf, size_t len)
{
	const uint8_t *from = buf;
	ssize_t put;

	for (; len; len -= put, from += put, offset += put) {
		do
			put = pwrite(fd, from, len, (off_t)offset);
		while (put < 0 && errno == EINTR);
		if (put < 0)
			return -errno;
	}
	return 0;
}

const char *io_error(int rc)
{
	return rc == -ENODATA ? "it has become shorter" : strerror(-rc);
}
