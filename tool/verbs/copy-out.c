// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-pmem copy-out: makes an image of a backend that is not assigned, and beside it a description
 * with all that copy-in needs.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "copy/around.h"
#include "copy/session.h"
#include "copy/io.h"
#include "guest/orphans.h"
#include "copy/crc32c_fast.h"
#include "verbs/verb.h"

#define PAGE		4096u
#define STORE_EACH	(64ull << 20)	/* bytes between two descriptions; each costs a sync */

static size_t page_len(size_t len, size_t page)
{
	return len - page < PAGE ? len - page : PAGE;
}

static bool page_is_zero(const uint8_t *page, size_t len)
{
	return !page[0] && !memcmp(page, page + 1, len - 1);
}

static int run_write(struct copy *c, uint64_t at, const uint8_t *bytes, size_t len)
{
	int rc = io_write_at(c->fd, at, bytes, len);

	return rc ? refuse(c->file, "%s", io_error(rc)) : EXIT_DONE;
}

/* Pages of zeros are left out: nothing was there before. */
static int chunk_write(struct copy *c, uint64_t at, size_t len)
{
	size_t from = 0, to, end;
	int rc = EXIT_DONE;

	for (to = 0; to < len && !rc; to = end) {
		end = to + page_len(len, to);
		if (!page_is_zero(c->chunk + to, end - to))
			continue;
		if (to > from)
			rc = run_write(c, at + from, c->chunk + from, to - from);
		from = end;
	}
	return !rc && len > from ? run_write(c, at + from, c->chunk + from, len - from) : rc;
}

static int chunk_read(struct copy *c, uint64_t at, size_t len, uint32_t *crc)
{
	int rc = endpoint_undisturbed(&c->endpoint);
	size_t page;

	if (!rc)
		rc = around_read(c, at, len);
	if (rc)
		return rc;
	*crc = crc32c_fast(*crc, c->chunk, len);
	for (page = 0; page < len; page += PAGE)
		if (!page_is_zero(c->chunk + page, page_len(len, page)))
			c->changed += page_len(len, page);
	return EXIT_DONE;
}

/* Only if the bytes copied so far have not changed can the copy go on. */
static int done_verify(struct copy *c)
{
	uint64_t at, done = c->description.done;
	uint32_t crc = 0;
	size_t len;
	int rc = EXIT_DONE;

	for (at = 0; at < done && !rc; at += len) {
		len = copy_step(c, at);
		if (len > done - at)
			len = done - at;
		rc = copy_is_interrupted() ?
			     refuse(c->backend, "interrupted before the first change") :
			     chunk_read(c, at, len, &crc);
		progress_show(NULL, "verify", at + len, done);
	}
	if (!rc && crc != c->description.crc)
		rc = refuse(c->backend, "changed since this copy of it was begun; begin another "
					"copy");
	return rc;
}

static int progress_store(struct copy *c, uint64_t done, uint32_t crc)
{
	c->description.done = done;
	c->description.crc = crc;
	c->description.finished = done == c->description.size;
	return copy_description_store(c);
}

static int interrupted_refuse(struct copy *c, uint64_t at, uint32_t crc)
{
	if (progress_store(c, at, crc))
		return EXIT_REFUSED;
	return refuse(c->backend, "interrupted; --resume goes on from here");
}

static int copy_on(struct copy *c)
{
	uint64_t at = c->description.done, size = c->description.size;
	uint32_t crc = c->description.crc;
	size_t len;
	int rc;

	while (at < size) {
		if (copy_is_interrupted())
			return interrupted_refuse(c, at, crc);
		len = copy_step(c, at);
		rc = chunk_read(c, at, len, &crc);
		if (!rc)
			rc = chunk_write(c, at, len);
		at += len;
		if (!rc && at < size && at - c->description.done >= STORE_EACH)
			rc = progress_store(c, at, crc);
		if (rc)
			return rc;
		progress_show(NULL, "copy out", at, size);
	}
	rc = endpoint_undisturbed(&c->endpoint);
	return rc ? rc : progress_store(c, size, crc);
}

/* Cuts off what a killed copy wrote after `done`: zero pages must become holes. */
static int file_size(struct copy *c)
{
	if (ftruncate(c->fd, (off_t)c->description.done) ||
	    ftruncate(c->fd, (off_t)c->description.size))
		return refuse(c->file, "%s", strerror(errno));
	return EXIT_DONE;
}

/* Orphans go first: a killed copy of this backend left one. */
static int backend_open(struct copy *c)
{
	if (!c->dry_run)
		orphans_reap();
	return copy_endpoint_open_out(c);
}

/*
 * The image is empty until the description is there: so an empty file without one is all that a
 * kill leaves that cannot be resumed, and a new copy takes that as its own.
 */
static int copy_begin(struct copy *c)
{
	int rc = copy_description_check_none(c);

	if (!rc)
		rc = backend_open(c);
	if (!rc)
		rc = copy_file_open_new(c);
	if (rc)
		return rc;
	rc = copy_description_store(c);
	if (!rc)
		rc = file_size(c);
	if (rc)
		copy_image_remove(c);
	return rc;
}

