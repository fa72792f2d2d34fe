// SPDX-License-Identifier: LGPL-2.1-only
/* Moves a namespace from our driver to the kernel's own, and waits for its device. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"
#include "sysfs.h"

/* makes a pfn or dax device of it, to which it or dax_pmem binds */
#define KERNEL_DRIVER	"nd_pmem"
#define TRIES		100		/* of 50 ms, until the device appears */

/* what: "bind" or "unbind" */
static int driver_write(const char *driver, const char *what, const char *device)
{
	char folder[64];

	snprintf(folder, sizeof(folder), "/sys/bus/nd/drivers/%s", driver);
	return sysfs_write(folder, what, 0, device, strlen(device));
}

static int namespace_unbind(xenpmem_handle *h, const struct xenpmem_namespace *ns)
{
	int rc = sysfs_write(ns->device, XEN_PMEM_SYSFS_HELD, 0, "host", 4);

	if (!rc)
		rc = driver_write(XEN_PMEM_DRIVER, "unbind", ns->device);
	return rc ? fail(h, rc, "our driver does not release it: %s", strerror(-rc)) : 0;
}

/* Reads the list of namespaces again. */
static bool device_find(xenpmem_handle *h, const char *device, char block[32])
{
	struct xenpmem_namespace *list;
	bool has = false;
	size_t nr, i;

	if (xenpmem_namespaces(h, &list, &nr))
		return false;
	for (i = 0; i < nr; i++) {
		if (strcmp(list[i].device, device))
			continue;
		has = list[i].driver[0] && list[i].block[0];
		snprintf(block, 32, "%s", list[i].block);
	}
	free(list);
	return has;
}

int xenpmem_namespace_rebind(xenpmem_handle *h, const struct xenpmem_namespace *ns, char block[32])
{
	int rc, i;

	rc = ns->bound ? namespace_unbind(h, ns) : 0;
	if (rc)
		return rc;
	/* If the driver makes a pfn or dax device, bind returns ENXIO for the namespace itself. */
	rc = driver_write(KERNEL_DRIVER, "bind", ns->device);
	if (rc && rc != -ENXIO && rc != -ENODEV && rc != -EBUSY)
		return fail(h, rc, KERNEL_DRIVER " does not take it: %s", strerror(-rc));
	for (i = 0; i < TRIES; i++) {
		if (device_find(h, ns->device, block))
			return 0;
		usleep(50000);
	}
	return fail(h, -ENODEV,
		    KERNEL_DRIVER " makes no device of it (is " KERNEL_DRIVER
		    ", or dax_pmem and device_dax, loaded?)");
}
