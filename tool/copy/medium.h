/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bytes of a backing, for copy-out and copy-in: of a file, a block device, a dax device; of a namespace that Xen has, as a loan, or does not have,
 * through the dom0 driver. Functions return EXIT_DONE, or say why and return EXIT_REFUSED.
 */
#ifndef XEN_PMEM_TOOL_MEDIUM_H
#define XEN_PMEM_TOOL_MEDIUM_H

#include "ui/ui.h"

#define MEDIUM_CHUNK	XENPMEM_LOAN_MAX	/* read or written at a time at most */

enum medium_kind { MEDIUM_FILE, MEDIUM_BLOCK, MEDIUM_DAX, MEDIUM_LOAN, MEDIUM_DRIVER };

struct medium {
	enum medium_kind kind;
	const char *name;		/* for messages */
	uint64_t size;
	bool write;
	int fd;				/* the file, the device, or the driver's device */
	bool leased;			/* MEDIUM_FILE: the kernel tells us if somebody opens it */
	uint8_t *map;			/* MEDIUM_DAX: all of it */
	xenpmem_handle *pmem;
	struct xenpmem_loan loan;
	char device[32];		/* MEDIUM_DRIVER: the namespace's */
};

/* What lies at a path: refused if anybody else has it open for writing (a file), mounted or in use (a block device), or a guest has it. */
int medium_open_path(struct medium *m, const char *path, bool write);

/* A namespace that Xen does not have. */
int medium_open_driver(struct medium *m, const char *name, const struct xenpmem_namespace *ns);

int medium_read(struct medium *m, uint64_t offset, void *buf, size_t len);
int medium_write(struct medium *m, uint64_t offset, const void *buf, size_t len);

/* Nobody opens the file for writing meanwhile; of devices that cannot be known. */
int medium_undisturbed(struct medium *m);

/* What was written outlives a power cut. */
int medium_settle(struct medium *m);

/* Paths and the driver's device; a loan is ended by who made it. */
void medium_close(struct medium *m);

#endif
