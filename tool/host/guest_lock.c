// SPDX-License-Identifier: GPL-2.0-only
/* Takes, reads and drops guests' locks: locked files, so that a lock ends with its process. */
#define _GNU_SOURCE
#include "host/guest_lock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uuid/uuid.h>

#include "host/lock.h"
#include "paths.h"
#include "ui/ui.h"

#define PRESERVE	"preserve"
#define COPY		"copy"

static void guest_lock_path(const uint8_t uuid[16], char *path, size_t len)
{
	struct uuid_buf text;

	snprintf(path, len, RUN_DIR "/%s", uuid_text(uuid, &text));
}

/* Like flock's, a lock of the open file survives fork; but F_OFD_GETLK can ask for it. */
static int guest_lock_set(int fd)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return fcntl(fd, F_OFD_SETLK, &whole);
}

static int lock_take(const uint8_t uuid[16], int flags)
{
	struct stat ours, there;
	char path[128];
	int fd;

	guest_lock_path(uuid, path, sizeof(path));
	/* If the file was unlinked between open and lock, no other process sees our lock: retry. */
	for (;;) {
		fd = lock_open(path, flags);
		if (fd < 0)
			return -1;
		if (guest_lock_set(fd)) {
			close(fd);
			errno = EWOULDBLOCK;
			return -1;
		}
		if (!fstat(fd, &ours) && !stat(path, &there) && ours.st_ino == there.st_ino)
			return fd;
		close(fd);
	}
}

int guest_lock_take(const uint8_t uuid[16])
{
	return lock_take(uuid, O_CREAT);
}

int guest_lock_take_left(const uint8_t uuid[16])
{
	return lock_take(uuid, 0);
}

/* Written before the rest of an older note is cut off: a reader finds at least a name. */
void guest_lock_write(int lock, const struct guest_lock_note *note)
{
	char text[DOMAIN_NAME_LEN + 16];
	int len = snprintf(text, sizeof(text), "%s\n%s", note->name,
			   note->preserve ? PRESERVE "\n" : note->copy ? COPY "\n" : "");

	if (pwrite(lock, text, len, 0) != len || ftruncate(lock, len))
		warn(note->name, "cannot note its name in " RUN_DIR ": %s", strerror(errno));
}

bool guest_lock_is_held(const uint8_t uuid[16])
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char path[128];
	bool held;
	int fd;

	guest_lock_path(uuid, path, sizeof(path));
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return false;
	held = !fcntl(fd, F_OFD_GETLK, &whole) && whole.l_type != F_UNLCK;
	close(fd);
	return held;
}

void guest_lock_read(const uint8_t uuid[16], struct guest_lock_note *note)
{
	char path[128], line[32] = "";
	FILE *f;

	*note = (struct guest_lock_note){ .preserve = false };
	guest_lock_path(uuid, path, sizeof(path));
	f = fopen(path, "re");
	if (!f)
		return;
	if (fgets(note->name, sizeof(note->name), f))
		note->name[strcspn(note->name, "\n")] = '\0';
	if (fgets(line, sizeof(line), f)) {
		note->preserve = !strcmp(line, PRESERVE "\n");
		note->copy = !strcmp(line, COPY "\n");
	}
	fclose(f);
}

void guest_lock_drop(int lock, const uint8_t uuid[16])
{
	char path[128];

	guest_lock_path(uuid, path, sizeof(path));
	unlink(path);
	close(lock);
}

void guest_lock_leave(int lock)
{
	close(lock);
}

void guest_locks_each(void (*take)(const uint8_t uuid[16]))
{
	DIR *dir = opendir(RUN_DIR);
	struct dirent *file;
	uuid_t uuid;

	while (dir && (file = readdir(dir)))
		if (!uuid_parse(file->d_name, uuid))
			take(uuid);
	if (dir)
		closedir(dir);
}
