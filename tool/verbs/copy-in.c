// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-pmem copy-in: writes an image to a backend that is not assigned. A namespace gets its labels
 * back as well, and the record names the guest again whose data they are.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "copy/session.h"
#include "copy/io.h"
#include "guest/orphans.h"
#include "copy/crc32c_fast.h"
#include "verbs/verb.h"

static int file_read(struct copy *c, uint64_t at, size_t len)
{
	int rc = io_read_at(c->fd, at, c->chunk, len);

	return rc ? refuse(c->file, "%s", io_error(rc)) : EXIT_DONE;
}

static int size_check(struct copy *c)
{
	struct stat st;

	if (!c->description.finished)
		return refuse(c->file, "this copy is not finished; run xen-pmem copy-out --resume");
	if (fstat(c->fd, &st))
		return refuse(c->file, "%s", strerror(errno));
	if ((uint64_t)st.st_size != c->description.size)
		return refuse(c->file, "damaged: it has %llu bytes, and %llu were copied",
			      (unsigned long long)st.st_size,
			      (unsigned long long)c->description.size);
	return EXIT_DONE;
}

/* What could not be read is not there: the owner has to want zeros in its place. */
static int bad_check(const struct copy *c)
{
	const struct description *d = &c->description;
	struct size_buf size;
	uint64_t bytes = 0;
	unsigned int i;

	for (i = 0; i < d->nr_bad; i++)
		bytes += d->bad[i].length;
	if (!bytes)
		return EXIT_DONE;
	if (!c->skips_bad)
		return refuse(c->file, "%s in it could not be read when it was made, the first at "
			      "byte %llu; --skip-bad writes zeros there", size_text(bytes, &size),
			      (unsigned long long)d->bad[0].offset);
	warn(c->file, "%s in it could not be read when it was made, the first at byte %llu: zeros "
	     "are written there", size_text(bytes, &size), (unsigned long long)d->bad[0].offset);
	return EXIT_DONE;
}

/* Of these bytes, which are in c->chunk: where nothing could be read there are zeros. */
static int holes_check(const struct copy *c, uint64_t at, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (c->chunk[i] && description_bad_at(&c->description, at + i))
			return refuse(c->file, "damaged: byte %llu could not be read when it was "
				      "made, and is not zero", (unsigned long long)(at + i));
	return EXIT_DONE;
}

/* Before the first byte is written anywhere. */
static int sum_check(struct copy *c)
{
	uint32_t crc = 0;
	uint64_t at;
	size_t len;
	int rc = EXIT_DONE;

	for (at = 0; at < c->description.size && !rc; at += len) {
		len = copy_step(c, at);
		rc = copy_is_interrupted() ?
			     refuse(c->backend, "interrupted before the first change") :
			     file_read(c, at, len);
		if (!rc && c->description.nr_bad)
			rc = holes_check(c, at, len);
		crc = crc32c_fast(crc, c->chunk, len);
		progress_show(NULL, "verify", at + len, c->description.size);
	}
	if (!rc && crc != c->description.crc)
		rc = refuse(c->file, "damaged: its CRC-32C is %08x, and %08x was copied", crc,
			    c->description.crc);
	return rc;
}

/* Equal bytes are not written again, so a killed copy-in is soon where it was. */
static int chunk_write(struct copy *c, uint64_t at, size_t len)
{
	int rc = endpoint_undisturbed(&c->endpoint);

	if (!rc)
		rc = endpoint_read(&c->endpoint, at, c->other, len);
	if (rc || !memcmp(c->chunk, c->other, len))
		return rc;
	c->changed += len;
	return endpoint_write(&c->endpoint, at, c->chunk, len);
}

/* The start stays zeros until all the rest is written: an interrupted copy-in cannot be mounted. */
static int start_blank(struct copy *c)
{
	size_t len = copy_step(c, 0);
	int rc;

	memset(c->chunk, 0, len);
	rc = chunk_write(c, 0, len);
	c->changed = 0;
	return rc ? rc : endpoint_settle(&c->endpoint);
}

