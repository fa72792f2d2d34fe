// SPDX-License-Identifier: GPL-2.0-only
/* Opens a backend for a copy so that no other process writes to it, and reads and writes it. */
#define _GNU_SOURCE
#include "copy/endpoint.h"

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

#include "copy/io.h"
#include "xen/domain.h"
#include "xen-pmem/pin.h"

#define NOT_A_KIND	"neither a file, a block device nor a dax device"

static int endpoint_refuse(const struct endpoint *e, const char *what)
{
	return refuse(e->name, "%s: %s", what, strerror(errno));
}

/* The guest that a file or device is pinned for, by its path. */
static bool pin_find(const char *path, uint32_t *domid)
{
	xenpmem_handle *pmem = pmem_open();
	char *real = realpath(path, NULL);
	struct xenpmem_pinned pin;
	bool found = false;
	uint32_t i;

	for (i = 0; real && !found && !xenpmem_query_pin(pmem, i, &pin); i++)
		found = !strncmp(pin.path, real, sizeof(pin.path));
	if (found)
		*domid = pin.domid;
	free(real);
	xenpmem_close(pmem);
	return found;
}

static int open_refuse(const struct endpoint *e, int error)
{
	char name[DOMAIN_NAME_LEN];
	uint32_t domid;

	if (error != EBUSY && error != ETXTBSY)
		return refuse(e->name, "%s", strerror(error));
	if (pin_find(e->name, &domid))
		return refuse(e->name, "pinned for guest %s", domain_name(domid, name));
	return refuse(e->name, "in use: mounted, pinned for a guest, or opened exclusively by "
		      "another program");
}

/*
 * A lease is granted only if no other process has the file open for writing (for a write lease:
 * open at all), and is broken when one opens it so. On a filesystem without leases we cannot know.
 */
static int file_lease(struct endpoint *e)
{
	signal(SIGIO, SIG_IGN);
	e->leased = !fcntl(e->fd, F_SETLEASE, e->write ? F_WRLCK : F_RDLCK);
	if (e->leased || (errno != EAGAIN && errno != EBUSY))
		return EXIT_DONE;
	return refuse(e->name, "another program has it open%s", e->write ? "" : " for writing");
}

static int file_open(struct endpoint *e, const struct stat *st)
{
	e->kind = ENDPOINT_FILE;
	e->size = st->st_size;
	return file_lease(e);
}

static int block_open(struct endpoint *e)
{
	e->kind = ENDPOINT_BLOCK;
	if (ioctl(e->fd, BLKGETSIZE64, &e->size))
		return endpoint_refuse(e, "cannot get its size");
	return EXIT_DONE;
}

static int dax_open(struct endpoint *e, const struct stat *st)
{
	unsigned long long size = 0;
	char path[96];
	FILE *f;

	e->kind = ENDPOINT_DAX;
	snprintf(path, sizeof(path), "/sys/dev/char/%u:%u/size", major(st->st_rdev),
		 minor(st->st_rdev));
	f = fopen(path, "re");
	if (!f || fscanf(f, "%llu", &size) != 1 || !size)
		size = 0;
	if (f)
		fclose(f);
	if (!size)
		return refuse(e->name, NOT_A_KIND);
	e->size = size;
	e->map = mmap(NULL, size, PROT_READ | (e->write ? PROT_WRITE : 0), MAP_SHARED, e->fd, 0);
	if (e->map != MAP_FAILED)
		return EXIT_DONE;
	e->map = NULL;
	return endpoint_refuse(e, "cannot map it");
}

static int kind_open(struct endpoint *e)
{
	struct stat st;

	if (fstat(e->fd, &st))
		return endpoint_refuse(e, "cannot look at it");
	if (S_ISREG(st.st_mode))
		return file_open(e, &st);
	return S_ISBLK(st.st_mode) ? block_open(e) : dax_open(e, &st);
}

int endpoint_open_path(struct endpoint *e, const char *path, bool write)
{
	int flags = (write ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
	struct stat st;
	int rc;

	*e = (struct endpoint){ .name = path, .write = write, .fd = -1 };
	if (stat(path, &st))
		return refuse(path, "%s", strerror(errno));
	if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode) && !S_ISCHR(st.st_mode))
		return refuse(path, NOT_A_KIND);
	e->fd = open(path, flags | (S_ISBLK(st.st_mode) ? O_EXCL : 0));
	if (e->fd < 0)
		return open_refuse(e, errno);
	rc = kind_open(e);
	if (!rc && !e->size)
		rc = refuse(path, "empty");
	if (rc)
		endpoint_close(e);
	return rc;
}

