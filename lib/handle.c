// SPDX-License-Identifier: LGPL-2.1-only
/* Opens and closes a handle, and what a call needs when it first needs it. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <ndctl/libndctl.h>

#include "internal.h"

int handle_need_xc(xenpmem_handle *h)
{
	if (!h->xc)
		h->xc = xc_interface_open(NULL, NULL, 0);
	return h->xc ? 0 : fail(h, -ENODEV, "cannot talk to Xen: %s", strerror(errno));
}

int handle_need_foreign(xenpmem_handle *h)
{
	if (!h->foreign)
		h->foreign = xenforeignmemory_open(NULL, 0);
	return h->foreign ? 0 : fail(h, -ENODEV, "cannot map guest memory: %s", strerror(errno));
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
