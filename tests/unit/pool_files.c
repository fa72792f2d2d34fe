/* SPDX-License-Identifier: GPL-2.0-only */
/* The C library for test_pool.c, where a pool's file is changed, or a slot of it locked. */
#define _GNU_SOURCE
#include "pool_world.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <time.h>

int file_fail(int error)
{
	errno = error;
	return -1;
}

ssize_t pwrite(int fd, const void *buf, size_t len, off_t offset)
{
	must(host_is_locked());
	return run_step() ? syscall(SYS_pwrite64, fd, buf, len, offset) : file_fail(ENOSPC);
}

int ftruncate(int fd, off_t length)
{
	must(host_is_locked());
	return run_step() ? (int)syscall(SYS_ftruncate, fd, length) : file_fail(EIO);
}

static bool is_polled;		/* a slot's lock, and it was another's so far */
static bool warned;		/* since then */

/* Who waits for the host's lock must not hold a slot's, or two would wait for each other. */
int fcntl(int fd, int cmd, ...)
{
	struct flock *lock;
	va_list args;
	int rc;

	va_start(args, cmd);
	lock = va_arg(args, struct flock *);
	va_end(args);
	if (lock->l_type == F_UNLCK)
		return (int)syscall(SYS_fcntl, fd, cmd, lock);
	must(!host_is_locked());
	if (!is_polled && !run_step())
		return file_fail(ENOLCK);
	if (cmd == F_OFD_SETLKW) {
		must(warned);
		waiting_tell();
	}
	rc = (int)syscall(SYS_fcntl, fd, cmd, lock);
	is_polled = rc && cmd == F_OFD_SETLK && errno == EAGAIN;
	warned = false;
	return rc;
}

/* Who is to wait says so before. */
void warn(const char *subject, const char *format, ...)
{
	(void)subject;
	(void)format;
	warned = true;
}

/* Between two attempts to lock a slot. */
int nanosleep(const struct timespec *pause, struct timespec *left)
{
	(void)left;
	must(is_polled && pause->tv_nsec > 0);
	return 0;
}
