// SPDX-License-Identifier: GPL-2.0-only
/* Opens files and devices so that nobody writes to them meanwhile, reads and writes their bytes, and those of namespaces. */
#define _GNU_SOURCE
#include "medium.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "xen-pmem/pin.h"

#include "domain.h"

static int medium_refuse(const struct medium *m, const char *what)
{
	return refuse(m->name, "%s: %s", what, strerror(errno));
}

/* The guest that a file or device is pinned for, by its path; NULL: none is. */
static const char *pinned_for(const char *path, char name[DOMAIN_NAME_LEN])
{
	struct xen_pmem_pin pin = { .index = 0 };
	int fd = open(XEN_PMEM_PIN_DEVICE, O_RDWR | O_CLOEXEC);
	const char *found = NULL;
	char *real = realpath(path, NULL);

	while (fd >= 0 && real && !found && !ioctl(fd, XEN_PMEM_IOC_QUERY, &pin)) {
		if (!strncmp(pin.path, real, sizeof(pin.path)))
			found = domain_name(pin.domain, name);
		pin = (struct xen_pmem_pin){ .index = pin.index + 1 };
	}
	free(real);
	if (fd >= 0)
		close(fd);
	return found;
}

static int refuse_open(const struct medium *m, int error)
{
	char name[DOMAIN_NAME_LEN];
	const bool busy = error == EBUSY || error == ETXTBSY;
	const char *guest = busy ? pinned_for(m->name, name) : NULL;

	if (guest)
		return refuse(m->name, "guest %s has it", guest);
	return refuse(m->name, busy ? "in use: mounted, pinned for a guest, or somebody has it to himself" : "%s", strerror(error));
}

/*
 * A lease is granted only if nobody else has the file open for writing (or, to write to it ourselves, open at all), and does not outlive anybody's
 * opening it so. Where there are no leases, that cannot be known.
 */
static int file_lease(struct medium *m)
{
	signal(SIGIO, SIG_IGN);
	m->leased = !fcntl(m->fd, F_SETLEASE, m->write ? F_WRLCK : F_RDLCK);
	if (m->leased || (errno != EAGAIN && errno != EBUSY))
		return EXIT_DONE;
	return refuse(m->name, "somebody has it open%s", m->write ? "" : " for writing");
}

static int file_open(struct medium *m, const struct stat *st)
{
	m->kind = MEDIUM_FILE;
	m->size = st->st_size;
	return file_lease(m);
}

static int block_open(struct medium *m)
{
	m->kind = MEDIUM_BLOCK;
	return ioctl(m->fd, BLKGETSIZE64, &m->size) ? medium_refuse(m, "its size") : EXIT_DONE;
}

static int dax_open(struct medium *m, const struct stat *st)
{
	unsigned long long size = 0;
	char path[96];
	FILE *f;

	m->kind = MEDIUM_DAX;
	snprintf(path, sizeof(path), "/sys/dev/char/%u:%u/size", major(st->st_rdev), minor(st->st_rdev));
	f = fopen(path, "re");
	if (!f || fscanf(f, "%llu", &size) != 1 || !size)
		size = 0;
	if (f)
		fclose(f);
	if (!size)
		return refuse(m->name, "neither a file, a block device nor a dax device");
	m->size = size;
	m->map = mmap(NULL, size, PROT_READ | (m->write ? PROT_WRITE : 0), MAP_SHARED, m->fd, 0);
	if (m->map != MAP_FAILED)
		return EXIT_DONE;
	m->map = NULL;
	return medium_refuse(m, "cannot map it");
}

/* What it is decides how it is opened. */
int medium_open_path(struct medium *m, const char *path, bool write)
{
	struct stat st;
	int rc;

	*m = (struct medium){ .name = path, .write = write, .fd = -1 };
	if (stat(path, &st))
		return refuse(path, "%s", strerror(errno));
	if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode) && !S_ISCHR(st.st_mode))
		return refuse(path, "neither a file, a block device nor a dax device");
	m->fd = open(path, (write ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | (S_ISBLK(st.st_mode) ? O_EXCL : 0));
	if (m->fd < 0)
		return refuse_open(m, errno);
	if (fstat(m->fd, &st))
		rc = medium_refuse(m, "cannot look at it");
	else
		rc = S_ISREG(st.st_mode) ? file_open(m, &st) : S_ISBLK(st.st_mode) ? block_open(m) : dax_open(m, &st);
	if (!rc && !m->size)
		rc = refuse(path, "empty");
	if (rc)
		medium_close(m);
	return rc;
}

