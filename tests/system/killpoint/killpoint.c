// SPDX-License-Identifier: GPL-2.0-only
/*
 * A preload library that kills a program at its N-th call to the system, before the call is made,
 * or has that call fail. Counted are calls that change something or speak to somebody (hypercalls,
 * xenstore, files, processes), over all programs that inherit it, in one file:
 *   KILLPOINT        that file; made and zeroed by the test, 4096 bytes
 *   KILLPOINT_AT     N, from 1 up; 0 counts only
 *   KILLPOINT_ONLY   the name of the programs that count ("xen-pmem", "xl"); all if it is missing
 *   KILLPOINT_CALLS  the names of the calls that count, each between "_"; all if it is missing
 *   KILLPOINT_PARENT if it is set: who called is not killed, its parent is
 *   KILLPOINT_STOP   if it is set: it is stopped, not killed
 *   KILLPOINT_ERRNO  if it is set: nobody is killed, the call fails with this number
 *   KILLPOINT_ON     if it is set: so do all that come after it
 * The file's first word is the count; what was about to be called stands behind it as text, "NAME
 * PROGRAM".
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

struct count {
	unsigned int nr;
	char last[60];
};

static struct count *count;
static unsigned int at;
static int error;
static const char *calls;
static bool parent, on, stop;

__attribute__((constructor)) static void begin(void)
{
	const char *file = getenv("KILLPOINT"), *only = getenv("KILLPOINT_ONLY");
	const char *number = getenv("KILLPOINT_AT"), *as = getenv("KILLPOINT_ERRNO");
	int fd;

	if (!file || (only && strcmp(only, program_invocation_short_name)))
		return;
	fd = open(file, O_RDWR | O_CLOEXEC);
	count = mmap(NULL, sizeof(*count), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (count == MAP_FAILED)
		abort();
	at = number ? atoi(number) : 0;
	error = as ? atoi(as) : 0;
	calls = getenv("KILLPOINT_CALLS");
	parent = getenv("KILLPOINT_PARENT");
	on = getenv("KILLPOINT_ON");
	stop = getenv("KILLPOINT_STOP");
}

static bool counts(const char *name)
{
	char between[32];

	snprintf(between, sizeof(between), "_%s_", name);
	return count && (!calls || strstr(calls, between));
}

/* true: the call fails. */
static bool point(const char *name)
{
	unsigned int nr;

	if (!counts(name))
		return false;
	nr = __atomic_add_fetch(&count->nr, 1, __ATOMIC_SEQ_CST);
	if (!at || nr < at || (nr > at && !on))
		return false;
	if (nr == at)
		snprintf(count->last, sizeof(count->last), "%s %s", name,
			program_invocation_short_name);
	if (!error)
		kill(parent ? getppid() : getpid(), stop ? SIGSTOP : SIGKILL);
	errno = error;
	return error;
}

/* FUNCTION(result, name, (parameters), (arguments)) */
#define FUNCTION(type, name, parameters, arguments)			\
	__attribute__((visibility("default"))) type name parameters	\
	{								\
		static type (*real) parameters;				\
									\
		if (!real)						\
			real = dlsym(RTLD_NEXT, #name);			\
		return point(#name) ? -1 : real arguments;		\
	}

FUNCTION(ssize_t, write, (int fd, const void *buf, size_t len), (fd, buf, len))
FUNCTION(ssize_t, writev, (int fd, const struct iovec *iov, int nr), (fd, iov, nr))
FUNCTION(ssize_t, pwrite, (int fd, const void *buf, size_t len, off_t offset),
	(fd, buf, len, offset))
FUNCTION(ssize_t, pwrite64, (int fd, const void *buf, size_t len, off64_t offset),
	(fd, buf, len, offset))
FUNCTION(int, fsync, (int fd), (fd))
FUNCTION(int, mkdir, (const char *path, mode_t mode), (path, mode))
FUNCTION(int, unlink, (const char *path), (path))
FUNCTION(int, rename, (const char *from, const char *to), (from, to))
FUNCTION(pid_t, fork, (void), ())
FUNCTION(pid_t, setsid, (void), ())
FUNCTION(int, execvp, (const char *file, char *const argv[]), (file, argv))
FUNCTION(int, flock, (int fd, int how), (fd, how))
FUNCTION(int, ftruncate, (int fd, off_t len), (fd, len))

/* Counts where it may make a file. */
__attribute__((visibility("default"))) int open(const char *path, int flags, ...)
{
	static int (*real)(const char *path, int flags, ...);
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
	va_end(args);
	if (!real)
		real = dlsym(RTLD_NEXT, "open");
	return flags & O_CREAT && point("open") ? -1 : real(path, flags, mode);
}

__attribute__((visibility("default"))) int ioctl(int fd, unsigned long request, ...)
{
	static int (*real)(int fd, unsigned long request, ...);
	va_list args;
	void *arg;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	if (!real)
		real = dlsym(RTLD_NEXT, "ioctl");
	return point("ioctl") ? -1 : real(fd, request, arg);
}
