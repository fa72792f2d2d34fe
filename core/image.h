/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/* Reading a file in memory that is not trusted. */
#ifndef XEN_PMEM_CORE_IMAGE_H
#define XEN_PMEM_CORE_IMAGE_H

#include "env.h"

struct image {
	const uint8_t *bytes;
	size_t len;
};

/* Little-endian, of at most 8 bytes; beyond the file's end it is 0. */
static inline uint64_t image_number(const struct image *f, uint64_t at, unsigned int size)
{
	uint64_t value = 0;

	if (at <= f->len && size <= f->len - at)
		memcpy(&value, f->bytes + at, size);
	return value;
}

static inline bool image_has(const struct image *f, uint64_t at, const void *bytes, size_t len)
{
	return at <= f->len && len <= f->len - at && !memcmp(f->bytes + at, bytes, len);
}

#endif
