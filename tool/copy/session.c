// SPDX-License-Identifier: GPL-2.0-only
/* Opens the two ends of a copy, keeps the description beside the image, reports what was done. */
#define _GNU_SOURCE
#include "copy/session.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_LEN	4096
#define GO_ON		" (to go on with an interrupted copy: --resume)"

static volatile sig_atomic_t interrupted;

struct copy *copy_new(const char *backend, const char *file)
{
	struct copy *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	copy_is_interrupted();
	c->backend = backend;
	c->file = file;
	c->fd = c->endpoint.fd = -1;
	c->lending.lock = -1;
	c->chunk = malloc(ENDPOINT_CHUNK);
	c->other = malloc(ENDPOINT_CHUNK);
	if (c->chunk && c->other)
		return c;
	copy_free(c);
	return NULL;
}

int copy_free(struct copy *c)
{
	int rc = EXIT_DONE;

	endpoint_close(&c->endpoint);
	if (c->is_namespace)
		rc = lending_close(&c->lending, &c->endpoint);
	if (c->fd >= 0)
		close(c->fd);
	free(c->chunk);
	free(c->other);
	free(c);
	return rc;
}

int copy_file_open(struct copy *c, int flags)
{
	bool write = (flags & O_ACCMODE) != O_RDONLY;
	struct stat st;

	c->fd = open(c->file, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);
	if (c->fd < 0)
		return refuse(c->file, "%s", strerror(errno));
	if (fstat(c->fd, &st) || !S_ISREG(st.st_mode))
		return refuse(c->file, "not a regular file");
	if (flock(c->fd, (write ? LOCK_EX : LOCK_SH) | LOCK_NB))
		return refuse(c->file, errno == EWOULDBLOCK ?
			      "another xen-pmem copies to it, or from it" : "cannot lock it");
	return EXIT_DONE;
}

static int description_path(const struct copy *c, const char *suffix, char *path)
{
	if (snprintf(path, PATH_LEN, "%s" DESCRIPTION_SUFFIX "%s", c->file, suffix) >= PATH_LEN)
		return refuse(c->file, "%s", strerror(ENAMETOOLONG));
	return EXIT_DONE;
}

static int description_read(struct copy *c, const char *path, char *text)
{
	char why[DESCRIPTION_WHY_MAX];
	FILE *f = fopen(path, "re");
	bool failed;
	size_t len;

	if (!f)
		return refuse(path, "%s%s", strerror(errno), errno == ENOENT ?
			      ": without it the image cannot be used" : "");
	len = fread(text, 1, DESCRIPTION_TEXT_MAX, f);
	failed = ferror(f) || len == DESCRIPTION_TEXT_MAX;
	fclose(f);
	if (failed)
		return refuse(path, DESCRIPTION_NOT_OURS);
	if (!description_parse(text, len, &c->description, why, sizeof(why)))
		return refuse(path, "%s", why);
	return EXIT_DONE;
}

int copy_description_load(struct copy *c)
{
	char path[PATH_LEN], *text = malloc(DESCRIPTION_TEXT_MAX);
	int rc;

	rc = description_path(c, "", path);
	if (!rc)
		rc = text ? description_read(c, path, text) : refuse(path, "no memory");
	free(text);
	return rc;
}

/* The rename survives a power cut when the folder is synced. */
static int folder_sync(const char *path)
{
	char folder[PATH_LEN], *slash;
	int fd, rc;

	strcpy(folder, path);
	slash = strrchr(folder, '/');
	if (slash)
		slash[slash == folder] = '\0';
	fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	rc = fsync(fd);
	close(fd);
	return rc;
}

static int text_store(const char *path, const char *text)
{
	size_t len = strlen(text);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	int rc;

	if (fd < 0)
		return -1;
	rc = write(fd, text, len) != (ssize_t)len || fsync(fd) ? -1 : 0;
	return close(fd) ? -1 : rc;
}

int copy_description_store(struct copy *c)
{
	char path[PATH_LEN], fresh[PATH_LEN], *text;
	int rc;

	rc = description_path(c, "", path);
	if (!rc)
		rc = description_path(c, ".new", fresh);
	if (rc)
		return rc;
	text = description_print(&c->description);
	if (!text)
		return refuse(path, "no memory");
	if (fsync(c->fd) || text_store(fresh, text) || rename(fresh, path) || folder_sync(path)) {
		rc = refuse(path, "%s", strerror(errno));
		unlink(fresh);
	}
	free(text);
	return rc;
}

/* It is ours and empty, and its name still leads to the file that we locked. */
static bool file_is_new(const struct copy *c)
{
	struct stat st, named;

	return !fstat(c->fd, &st) && !st.st_size && st.st_nlink == 1 && st.st_uid == geteuid() &&
	       !lstat(c->file, &named) && named.st_dev == st.st_dev && named.st_ino == st.st_ino;
}

