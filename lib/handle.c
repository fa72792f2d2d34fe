// SPDX-License-Identifier: LGPL-2.1-only
/* The handle of libxenpmem: opens what a call needs when it first needs it, keeps the error line, gives it all back. */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <ndctl/libndctl.h>

#include "internal.h"
#include "xen-pmem/pin.h"

int fail(xenpmem_handle *h, int rc, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(h->error, sizeof(h->error), format, args);
	va_end(args);
	return rc;
}

int handle_need_xc(xenpmem_handle *h)
{
	if (!h->xc)
		h->xc = xc_interface_open(NULL, NULL, 0);
	return h->xc ? 0 : fail(h, -ENODEV, "cannot speak to Xen: %s", strerror(errno));
}

int handle_need_foreign(xenpmem_handle *h)
{
	if (!h->foreign)
		h->foreign = xenforeignmemory_open(NULL, 0);
	return h->foreign ? 0 : fail(h, -ENODEV, "cannot map guest memory: %s", strerror(errno));
}

int handle_need_pins(xenpmem_handle *h)
{
	int rc;

	if (h->pins >= 0)
		return 0;
	rc = xenpmem_driver_check(h);
	if (rc)
		return rc;
	h->pins = open(XEN_PMEM_PIN_DEVICE, O_RDWR | O_CLOEXEC);
	return h->pins >= 0 ? 0 : fail(h, -ENODEV, "dom0's driver cannot pin anything (" XEN_PMEM_PIN_DEVICE ": %s; modprobe xen_pmem)", strerror(errno));
}

const char *xenpmem_error(const xenpmem_handle *h)
{
	return h->error[0] ? h->error : "no error";
}

void xenpmem_set_progress(xenpmem_handle *h, xenpmem_progress *progress, void *arg)
{
	h->progress = progress;
	h->progress_arg = arg;
}

void xenpmem_close(xenpmem_handle *h)
{
	if (!h)
		return;
	if (h->ndctl)
		ndctl_unref(h->ndctl);
	if (h->foreign)
		xenforeignmemory_close(h->foreign);
	if (h->xc)
		xc_interface_close(h->xc);
	if (h->call) {
		xencall_free_buffer(h->call, h->list);
		xencall_free_buffer(h->call, h->command);
		xencall_free_buffer(h->call, h->path);
		xencall_close(h->call);
	}
	if (h->pins >= 0)
		close(h->pins);
	free(h);
}

xenpmem_handle *xenpmem_open(void)
{
	xenpmem_handle *h = calloc(1, sizeof(*h));

	if (h)
		h->pins = -1;
	return h;
}
