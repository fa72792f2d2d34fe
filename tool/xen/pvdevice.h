/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libxl's hotplug scripts: what xenstore says of the devices of a guest that name a script of ours,
 * and what a script answers there. Paths are those of XENBUS_PATH, "backend/vbd/1/51712".
 * Functions that return int say why they fail and return EXIT_REFUSED, or EXIT_DONE.
 */
#ifndef XEN_PMEM_TOOL_PVDEVICE_H
#define XEN_PMEM_TOOL_PVDEVICE_H

#include <stdbool.h>
#include <stdint.h>

struct xs_handle;

struct pvdisk {
	uint32_t domid, id;
	char name[16];		/* "xvdp" */
	char target[512];	/* what the config has after "target=" */
	bool writable;
};

/* Takes XENBUS_PATH apart; false: it is no path of a device of this kind, "vbd" or "vif". */
bool pvdevice_parse(const char *path, const char *kind, uint32_t *domid, uint32_t *id);

/*
 * The disks of a guest whose script is `script`, sorted by number: *nr of them, `most` at most.
 */
int pvdisks_read(struct xs_handle *xs, uint32_t domid, const char *script,
		      struct pvdisk *list, unsigned int most, unsigned int *nr);

/* Tells libxl, and blkback, that the device is ready; or why not. */
int pvdisk_ready(struct xs_handle *xs, const char *path, const char *node,
		      unsigned int major, unsigned int minor);
void pvdevice_failed(struct xs_handle *xs, const char *path, const char *why);

#endif