int copy_description_check_none(const struct copy *c)
{
	char path[PATH_LEN];
	int rc = description_path(c, "", path);

	if (!rc && !access(path, F_OK))
		rc = refuse(path, "there is an image of this name already" GO_ON);
	return rc;
}

/* Another copy may have begun and ended before we locked it. */
int copy_file_open_new(struct copy *c)
{
	int rc = copy_file_open(c, O_RDWR | O_CREAT | O_NOFOLLOW);

	if (!rc && !file_is_new(c))
		rc = refuse(c->file, "%s" GO_ON, strerror(EEXIST));
	return rc ? rc : copy_description_check_none(c);
}

void copy_image_remove(struct copy *c)
{
	char path[PATH_LEN];

	if (!description_path(c, "", path))
		unlink(path);
	unlink(c->file);
}

static int path_open(struct copy *c, bool write)
{
	char *real = realpath(c->backend, NULL);
	struct stat end, file;

	if (!write)
		snprintf(c->description.backing, sizeof(c->description.backing), "%s",
			 real ? real : c->backend);
	free(real);
	if (c->fd >= 0 && !fstat(c->fd, &file) && !stat(c->backend, &end) &&
	    file.st_dev == end.st_dev && file.st_ino == end.st_ino)
		return refuse(c->backend, "this is the image itself");
	return endpoint_open_path(&c->endpoint, c->backend, write);
}

int copy_endpoint_open_out(struct copy *c)
{
	bool found;
	int rc;

	rc = lending_find(&c->lending, c->backend, c->dry_run, &found);
	if (rc)
		return rc;
	c->lending.lends |= c->resumes;
	c->lending.skips_bad = c->skips_bad;
	if (found)
		rc = lending_open_out(&c->lending, &c->endpoint, &c->description);
	else
		rc = path_open(c, false);
	c->is_namespace = found && !rc;
	c->description.size = c->endpoint.size;
	return rc;
}

/* The record does not say whose data are in a file or device. */
static int path_open_in(struct copy *c, bool overwrite)
{
	if (c->description.has_labels)
		warn(c->backend, "only a namespace has labels: those in the image are left out");
	if (!overwrite)
		return refuse(c->backend,
			      "xen-pmem does not know whose data are in a file or device: "
			      "--overwrite has them overwritten");
	return path_open(c, true);
}

int copy_endpoint_open_in(struct copy *c, bool overwrite)
{
	bool found;
	int rc;

	rc = lending_find(&c->lending, c->backend, c->dry_run, &found);
	if (rc)
		return rc;
	if (found)
		rc = lending_open_in(&c->lending, &c->endpoint, &c->description, overwrite);
	else
		rc = path_open_in(c, overwrite);
	c->is_namespace = found && !rc;
	if (!rc && c->endpoint.size != c->description.size)
		rc = refuse(c->backend, "it has %llu bytes, and the image %llu",
			    (unsigned long long)c->endpoint.size,
			    (unsigned long long)c->description.size);
	return rc;
}

size_t copy_step(const struct copy *c, uint64_t at)
{
	uint64_t left = c->description.size - at;

	return left < ENDPOINT_CHUNK ? left : ENDPOINT_CHUNK;
}

static void interrupt_note(int signal)
{
	(void)signal;
	interrupted = 1;
}

bool copy_is_interrupted(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = interrupt_note };
	static bool ready;
	size_t i;

	for (i = 0; !ready && i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &action, NULL);
	ready = true;
	return interrupted;
}

static void bad_json(json_object *to, const struct description *d)
{
	json_object *list = json_array(to, "bad_blocks"), *item;
	unsigned int i;

	for (i = 0; i < d->nr_bad; i++) {
		item = json_array_item(list);
		json_number(item, "offset", d->bad[i].offset);
		json_number(item, "length", d->bad[i].length);
	}
}

static void report_json(const struct copy *c, const char *changed)
{
	json_object *item = json_item("images");
	char sum[9];

	snprintf(sum, sizeof(sum), "%08x", c->description.crc);
	json_name(item, "file", c->file);
	json_name(item, "backend", c->backend);
	json_number(item, "size", c->description.size);
	json_number(item, changed, c->changed);
	json_name(item, "crc32c", sum);
	json_flag(item, "labels", c->description.has_labels);
	json_uuid(item, "data_of", c->description.guest);
	bad_json(item, &c->description);
	json_changed();
}

void copy_report(const struct copy *c, const char *what, const char *changed)
{
	struct size_buf size, of;

	say("%s: %s %s, %s, %s of it %s%s, CRC-32C %08x\n", c->backend, what, c->file,
	    size_text(c->description.size, &size), size_text(c->changed, &of), changed,
	    c->description.has_labels ? ", with labels" : "", c->description.crc);
	report_json(c, changed);
}
