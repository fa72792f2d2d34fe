// SPDX-License-Identifier: GPL-2.0-only
/*
 * A preload library that kills a program at its N-th call to the system, before the call is made. Counted are calls that change something or speak to
 * somebody (hypercalls, xenstore, files, processes), over all programs that inherit it, in one file:
 *   KILLPOINT        that file; made and zeroed by the test, 4096 bytes
 *   KILLPOINT_AT     N, from 1 up; 0 counts only
 *   KILLPOINT_ONLY   the name of the programs that count ("xen-pmem", "xl"); all if it is missing
 *   KILLPOINT_PARENT if it is set: who called is not killed, its parent is
 * The file's first word is the count; what was about to be called stands behind it as text, "NAME PROGRAM".
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
static bool parent;

__attribute__((constructor)) static void begin(void)
{
	const char *file = getenv("KILLPOINT"), *only = getenv("KILLPOINT_ONLY"), *number = getenv("KILLPOINT_AT");
	int fd;

	if (!file || (only && strcmp(only, program_invocation_short_name)))
		return;
	fd = open(file, O_RDWR | O_CLOEXEC);
	count = mmap(NULL, sizeof(*count), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (count == MAP_FAILED)
		abort();
	at = number ? atoi(number) : 0;
	parent = getenv("KILLPOINT_PARENT");
}

static void point(const char *name)
{
	if (!count || __atomic_add_fetch(&count->nr, 1, __ATOMIC_SEQ_CST) != at)
		return;
	snprintf(count->last, sizeof(count->last), "%s %s", name, program_invocation_short_name);
	kill(parent ? getppid() : getpid(), SIGKILL);
}

/* FUNCTION(result, name, (parameters), (arguments)) */
#define FUNCTION(type, name, parameters, arguments)			\
	__attribute__((visibility("default"))) type name parameters	\
	{								\
		static type (*real) parameters;				\
									\
		if (!real)						\
			real = dlsym(RTLD_NEXT, #name);			\
		point(#name);						\
		return real arguments;					\
	}

FUNCTION(ssize_t, write, (int fd, const void *buf, size_t len), (fd, buf, len))
FUNCTION(ssize_t, writev, (int fd, const struct iovec *iov, int nr), (fd, iov, nr))
FUNCTION(ssize_t, pwrite, (int fd, const void *buf, size_t len, off_t offset), (fd, buf, len, offset))
FUNCTION(ssize_t, pwrite64, (int fd, const void *buf, size_t len, off64_t offset), (fd, buf, len, offset))
FUNCTION(int, fsync, (int fd), (fd))
FUNCTION(int, mkdir, (const char *path, mode_t mode), (path, mode))
FUNCTION(int, unlink, (const char *path), (path))
FUNCTION(int, rename, (const char *from, const char *to), (from, to))
FUNCTION(pid_t, fork, (void), ())
FUNCTION(pid_t, setsid, (void), ())
FUNCTION(int, execvp, (const char *file, char *const argv[]), (file, argv))
FUNCTION(int, flock, (int fd, int how), (fd, how))

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
	point("ioctl");
	return real(fd, request, arg);
}