int medium_open_driver(struct medium *m, const char *name, const struct xenpmem_namespace *ns)
{
	*m = (struct medium){ .kind = MEDIUM_DRIVER, .name = name, .size = ns->range.length };
	snprintf(m->device, sizeof(m->device), "%s", ns->device);
	m->fd = open(XEN_PMEM_PIN_DEVICE, O_RDWR | O_CLOEXEC);
	return m->fd < 0 ? medium_refuse(m, XEN_PMEM_PIN_DEVICE) : EXIT_DONE;
}

static int driver_read(struct medium *m, uint64_t offset, void *buf, size_t len)
{
	struct xen_pmem_copy copy = { .offset = offset, .length = len, .buffer = (uintptr_t)buf };

	memcpy(copy.namespace, m->device, sizeof(copy.namespace));
	if (!ioctl(m->fd, XEN_PMEM_IOC_COPY, &copy))
		return EXIT_DONE;
	return refuse(m->name, "at byte %llu: %s", (unsigned long long)offset, copy.reason[0] ? copy.reason : strerror(errno));
}

static int loan_said(const struct medium *m, int rc)
{
	return rc ? refuse(m->name, "%s", xenpmem_error(m->pmem)) : EXIT_DONE;
}

static int file_read(struct medium *m, uint64_t offset, uint8_t *buf, size_t len)
{
	ssize_t got;

	for (; len; len -= got, buf += got, offset += got) {
		got = pread(m->fd, buf, len, (off_t)offset);
		if (got < 0 && errno == EINTR)
			got = 0;
		else if (got <= 0)
			return refuse(m->name, "cannot read byte %llu: %s", (unsigned long long)offset,
				      got ? strerror(errno) : "it has become shorter");
	}
	return EXIT_DONE;
}

static int file_write(struct medium *m, uint64_t offset, const uint8_t *buf, size_t len)
{
	ssize_t got;

	for (; len; len -= got, buf += got, offset += got) {
		got = pwrite(m->fd, buf, len, (off_t)offset);
		if (got < 0 && errno == EINTR)
			got = 0;
		else if (got < 0)
			return refuse(m->name, "cannot write byte %llu: %s", (unsigned long long)offset, strerror(errno));
	}
	return EXIT_DONE;
}

int medium_read(struct medium *m, uint64_t offset, void *buf, size_t len)
{
	switch (m->kind) {
	case MEDIUM_LOAN:
		return loan_said(m, xenpmem_loan_read(m->pmem, &m->loan, offset, buf, len));
	case MEDIUM_DRIVER:
		return driver_read(m, offset, buf, len);
	case MEDIUM_DAX:
		memcpy(buf, m->map + offset, len);
		return EXIT_DONE;
	default:
		return file_read(m, offset, buf, len);
	}
}

int medium_write(struct medium *m, uint64_t offset, const void *buf, size_t len)
{
	switch (m->kind) {
	case MEDIUM_LOAN:
		return loan_said(m, xenpmem_loan_write(m->pmem, &m->loan, offset, buf, len));
	case MEDIUM_DRIVER:
		return refuse(m->name, "not enabled (xen-pmem enable)");
	case MEDIUM_DAX:
		xenpmem_persist_copy(m->map + offset, buf, len);
		return EXIT_DONE;
	default:
		return file_write(m, offset, buf, len);
	}
}

int medium_undisturbed(struct medium *m)
{
	if (m->leased && fcntl(m->fd, F_GETLEASE) != (m->write ? F_WRLCK : F_RDLCK))
		return refuse(m->name, "somebody opens it meanwhile%s", m->write ? "" : " for writing");
	return EXIT_DONE;
}

int medium_settle(struct medium *m)
{
	if ((m->kind == MEDIUM_FILE || m->kind == MEDIUM_BLOCK) && fsync(m->fd))
		return medium_refuse(m, "cannot write it back");
	return EXIT_DONE;
}

void medium_close(struct medium *m)
{
	if (m->map)
		munmap(m->map, m->size);
	if (m->fd >= 0)
		close(m->fd);
	m->map = NULL;
	m->fd = -1;
}
