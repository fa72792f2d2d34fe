/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads and writes at an offset of a file, all bytes or an error. */
#ifndef XEN_PMEM_TOOL_IO_H
#define XEN_PMEM_TOOL_IO_H

#include <stddef.h>
#include <stdint.h>

/* 0 or -errno. -ENODATA: the file ends before. */
int io_read_at(int fd, uint64_t offset, void *buf, size_t len);
int io_write_at(int fd, uint64_t offset, const void *buf, size_t len);

/* What an error of io_read_at() or io_write_at() means. */
const char *io_error(int rc);

#endif