int endpoint_open_driver(struct endpoint *e, const char *name, const struct xenpmem_namespace *ns)
{
	*e = (struct endpoint){ .kind = ENDPOINT_DRIVER, .name = name, .size = ns->range.length };
	snprintf(e->device, sizeof(e->device), "%s", ns->device);
	e->fd = open(XEN_PMEM_PIN_DEVICE, O_RDWR | O_CLOEXEC);
	return e->fd < 0 ? endpoint_refuse(e, XEN_PMEM_PIN_DEVICE) : EXIT_DONE;
}

/* After a read that failed: whether the caller wants to hear of bad blocks, and this is one. */
static bool bad_met(struct endpoint *e, int error)
{
	e->met_bad = e->skips_bad && error == EIO;
	return e->met_bad;
}

static const char *skip_text(const struct endpoint *e, int error)
{
	return !e->write && error == EIO ? " (--skip-bad copies the rest)" : "";
}

static int driver_read(struct endpoint *e, uint64_t offset, void *buf, size_t len)
{
	struct xen_pmem_copy copy = { .offset = offset, .length = len, .buffer = (uintptr_t)buf };

	memcpy(copy.namespace, e->device, sizeof(copy.namespace));
	if (!ioctl(e->fd, XEN_PMEM_IOC_COPY, &copy))
		return EXIT_DONE;
	if (bad_met(e, errno))
		return EXIT_REFUSED;
	return refuse(e->name, "at byte %llu: %s%s", (unsigned long long)offset,
		      copy.reason[0] ? copy.reason : strerror(errno), skip_text(e, errno));
}

static int loan_check(const struct endpoint *e, int rc)
{
	return rc ? refuse(e->name, "%s", xenpmem_error(e->pmem)) : EXIT_DONE;
}

static int io_check(const struct endpoint *e, int rc, const char *what, uint64_t offset)
{
	if (!rc)
		return EXIT_DONE;
	return refuse(e->name, "cannot %s from byte %llu on: %s%s", what,
		      (unsigned long long)offset, io_error(rc), skip_text(e, -rc));
}

static int fd_read(struct endpoint *e, uint64_t offset, void *buf, size_t len)
{
	int rc = io_read_at(e->fd, offset, buf, len);

	return rc && bad_met(e, -rc) ? EXIT_REFUSED : io_check(e, rc, "read", offset);
}

int endpoint_read(struct endpoint *e, uint64_t offset, void *buf, size_t len)
{
	e->met_bad = false;
	switch (e->kind) {
	case ENDPOINT_LOAN:
		return loan_check(e, xenpmem_loan_read(e->pmem, &e->loan, offset, buf, len));
	case ENDPOINT_DRIVER:
		return driver_read(e, offset, buf, len);
	case ENDPOINT_DAX:
		memcpy(buf, e->map + offset, len);
		return EXIT_DONE;
	default:
		return fd_read(e, offset, buf, len);
	}
}

int endpoint_write(struct endpoint *e, uint64_t offset, const void *buf, size_t len)
{
	switch (e->kind) {
	case ENDPOINT_LOAN:
		return loan_check(e, xenpmem_loan_write(e->pmem, &e->loan, offset, buf, len));
	case ENDPOINT_DRIVER:
		return refuse(e->name, "not enabled (xen-pmem enable)");
	case ENDPOINT_DAX:
		xenpmem_persist_copy(e->map + offset, buf, len);
		return EXIT_DONE;
	default:
		return io_check(e, io_write_at(e->fd, offset, buf, len), "write", offset);
	}
}

int endpoint_undisturbed(struct endpoint *e)
{
	if (e->leased && fcntl(e->fd, F_GETLEASE) != (e->write ? F_WRLCK : F_RDLCK))
		return refuse(e->name, "another program has opened it%s",
			      e->write ? "" : " for writing");
	return EXIT_DONE;
}

int endpoint_settle(struct endpoint *e)
{
	if ((e->kind == ENDPOINT_FILE || e->kind == ENDPOINT_BLOCK) && fsync(e->fd))
		return endpoint_refuse(e, "cannot write it back");
	return EXIT_DONE;
}

void endpoint_close(struct endpoint *e)
{
	if (e->map)
		munmap(e->map, e->size);
	if (e->fd >= 0)
		close(e->fd);
	e->map = NULL;
	e->fd = -1;
}
