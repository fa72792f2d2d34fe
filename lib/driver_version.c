// SPDX-License-Identifier: LGPL-2.1-only
/* Refuses a driver of dom0 whose interface has another version. */
#include "driver_version.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sysfs.h"

int driver_version_check(xenpmem_handle *h, const char *version)
{
	char ours[16];

	snprintf(ours, sizeof(ours), "%u", XEN_PMEM_INTERFACE);
	if (!version)
		return fail_remedy(h, XENPMEM_REMEDY_RELOAD_DRIVER, -EPROTO,
				   "the loaded xen_pmem is too old to name its interface version,"
				   " xen-pmem needs %s", ours);
	if (strcmp(version, ours))
		return fail_remedy(h, XENPMEM_REMEDY_RELOAD_DRIVER, -EPROTO,
				   "the loaded xen_pmem has interface version %.16s,"
				   " xen-pmem needs %s", version, ours);
	return 0;
}

int xenpmem_driver_check(xenpmem_handle *h)
{
	char version[32];
	int rc, shown;

	if (h->driver_checked)
		return 0;
	if (access(XEN_PMEM_SYSFS_DRIVER, F_OK))
		return fail_remedy(h, XENPMEM_REMEDY_LOAD_DRIVER, -ENODEV,
				   "dom0's driver is not loaded");
	shown = !sysfs_read("/", XEN_PMEM_SYSFS_INTERFACE, version, sizeof(version));
	rc = driver_version_check(h, shown ? version : NULL);
	h->driver_checked = !rc;
	return rc;
}
