/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What copy-out and copy-in share: a backend, its image in a file, and the description beside the
 * file. Functions return EXIT_DONE, or say why and return EXIT_REFUSED.
 *
 * Neither image nor description is ever ahead of the truth: the image is synced before the
 * description says what is in it, and a rename replaces the description as a whole.
 */
#ifndef XEN_PMEM_TOOL_SESSION_H
#define XEN_PMEM_TOOL_SESSION_H

#include "copy/description.h"
#include "copy/lending.h"

struct copy {
	const char *backend, *file;	/* as they were named */
	bool is_namespace;
	bool dry_run;			/* dead guests' pages stay theirs, */
	bool resumes;			/* and only a copy that resumes reads the backend */
	bool skips_bad;			/* out: where it cannot be read are zeros; in: take these */
	struct lending lending;
	struct endpoint endpoint;	/* the backend */
	int fd;				/* the image */
	struct description description;
	uint64_t changed;		/* bytes: out: of pages that are not zeros; in: written */
	uint8_t *chunk, *other;		/* ENDPOINT_CHUNK each */
};

/* NULL: no memory. copy_free() closes all that is open. */
struct copy *copy_new(const char *backend, const char *file);
int copy_free(struct copy *c);

/* Opens the image and locks it: no other tool writes to it, or reads it if we write. */
int copy_file_open(struct copy *c, int flags);

/* After a store that failed the description is the one before. */
int copy_description_load(struct copy *c);
int copy_description_store(struct copy *c);

/* For a new copy: refuse a description or image that exists; and remove both again. */
int copy_description_check_none(const struct copy *c);
int copy_file_open_new(struct copy *c);
void copy_image_remove(struct copy *c);

/*
 * Opens the backend. out: fills in the description's backing, uuid, size, guest and labels. in:
 * refuses a backend of another size than the description's.
 */
int copy_endpoint_open_out(struct copy *c);
int copy_endpoint_open_in(struct copy *c, bool overwrite);

/* How many bytes the chunk at `at` has. */
size_t copy_step(const struct copy *c, uint64_t at);

/* From the first call on, SIGINT, SIGTERM and SIGHUP only make it true. */
bool copy_is_interrupted(void);

/* One line, and an item of images. `what` became of it; `changed` is the name of c->changed. */
void copy_report(const struct copy *c, const char *what, const char *changed);

#endif
