// SPDX-License-Identifier: LGPL-2.1-only
/* The driver's ioctls on pins, and of bad blocks. */
#include "pin_ioctl.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xenstore.h>

static int device_open(xenpmem_handle *h)
{
	int rc;

	if (h->pins >= 0)
		return 0;
	rc = xenpmem_driver_check(h);
	if (rc)
		return rc;
	h->pins = open(XEN_PMEM_PIN_DEVICE, O_RDWR | O_CLOEXEC);
	if (h->pins >= 0)
		return 0;
	return fail_remedy(h, XENPMEM_REMEDY_LOAD_DRIVER, -ENODEV,
			   "dom0's driver cannot pin anything (" XEN_PMEM_PIN_DEVICE ": %s)",
			   strerror(errno));
}

/* The driver's own line says more than the error number. */
static int pin_failed(xenpmem_handle *h, int error, const char *what, const char *reason,
		      size_t len)
{
	if (reason[0])
		return fail(h, -error, "%.*s", (int)len, reason);
	return fail(h, -error, "the driver does not %s it: %s", what, strerror(error));
}

int pin_make(xenpmem_handle *h, struct xen_pmem_pin *pin)
{
	int rc = device_open(h);

	if (rc)
		return rc;
	return ioctl(h->pins, XEN_PMEM_IOC_PIN, pin) ?
	       pin_failed(h, errno, "pin", pin->reason, sizeof(pin->reason)) : 0;
}

int pin_end(xenpmem_handle *h, const uint8_t uuid[16])
{
	struct xen_pmem_pin pin = { .fd = -1 };
	int rc = device_open(h);

	if (rc)
		return rc;
	memcpy(pin.uuid, uuid, sizeof(pin.uuid));
	return ioctl(h->pins, XEN_PMEM_IOC_UNPIN, &pin) ?
	       pin_failed(h, errno, "unpin", pin.reason, sizeof(pin.reason)) : 0;
}

int pin_query(xenpmem_handle *h, uint32_t index, struct xen_pmem_pin *pin)
{
	int rc = device_open(h);

	if (rc)
		return rc;
	*pin = (struct xen_pmem_pin){ .index = index };
	if (!ioctl(h->pins, XEN_PMEM_IOC_QUERY, pin))
		return 0;
	return errno == ENOENT ? -ENOENT :
	       pin_failed(h, errno, "report", pin->reason, sizeof(pin->reason));
}

int pin_find(xenpmem_handle *h, const uint8_t uuid[16], struct xen_pmem_pin *pin)
{
	uint32_t i;
	int rc;

	for (i = 0; !(rc = pin_query(h, i, pin)); i++)
		if (!memcmp(pin->uuid, uuid, sizeof(pin->uuid)))
			return 0;
	return rc;
}

int pin_open(xenpmem_handle *h, const uint8_t uuid[16])
{
	struct xen_pmem_pin pin = { .fd = -1 };
	int rc = device_open(h);

	if (rc)
		return rc;
	memcpy(pin.uuid, uuid, sizeof(pin.uuid));
	rc = ioctl(h->pins, XEN_PMEM_IOC_OPEN, &pin);
	return rc < 0 ? pin_failed(h, errno, "open", pin.reason, sizeof(pin.reason)) : rc;
}

/* The path may be cut, or lead elsewhere by now. */
static bool path_is_pinned_file(const struct xen_pmem_pin *pin, struct stat *st)
{
	return pin->path[0] == '/' && !stat(pin->path, st) && S_ISREG(st->st_mode) &&
	       (uint64_t)st->st_size == pin->size;
}

int pin_stat(xenpmem_handle *h, const struct xen_pmem_pin *pin, struct stat *st)
{
	int fd, rc;

	if (pin->kind != XEN_PMEM_PIN_FILE)
		return stat(pin->path, st) ? -errno : 0;
	/* OPEN waits for a call on the pin, which may wait for a suspended device. */
	if (path_is_pinned_file(pin, st))
		return 0;
	fd = pin_open(h, pin->uuid);
	if (fd < 0)
		return fd;
	rc = fstat(fd, st) ? -errno : 0;
	close(fd);
	return rc;
}

int pin_find_file(xenpmem_handle *h, const struct stat *st, struct xen_pmem_pin *pin)
{
	struct stat other;
	uint32_t i;
	int rc;

	for (i = 0; !(rc = pin_query(h, i, pin)); i++)
		if (pin->kind == XEN_PMEM_PIN_FILE && !pin_stat(h, pin, &other) &&
		    other.st_dev == st->st_dev && other.st_ino == st->st_ino)
			return 0;
	return rc;
}

int pin_fail_busy(xenpmem_handle *h, const struct xen_pmem_pin *pin)
{
	struct xs_handle *xs = xs_open(0);
	char key[48], *name = NULL;
	bool is_gone;

	snprintf(key, sizeof(key), "/local/domain/%u/name", pin->domain);
	if (xs)
		name = xs_read(xs, XBT_NULL, key, NULL);
	is_gone = xs && !name && errno == ENOENT;
	if (name && name[0])
		fail(h, -EBUSY, "pinned for guest %s", name);
	else if (is_gone)
		fail_remedy(h, XENPMEM_REMEDY_RELEASE, -EBUSY,
			    "pinned for domain %u, which is gone", pin->domain);
	else
		fail(h, -EBUSY, "pinned for domain %u", pin->domain);
	free(name);
	if (xs)
		xs_close(xs);
	return -EBUSY;
}

int pin_pages(xenpmem_handle *h, unsigned long request, const uint8_t uuid[16],
	      struct xen_pmem_pages *pages)
{
	int rc = device_open(h);

	if (rc)
		return rc;
	memcpy(pages->uuid, uuid, sizeof(pages->uuid));
	memset(pages->reason, 0, sizeof(pages->reason));
	if (!ioctl(h->pins, request, pages))
		return 0;
	return pin_failed(h, errno, request == XEN_PMEM_IOC_HIDE ? "hide" : "show", pages->reason,
			  sizeof(pages->reason));
}

int xenpmem_bad_add(xenpmem_handle *h, uint64_t spa, uint64_t length)
{
	struct xen_pmem_bad bad = { .spa = spa, .length = length };
	int rc = device_open(h);

	if (rc)
		return rc;
	if (!ioctl(h->pins, XEN_PMEM_IOC_BAD, &bad))
		return !bad.added;
	return pin_failed(h, errno, "add", bad.reason, sizeof(bad.reason));
}

int bad_clear(xenpmem_handle *h, uint64_t spa, uint64_t length, bool look, uint64_t *bad)
{
	struct xen_pmem_clear clear = { .spa = spa, .length = length, .look = look };
	int rc = device_open(h);

	if (rc)
		return rc;
	rc = ioctl(h->pins, XEN_PMEM_IOC_CLEAR, &clear) ?
	     pin_failed(h, errno, "clear", clear.reason, sizeof(clear.reason)) : 0;
	*bad = clear.bad;
	return rc;
}
