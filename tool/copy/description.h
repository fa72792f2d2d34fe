/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The description beside an image, FILE.xen-pmem: what the image is a copy of, and how much of it
 * is there. It is one object of JSON:
 *
 *   "xen-pmem-image"	the version; a reader takes no other. 1, or 2 with "bad_blocks"
 *   "backing"		where it comes from, for people: a namespace's device and label name, or a
 *			path; escaped by json_name_escape()
 *   "uuid"		of the namespace; absent for a file or device
 *   "size"		bytes of the backing, and of the image
 *   "guest"		UUID of the guest whose data they are; absent: of no guest
 *   "labels"		the namespace's label slot, in hexadecimal digits without the zeros at its
 *			end; absent: it has no slot
 *   "labels_crc32c"	of the slot's XEN_PMEM_LABEL_SIZE bytes, as eight hexadecimal digits;
 *			present if "labels" is
 *   "bad_blocks"	what could not be read, as offset, length, offset, length and so on; the
 *			image has zeros there. In order, in pages of 4096 bytes (the last one may be
 *			shorter), in what is done, and not side by side; absent: nothing
 *   "done"		bytes from the start that are in the image for certain
 *   "crc32c"		of these bytes
 *   "finished"		whether the copy is complete
 *
 * Other members are refused. The file comes from outside: it is not trusted.
 */
#ifndef XEN_PMEM_TOOL_DESCRIPTION_H
#define XEN_PMEM_TOOL_DESCRIPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "xen-pmem/record.h"

#define DESCRIPTION_SUFFIX	".xen-pmem"
#define DESCRIPTION_TEXT_MAX	(1u << 20)
#define DESCRIPTION_WHY_MAX	160
#define DESCRIPTION_BAD_MAX	256u

/* What `why` says of a text that is no description at all. */
#define DESCRIPTION_NOT_OURS	"not the description of an image of xen-pmem's"

struct description_bad {
	uint64_t offset, length;
};

struct description {
	char backing[512];
	uint8_t uuid[16];	/* zeros: it is no namespace */
	uint64_t size;
	uint8_t guest[16];	/* zeros: no guest */
	bool has_labels;
	uint8_t labels[XEN_PMEM_LABEL_SIZE];
	unsigned int nr_bad;
	struct description_bad bad[DESCRIPTION_BAD_MAX];
	uint64_t done;
	uint32_t crc;
	bool finished;
};

/* false: `why` says what is wrong (DESCRIPTION_WHY_MAX suffice), and *d is undefined. */
bool description_parse(const char *text, size_t len, struct description *d, char *why,
		       size_t why_len);

/* Adds bytes that follow all that are listed, or are listed. false: there is no room. */
bool description_bad_add(struct description *d, uint64_t offset, uint64_t length);

/* Whether this byte is listed. */
bool description_bad_at(const struct description *d, uint64_t offset);

/* For free(); NULL: no memory. */
char *description_print(const struct description *d);

#endif