/* What copy_begin() refuses, without making the file. */
static int begin_check(struct copy *c)
{
	char folder[PATH_MAX];
	struct stat st;
	int rc;

	rc = copy_description_check_none(c);
	if (!rc)
		rc = backend_open(c);
	/* Not access(): a symlink to no file is refused as well. */
	if (rc || !lstat(c->file, &st))
		return rc ? rc : copy_file_open_new(c);
	snprintf(folder, sizeof(folder), "%s", c->file);
	return access(dirname(folder), W_OK | X_OK) ? refuse(c->file, "%s", strerror(errno)) :
						      EXIT_DONE;
}

/* The backend must be the same, with the same owner and labels. */
static int same_check(const struct copy *c, const struct description *was)
{
	const struct description *is = &c->description;

	if (memcmp(was->uuid, is->uuid, sizeof(is->uuid)) ||
	    (!c->is_namespace && strcmp(was->backing, is->backing)))
		return refuse(c->file, "this is an image of %s", was->backing);
	if (was->size != is->size)
		return refuse(c->backend,
			      "it had %llu bytes when this copy of it was begun, and has %llu now",
			      (unsigned long long)was->size, (unsigned long long)is->size);
	if (memcmp(was->guest, is->guest, sizeof(is->guest)) || was->has_labels != is->has_labels ||
	    memcmp(was->labels, is->labels, sizeof(is->labels)))
		return refuse(c->backend, "changed since this copy of it was begun; begin another "
					  "copy");
	return EXIT_DONE;
}

/* The length that the image had, or that it was about to get. */
static int length_check(const struct copy *c)
{
	struct stat st;

	if (fstat(c->fd, &st))
		return refuse(c->file, "%s", strerror(errno));
	if ((uint64_t)st.st_size == c->description.done ||
	    (uint64_t)st.st_size == c->description.size)
		return EXIT_DONE;
	return refuse(c->file,
		      "damaged: it has %llu bytes, and %llu were copied; begin another copy",
		      (unsigned long long)st.st_size, (unsigned long long)c->description.done);
}

static void bad_copy(struct description *to, const struct description *from)
{
	to->nr_bad = from->nr_bad;
	memcpy(to->bad, from->bad, sizeof(to->bad));
}

static int copy_resume(struct copy *c)
{
	static struct description was;
	int rc;

	rc = copy_file_open(c, O_RDWR);
	if (!rc)
		rc = copy_description_load(c);
	if (!rc)
		rc = length_check(c);
	if (!rc && c->description.finished)
		rc = refuse(c->file, "this copy is finished already");
	if (!rc && c->description.nr_bad && !c->skips_bad)
		rc = refuse(c->file, "bad blocks were left out of it; --skip-bad --resume goes on");
	if (rc)
		return rc;
	was = c->description;
	c->resumes = true;
	c->description = (struct description){ .size = 0 };
	rc = backend_open(c);
	if (!rc)
		rc = same_check(c, &was);
	c->description.done = was.done;
	c->description.crc = was.crc;
	bad_copy(&c->description, &was);
	if (!rc)
		rc = done_verify(c);
	/* Zeros that have become bad blocks are what they were. */
	bad_copy(&c->description, &was);
	return rc;
}

enum { COPY_OUT_RESUME, COPY_OUT_SKIP_BAD };

static int copy_start(struct copy *c, bool go_on)
{
	int rc;

	if (!go_on)
		return c->dry_run ? begin_check(c) : copy_begin(c);
	rc = copy_resume(c);
	return rc || c->dry_run ? rc : file_size(c);
}

static int copy_out_run(struct arguments *args)
{
	struct copy *c;
	int rc = dom0_need();

	if (rc)
		return rc;
	c = copy_new(args->operands[0], args->operands[1]);
	if (!c)
		return refuse(NULL, "no memory");
	c->dry_run = args->dry_run;
	c->skips_bad = args->option[COPY_OUT_SKIP_BAD];
	rc = copy_start(c, args->option[COPY_OUT_RESUME]);
	if (!rc && args->dry_run)
		say("%s: would be copied to %s\n", c->backend, c->file);
	else if (!rc)
		rc = copy_on(c);
	if (!rc && !args->dry_run) {
		copy_report(c, "copied to", "data");
		around_warn(c);
	}
	return copy_free(c) || rc ? EXIT_REFUSED : EXIT_DONE;
}

const struct verb verb_copy_out = {
	.run = copy_out_run,
	.usage = {
		.name = "copy-out",
		.synopsis = "[--resume] [--skip-bad] BACKEND FILE",
		.summary = "copy a backend to a file, and its labels",
		.help = "BACKEND is a namespace, enabled or not, or the path of a file, block "
			"device or dax device; it is not assigned to a guest. FILE becomes an "
			"image of the same size, with holes for zeros. FILE.xen-pmem says what "
			"it is an image of, and its CRC-32C.",
		.options = {
			[COPY_OUT_RESUME] = { "resume", 0, NULL, "go on with a copy that was "
					      "interrupted" },
			[COPY_OUT_SKIP_BAD] = { "skip-bad", 0, NULL, "where the backend cannot be "
						"read, the image has zeros, and FILE.xen-pmem "
						"says where" },
		},
		.operands = { 2, 2, "a backend and a file" },
		.json = "images",
		.changes = true,
		.can_dry_run = true,
	},
};
