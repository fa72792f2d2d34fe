// SPDX-License-Identifier: LGPL-2.1-only
/* The memory of an HVM guest's PCI devices, by libxl's notes in xenstore and Linux' sysfs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xenstore.h>

#include "core/bars.h"
#include "guest.h"

#define DEVICES_MAX	256u	/* of a guest's PCI bus, functions counted */
#define RESOURCE_MAX	4096u	/* bytes of a device's sysfs file "resource" */

/* libxl's notes for dom0's backend: "num_devs", and a "dev-N" for each, its address on the host. */
static char *note_read(struct xs_handle *xs, uint32_t domid, const char *key)
{
	char path[96];

	snprintf(path, sizeof(path), "/local/domain/0/backend/pci/%u/0/%s", domid, key);
	return xs_read(xs, XBT_NULL, path, NULL);
}

static int device_add(xenpmem_handle *h, const char *address, struct bars *bars)
{
	char path[96], text[RESOURCE_MAX];
	size_t len;
	FILE *f;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%.32s/resource", address);
	f = fopen(path, "re");
	if (!f)
		return fail(h, -EIO, "%s: %s", path, strerror(errno));
	len = fread(text, 1, sizeof(text), f);
	fclose(f);
	return bars_add(bars, text, len) ? 0 : fail(h, -EIO, "%s cannot be read", path);
}

static int devices_add(xenpmem_handle *h, struct xs_handle *xs, uint32_t domid, struct bars *bars)
{
	char key[16], *number = note_read(xs, domid, "num_devs"), *address;
	unsigned int nr = number ? strtoul(number, NULL, 10) : 0, i;
	int rc = 0;

	free(number);
	for (i = 0; !rc && i < nr && i < DEVICES_MAX; i++) {
		snprintf(key, sizeof(key), "dev-%u", i);
		address = note_read(xs, domid, key);
		if (address)
			rc = device_add(h, address, bars);
		free(address);
	}
	return rc;
}

int guest_bars(xenpmem_handle *h, uint32_t domid, struct bars *bars)
{
	struct xs_handle *xs = xs_open(0);
	int rc;

	*bars = (struct bars){ 0 };
	if (!xs)
		return fail(h, -ENODEV, "cannot talk to xenstore: %s", strerror(errno));
	rc = devices_add(h, xs, domid, bars);
	xs_close(xs);
	return rc;
}