/* The sum once more, of what was read this time. */
static int rest_write(struct copy *c, uint32_t *crc)
{
	uint64_t at;
	size_t len;
	int rc = EXIT_DONE;

	for (at = 0; at < c->description.size && !rc; at += len) {
		len = copy_step(c, at);
		rc = copy_is_interrupted() ?
			     refuse(c->backend, "interrupted; the same command goes on from here") :
			     file_read(c, at, len);
		*crc = crc32c_fast(*crc, c->chunk, len);
		if (!rc && at)
			rc = chunk_write(c, at, len);
		progress_show(NULL, "copy in", at + len, c->description.size);
	}
	return rc ? rc : endpoint_settle(&c->endpoint);
}

static int all_write(struct copy *c)
{
	uint32_t crc = 0;
	int rc;

	rc = start_blank(c);
	if (!rc)
		rc = rest_write(c, &crc);
	if (!rc && crc != c->description.crc)
		rc = refuse(c->file,
			    "the file changed during the copy; %s is not restored, copy it again",
			    c->backend);
	if (!rc)
		rc = file_read(c, 0, copy_step(c, 0));
	if (!rc)
		rc = chunk_write(c, 0, copy_step(c, 0));
	return rc ? rc : endpoint_settle(&c->endpoint);
}

static int copy_check(struct copy *c, bool overwrite)
{
	int rc;

	rc = copy_file_open(c, O_RDONLY);
	if (!rc)
		rc = copy_description_load(c);
	if (!rc)
		rc = size_check(c);
	if (!rc)
		rc = bad_check(c);
	if (rc)
		return rc;
	if (!c->dry_run)
		orphans_reap();
	rc = copy_endpoint_open_in(c, overwrite);
	return rc ? rc : sum_check(c);
}

static int copy_in(struct copy *c)
{
	int rc = EXIT_DONE;

	if (c->is_namespace)
		rc = lending_begin(&c->lending, &c->description);
	if (!rc)
		rc = all_write(c);
	if (rc || !c->is_namespace)
		return rc;
	return lending_finish(&c->lending, &c->endpoint, &c->description);
}

enum { COPY_IN_OVERWRITE, COPY_IN_SKIP_BAD };

static int copy_in_run(struct arguments *args)
{
	struct copy *c;
	int rc = dom0_need();

	if (rc)
		return rc;
	c = copy_new(args->operands[1], args->operands[0]);
	if (!c)
		return refuse(NULL, "no memory");
	c->dry_run = args->dry_run;
	c->skips_bad = args->option[COPY_IN_SKIP_BAD];
	rc = copy_check(c, args->option[COPY_IN_OVERWRITE]);
	if (!rc && args->dry_run)
		say("%s: would be restored from %s\n", c->backend, c->file);
	else if (!rc)
		rc = copy_in(c);
	if (!rc && !args->dry_run)
		copy_report(c, "restored from", "written");
	return copy_free(c) || rc ? EXIT_REFUSED : EXIT_DONE;
}

const struct verb verb_copy_in = {
	.run = copy_in_run,
	.usage = {
		.name = "copy-in",
		.synopsis = "[--overwrite] [--skip-bad] FILE BACKEND",
		.summary = "write an image of copy-out to a backend, and its labels",
		.help = "BACKEND is an enabled namespace, or the path of a file, block device "
			"or dax device. It has the size of FILE, and is not assigned to a "
			"guest. The checksum of the image is verified first.\n"
			"After an interruption no guest gets the namespace unasked; the same "
			"command goes on.",
		.options = {
			[COPY_IN_OVERWRITE] = { "overwrite", 0, NULL, "overwrite a guest's data "
						"that are there, or whatever a file or device "
						"holds" },
			[COPY_IN_SKIP_BAD] = { "skip-bad", 0, NULL, "take an image of which blocks "
					       "could not be read: they become zeros" },
		},
		.operands = { 2, 2, "a file and a backend" },
		.json = "images",
		.changes = true,
		.can_dry_run = true,
	},
};
