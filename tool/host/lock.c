// SPDX-License-Identifier: GPL-2.0-only
/* Takes and drops locks: files under RUN_DIR that name the tool which holds them. */
#include "host/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "paths.h"
#include "ui/ui.h"

#define HOST_LOCK	RUN_DIR "/lock"
#define HOLDER_LEN	64
#define POLL_MS		20
#define PATIENCE_MS	1000

static int host_fd = -1;

int lock_open(const char *path, int flags)
{
	if (mkdir(RUN_DIR, 0700) && errno != EEXIST)
		return -1;
	return open(path, O_RDWR | O_CLOEXEC | flags, 0600);
}

/* Of a fixed length, to overwrite the name of the holder before. */
static void holder_write(int fd)
{
	char text[HOLDER_LEN] = "";

	snprintf(text, sizeof(text), "xen-pmem %s (pid %d)", verb_name, getpid());
	if (pwrite(fd, text, sizeof(text), 0) != sizeof(text))
		return;		/* /run is full: others cannot name us, and that is all */
}

static void holder_read(int fd, char text[HOLDER_LEN])
{
	ssize_t len = pread(fd, text, HOLDER_LEN - 1, 0);

	text[len > 0 ? len : 0] = '\0';
	if (!text[0])
		strcpy(text, "another xen-pmem");
}

static int lock_file(int fd, int how)
{
	int rc;

	do
		rc = flock(fd, LOCK_EX | how);
	while (rc && errno == EINTR);
	return rc;
}

/* A holder that is waited for has written its name by then. */
static int lock_take(int fd)
{
	const struct timespec pause = { .tv_nsec = POLL_MS * 1000000l };
	char holder[HOLDER_LEN];
	unsigned int ms;

	for (ms = 0; ms < PATIENCE_MS; ms += POLL_MS) {
		if (!lock_file(fd, LOCK_NB))
			return 0;
		if (errno != EWOULDBLOCK)
			return -1;
		nanosleep(&pause, NULL);
	}
	holder_read(fd, holder);
	warn(NULL, "waiting for %s", holder);
	return lock_file(fd, 0);
}

int host_lock(void)
{
	int fd;

	if (host_fd >= 0)
		return EXIT_DONE;
	fd = lock_open(HOST_LOCK, O_CREAT);
	if (fd < 0)
		return refuse(HOST_LOCK, "%s", strerror(errno));
	if (lock_take(fd)) {
		refuse(HOST_LOCK, "cannot be locked: %s", strerror(errno));
		close(fd);
		return EXIT_REFUSED;
	}
	holder_write(fd);
	host_fd = fd;
	return EXIT_DONE;
}

void host_unlock(void)
{
	if (host_fd >= 0)
		close(host_fd);
	host_fd = -1;
}

static void namespace_path(const uint8_t uuid[16], char *path, size_t len)
{
	struct uuid_buf text;

	snprintf(path, len, RUN_DIR "/namespace-%s", uuid_text(uuid, &text));
}

/* Locks the file that was opened, or closes it and says why not. */
static int namespace_take(const char *name, int fd)
{
	char holder[HOLDER_LEN];

	if (!lock_file(fd, LOCK_NB))
		return fd;
	if (errno == EWOULDBLOCK) {
		holder_read(fd, holder);
		refuse(name, "it is being erased by %s: wait until that has ended", holder);
	} else {
		refuse(name, "cannot be locked: %s", strerror(errno));
	}
	close(fd);
	return -1;
}

int namespace_lock(const char *name, const uint8_t uuid[16])
{
	char path[128];
	int fd;

	namespace_path(uuid, path, sizeof(path));
	fd = lock_open(path, O_CREAT);
	if (fd < 0) {
		refuse(path, "%s", strerror(errno));
		return -1;
	}
	fd = namespace_take(name, fd);
	if (fd >= 0)
		holder_write(fd);
	return fd;
}

/* Without the host's lock the file stays: another tool may be opening it. */
void namespace_unlock(int lock, const uint8_t uuid[16])
{
	char path[128];

	namespace_path(uuid, path, sizeof(path));
	if (host_fd >= 0)
		unlink(path);
	close(lock);
}

int namespace_check_unlocked(const char *name, const uint8_t uuid[16])
{
	char path[128];
	int fd;

	namespace_path(uuid, path, sizeof(path));
	fd = lock_open(path, 0);
	if (fd < 0)
		return errno == ENOENT ? EXIT_DONE : refuse(path, "%s", strerror(errno));
	fd = namespace_take(name, fd);
	if (fd < 0)
		return EXIT_REFUSED;
	namespace_unlock(fd, uuid);	/* its holder was killed */
	return EXIT_DONE;
}
