/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What copy-out and copy-in share: a backing, an image of it, and what stands beside that. Functions return EXIT_DONE, or say why and return
 * EXIT_REFUSED.
 *
 * Of image and description neither is ever ahead of the truth: the image is synced before the description says what is in it, and the description is
 * replaced as a whole, by a rename.
 */
#ifndef XEN_PMEM_TOOL_SESSION_H
#define XEN_PMEM_TOOL_SESSION_H

#include "copy/description.h"
#include "copy/lending.h"

struct copy {
	const char *backend, *file;	/* as they were named */
	bool is_namespace;
	struct lending lending;
	struct endpoint endpoint;
	int fd;				/* the image */
	struct description description;
	uint64_t changed;		/* out: bytes of pages that are not zeros; in: bytes written to the backing */
	uint8_t *chunk, *other;		/* ENDPOINT_CHUNK each */
};

/* NULL: no memory. copy_free closes all that is open. */
struct copy *copy_new(const char *backend, const char *file);
int copy_free(struct copy *c);

/* The image, locked: nobody else copies to it, or from it if it is to be written. */
int copy_file_open(struct copy *c, int flags);

int copy_description_load(struct copy *c);
int copy_description_store(struct copy *c);	/* what fails leaves the description that was there before */

/* Of a new copy: refuse a description that is there, and an image that is not empty. And undo it. */
int copy_description_check_none(const struct copy *c);
int copy_file_open_new(struct copy *c);
void copy_image_remove(struct copy *c);

/* The backing, as c->endpoint. out: fills in c->description's backing, uuid, size, guest, labels. in: compares its size with c->description's. */
int copy_endpoint_open_out(struct copy *c);
int copy_endpoint_open_in(struct copy *c, bool overwrite);

/* Bytes of the chunk at `at`. */
size_t copy_step(const struct copy *c, uint64_t at);

/* From the first call on, signals that end a program only make this true. */
bool copy_is_interrupted(void);

/* One line, and an item of images. `what`: what became of it; `changed`: what c->changed counts. */
void copy_report(const struct copy *c, const char *what, const char *changed);

#endif
