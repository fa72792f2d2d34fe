/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bytes of a backing, for copy-out and copy-in: of a file, a block device, a dax device; of a namespace that Xen has, as a loan, or does not have,
 * through the dom0 driver. Functions return EXIT_DONE, or say why and return EXIT_REFUSED.
 */
#ifndef XEN_PMEM_TOOL_ENDPOINT_H
#define XEN_PMEM_TOOL_ENDPOINT_H

#include "ui/ui.h"

#define ENDPOINT_CHUNK	XENPMEM_LOAN_MAX	/* read or written at a time at most */

enum endpoint_kind { ENDPOINT_FILE, ENDPOINT_BLOCK, ENDPOINT_DAX, ENDPOINT_LOAN, ENDPOINT_DRIVER };

struct endpoint {
	enum endpoint_kind kind;
	const char *name;		/* for messages */
	uint64_t size;
	bool write;
	int fd;				/* the file, the device, or the driver's device */
	bool leased;			/* ENDPOINT_FILE: the kernel tells us if somebody opens it */
	uint8_t *map;			/* ENDPOINT_DAX: all of it */
	xenpmem_handle *pmem;
	struct xenpmem_loan loan;
	char device[32];		/* ENDPOINT_DRIVER: the namespace's */
};

/* What lies at a path: refused if anybody else has it open for writing (a file), mounted or in use (a block device), or a guest has it. */
int endpoint_open_path(struct endpoint *m, const char *path, bool write);

/* A namespace that Xen does not have. */
int endpoint_open_driver(struct endpoint *m, const char *name, const struct xenpmem_namespace *ns);

int endpoint_read(struct endpoint *m, uint64_t offset, void *buf, size_t len);
int endpoint_write(struct endpoint *m, uint64_t offset, const void *buf, size_t len);

/* Nobody opens the file for writing meanwhile; of devices that cannot be known. */
int endpoint_undisturbed(struct endpoint *m);

/* What was written outlives a power cut. */
int endpoint_settle(struct endpoint *m);

/* Paths and the driver's device; a loan is ended by who made it. */
void endpoint_close(struct endpoint *m);

#endif
