/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The backend's end of a copy: what copy-out reads and copy-in writes. It is a file, a block
 * device, a dax device, a loan (a namespace that Xen serves), or the driver's view of a namespace
 * that Xen does not serve. Functions return EXIT_DONE, or say why and return EXIT_REFUSED.
 */
#ifndef XEN_PMEM_TOOL_ENDPOINT_H
#define XEN_PMEM_TOOL_ENDPOINT_H

#include "ui/ui.h"

#define ENDPOINT_CHUNK	XENPMEM_LOAN_MAX	/* most bytes of one read or write */

enum endpoint_kind {
	ENDPOINT_FILE, ENDPOINT_BLOCK, ENDPOINT_DAX, ENDPOINT_LOAN, ENDPOINT_DRIVER,
};

struct endpoint {
	enum endpoint_kind kind;
	const char *name;		/* for messages */
	uint64_t size;
	bool write;
	bool skips_bad;			/* a read that meets a bad block says nothing, */
	bool met_bad;			/* and sets this */
	int fd;				/* the file, the device, or the driver's device */
	bool leased;			/* a file: the kernel reports another that opens it */
	uint8_t *map;			/* a dax device: all of it */
	xenpmem_handle *pmem;		/* of a loan, */
	struct xenpmem_loan loan;	/* and the loan */
	char device[32];		/* DRIVER: the namespace's */
};

/*
 * What lies at a path. Refuses a file that another process has open for writing, a block device
 * that is mounted or in use, and what is pinned for a guest.
 */
int endpoint_open_path(struct endpoint *e, const char *path, bool write);

/* A namespace that Xen does not serve, to read. */
int endpoint_open_driver(struct endpoint *e, const char *name, const struct xenpmem_namespace *ns);

int endpoint_read(struct endpoint *e, uint64_t offset, void *buf, size_t len);
int endpoint_write(struct endpoint *e, uint64_t offset, const void *buf, size_t len);

/* Refuses once another process has opened the file for writing. Devices cannot be checked. */
int endpoint_undisturbed(struct endpoint *e);

/* After it, what was written survives a power cut. */
int endpoint_settle(struct endpoint *e);

/* Closes all but a loan, which its maker ends. */
void endpoint_close(struct endpoint *e);

#endif
