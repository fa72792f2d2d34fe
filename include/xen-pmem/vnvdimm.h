/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * libxenpmem, chapters 6 to 8: files and devices, vNVDIMMs of a guest, loans. Included by
 * xenpmem.h, where the rules for all functions are.
 */
#ifndef XEN_PMEM_VNVDIMM_H
#define XEN_PMEM_VNVDIMM_H

#include "xenpmem.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * 6  Files and devices: paths and pins
 *
 * A backing may be a regular file on a DAX filesystem, a block device (a namespace's, a partition,
 * device-mapper's) or a DAX character device, on namespaces that Xen serves in state "host". dom0's
 * driver pins it and removes dom0's own mappings of it ("hides" it) before a guest gets its pages.
 */
enum xenpmem_path_kind {
	XENPMEM_PATH_NONE,		/* not a path */
	XENPMEM_PATH_FILE,
	XENPMEM_PATH_BLOCK,
	XENPMEM_PATH_DEVDAX,
};

/* "file", "block", "devdax" */
const char *xenpmem_path_kind_text(enum xenpmem_path_kind kind);

struct xenpmem_path {
	enum xenpmem_path_kind kind;
	int fd;				/* -1: closed */
	uint8_t uuid[16];		/* the key of its pin, stable over reboots and renaming */
	uint64_t size;			/* bytes of all of it */
	enum xenpmem_persistence persistence;	/* the weakest of its namespaces */
	struct xenpmem_health health;	/* the worst of its namespaces */
	uint64_t base;			/* host address of it, or of its filesystem's device */
	bool scattered;			/* device-mapper: not contiguous; base is unused */
	bool pinned;			/* by xenpmem_path_pin() */
	/* Of the part that was looked at; 0 if scattered: */
	uint64_t extents;
	uint64_t largest;		/* leaf that fits an extent: 4 KiB, 2 MiB, 1 GiB */
	/* Page tables of the lowest level for that part, at a 2 MiB-aligned guest address. */
	uint64_t tables;
};

/*
 * Errors of open(2). -EBUSY: pinned, or a guest's disk; the error line names the guest.
 * -EOPNOTSUPP: not a file, block device or DAX device. -EINVAL: its size is not a multiple of 4096.
 * -ENXIO: not, or not wholly, on namespaces that Xen serves in state "host"; or it has no lasting
 * identity. -EIO: bad blocks. -E2BIG: on more than 16 namespaces. After an error *path is closed.
 */
int xenpmem_path_open(xenpmem_handle *h, const char *name, struct xenpmem_path *path);
void xenpmem_path_close(struct xenpmem_path *path);

/*
 * Looks at the extents of a part. -EINVAL: beyond its end, or a byte is unfit, which the error line
 * names. -EOPNOTSUPP: the file is in the page cache, or on its filesystem's realtime device.
 */
int xenpmem_path_look(xenpmem_handle *h, struct xenpmem_path *path, uint64_t offset,
		      uint64_t length);

/* The number of extents of an open file, and the largest leaf that fits one. Errors as above. */
int xenpmem_file_layout(xenpmem_handle *h, int fd, uint64_t *extents, uint64_t *largest);

/*
 * Pins it for a guest, looks at the part's extents, which cannot change then, and sets *spa, the
 * host address of its first page. After an error it is not pinned. Errors: of xenpmem_path_look(),
 * and the driver's (pin.h).
 */
int xenpmem_path_pin(xenpmem_handle *h, struct xenpmem_path *path, uint32_t domid, uint64_t offset,
		     uint64_t length, uint64_t *spa);

struct xenpmem_pinned {
	uint8_t uuid[16];
	enum xenpmem_path_kind kind;
	uint32_t domid;			/* of the guest that it was pinned for */
	uint64_t size, hidden;		/* bytes; those that dom0 does not map */
	char path[128];			/* when it was pinned */
	enum xenpmem_persistence persistence;
};

/* The index counts from 0. -ENOENT: past the last one. -ENODEV: dom0's driver is not loaded. */
int xenpmem_query_pin(xenpmem_handle *h, uint32_t index, struct xenpmem_pinned *pin);

/*
 * Restores dom0's mappings and ends the pin for this guest: the next guest's pin of a file has the
 * same UUID. -ENOENT: not pinned for it. -EBUSY: a guest has pages of it; dom0 keeps the mappings
 * that it has back by then.
 */
int xenpmem_unpin(xenpmem_handle *h, const uint8_t uuid[16], uint32_t domid);

/*
 * 7  vNVDIMMs of a guest
 */
#define XENPMEM_ANYWHERE	UINT64_MAX
#define XENPMEM_NO_NODE		UINT32_MAX
#define XENPMEM_VNVDIMMS_MAX	16
#define XENPMEM_VNVDIMM_BAD_MAX	64	/* ranges of pages that the guest does not get */

/*
 * Why a guest's Linux makes no fsdax or devdax namespace of a vNVDIMM; a raw one it always makes.
 */
enum {
	XENPMEM_UNMAPPABLE_BASE = 1,	/* its guest address is not a multiple of 2 MiB */
	XENPMEM_UNMAPPABLE_SIZE = 2,	/* its size is not a multiple of 16 MiB */
	XENPMEM_UNMAPPABLE_HIGH = 4,	/* it ends more than 10 TiB above RAM: KASLR */
};

struct xenpmem_vnvdimm {
	struct xenpmem_path path;	/* kind NONE: the backing is a namespace */
	/*
	 * What the guest gets: a namespace or a part of one. With a path: the path's UUID, the SPA
	 * of the first page, and the length.
	 */
	struct xenpmem_range backing;
	uint64_t offset, whole;		/* its offset in, and the length of, all of the backing */
	uint64_t gpa;			/* XENPMEM_ANYWHERE or a wish; out: the address */
	struct xenpmem_range labels;	/* its slot, in a range of another UUID; or length 0 */
	uint64_t labels_gpa;		/* out: guest address of the slot */
	uint32_t node;			/* proximity domain, or XENPMEM_NO_NODE */
	enum xenpmem_persistence persistence;	/* of its region */
	bool ro;			/* the guest can only read it, and its labels */
	/* ordinary RAM of a PVH guest, volatile: in its memory map, not in its NFIT */
	bool ram;
	bool own_node;	/* of RAM: it is a NUMA node of its own; otherwise the DRAM's, 0 */
	unsigned int unmappable;	/* out: XENPMEM_UNMAPPABLE_*; of RAM 0 */
	/* Of a namespace: whole pages that the guest does not get; ascending, apart. */
	unsigned int nr_bad;
	struct xenpmem_bad bad[XENPMEM_VNVDIMM_BAD_MAX];	/* from the vNVDIMM's start */
};

/*
 * Fills in bad[] of a vNVDIMM whose backing is this namespace or a part of it: the pages that have
 * a bad block, by dom0's list, and those of which Xen has noted an error. They are assigned to no
 * guest, and so holes in its map. -ENOSPC: too many. -EIO: there is no other page.
 */
int xenpmem_vnvdimm_find_bad(xenpmem_handle *h, const struct xenpmem_namespace *ns,
			     struct xenpmem_vnvdimm *v);

/*
 * Gives all of the vNVDIMMs to a PVH or HVM guest that is built, paused and has never run: chooses
 * addresses, sizes the paging pool, assigns the pages, adds ACPI tables and entries of the memory
 * map, and prevents that libxl saves the guest. Label slots are mapped uncached. After an error the
 * guest has none of the pages; a few pages of RAM may stay added to it. *fault (may be NULL): index
 * of the vNVDIMM at fault, or -1.
 *
 * RAM gets an entry of the memory map, and no row of the NFIT. All RAM with own_node is one node,
 * the lowest from 1 on that no vNVDIMM of the list names; SRAT, SLIT and HMAT say so. `node` and
 * `persistence` of RAM are not used. RAM has neither labels nor a path, and is not read-only.
 *
 * -EINVAL: nr is not 1 to 16, an impossible address, RAM with labels, with a path or read-only, or
 * an unusable acpi_firmware of an HVM guest. -ESRCH: no such domain. -EPERM: dom0, PV, without ACPI
 * tables, has run, dying; RAM for an HVM guest, or for one with virtual NUMA, which a guest with
 * vNVDIMMs or RAM has. -EEXIST: it has vNVDIMMs already. -EDOM: no such node in the guest. -ENOSPC:
 * no room in its tables or memory map. -EBUSY: a guest has pages of a range. -EFAULT, -EIO: the
 * guest's memory or registers cannot be read, or its tables are not as they should be.
 */
int xenpmem_attach(xenpmem_handle *h, uint32_t domid, struct xenpmem_vnvdimm *vnvdimms,
		   unsigned int nr, int *fault);

/* The same up to the first change: chooses addresses and refuses. */
int xenpmem_attach_check(xenpmem_handle *h, uint32_t domid, struct xenpmem_vnvdimm *vnvdimms,
			 unsigned int nr, int *fault);

/*
 * Gives more vNVDIMMs to an HVM guest that runs and was started with at least one. Addresses are
 * chosen in the window that was kept at its start. There are no labels, and the guest may have no
 * page of any of the ranges before. The guest keeps them until it ends or reboots; after a reboot
 * it gets what the caller attaches. After an error it has none, but after -EIO it may have them
 * without knowing.
 *
 * -EPERM: dom0, not HVM, started without a vNVDIMM, dying. -ENOSPC: more than 16. -EINVAL: an
 * impossible address, labels, RAM, or a persistence domain weaker than the guest knows. -EBUSY: a
 * guest has pages of a range. -EDOM, -ESRCH: as for attach.
 */
int xenpmem_plug(xenpmem_handle *h, uint32_t domid, struct xenpmem_vnvdimm *vnvdimms,
		 unsigned int nr, int *fault);
int xenpmem_plug_check(xenpmem_handle *h, uint32_t domid, struct xenpmem_vnvdimm *vnvdimms,
		       unsigned int nr, int *fault);

/*
 * Where in its vNVDIMM a guest has this byte of a namespace, or lacks it because the page is bad.
 * -ENOENT: nowhere. In a file or device it is not found.
 */
int xenpmem_guest_find_byte(xenpmem_handle *h, uint32_t domid, uint64_t spa, uint64_t *offset);

/*
 * Tells a guest that runs of the pages that it has lost by a machine check: its next scrub finds
 * them. *changed: that is news. -ENOENT: it has no scrub page. All other errors are of this guest
 * alone: it has given the page up, or has lost pages at too many places.
 */
int xenpmem_guest_tell_bad(xenpmem_handle *h, uint32_t domid, bool *changed);

/*
 * A guest that runs asks in its scrub page that bad blocks are cleared (function 4 of its _DSM).
 *
 * _scrub: the address of that page. -ENOENT: it has none.
 * _asks: is there a request? Without a line; the guest may have given the page up.
 * _clear: does what the guest asks for, up to 16 pages that are not good, and answers; nothing if
 * it asks for nothing. The caller keeps others from giving the guest vNVDIMMs, or taking them. An
 * error is why no more was done; the guest has its answer. -EINVAL: not of a vNVDIMM of its.
 * -EROFS, -EOPNOTSUPP: it cannot be cleared. -EEXIST: the guest has something else there.
 */
struct xenpmem_cleared {
	uint64_t spa;			/* the first byte */
	uint64_t bytes;			/* from there on, that are good now */
	unsigned int bad;		/* pages of them that were bad */
};

int xenpmem_guest_scrub(xenpmem_handle *h, uint32_t domid, uint64_t *gpa);
bool xenpmem_guest_asks(xenpmem_handle *h, uint32_t domid, uint64_t gpa);
int xenpmem_guest_clear(xenpmem_handle *h, uint32_t domid, struct xenpmem_cleared *done);

/*
 * dom0's note of a guest's vNVDIMMs, on which xenpmem_plug() relies. libxl's soft reset (a
 * guest's kexec) removes it: save it before and restore it after. save: for free(); NULL: it has no
 * note. restore: -EIO: xenstore refuses; the guest can get no more vNVDIMMs then.
 */
char *xenpmem_note_save(uint32_t domid);
int xenpmem_note_restore(xenpmem_handle *h, uint32_t domid, const char *text);

/*
 * 8  Loans: copying a range that Xen serves
 *
 * A range or a part of one is lent to dom0: a domain that never runs has its pages, as a guest
 * would, and this process maps parts of them for the time of a call. No guest can have them
 * meanwhile. If the caller is killed, the domain stays, with the UUID that it was given; once
 * destroyed it is a dead guest.
 */
struct xenpmem_loan {
	uint32_t domid;
	bool write;
	struct xenpmem_vnvdimm what;	/* as that domain has it */
};

/* uuid, name: of the domain. write: may the loan be written? -EBUSY: a guest has pages of it. */
int xenpmem_lend(xenpmem_handle *h, const uint8_t uuid[16], const char *name,
		 const struct xenpmem_range *range, bool write, struct xenpmem_loan *loan);

/* The domain is gone in each case. -EBUSY: pages are still mapped, and stay a dead guest's. */
int xenpmem_loan_end(xenpmem_handle *h, const struct xenpmem_loan *loan);

/*
 * Whole pages, at most XENPMEM_LOAN_MAX bytes at a time. What was written has left the CPU's caches
 * when the call returns. -EINVAL: not such a part. -EROFS: lent for reading only. -EIO: cannot be
 * mapped.
 */
#define XENPMEM_LOAN_MAX	(2u << 20)
int xenpmem_loan_read(xenpmem_handle *h, const struct xenpmem_loan *loan, uint64_t offset,
		      void *buf, size_t len);
int xenpmem_loan_write(xenpmem_handle *h, const struct xenpmem_loan *loan, uint64_t offset,
		       const void *buf, size_t len);

/*
 * Copies past the CPU's caches, with a fence, to mapped persistent memory. to, len: multiples of
 * 16.
 */
void xenpmem_persist_copy(void *to, const void *from, size_t len);

#ifdef __cplusplus
}
#endif

/* Chapter 10 needs chapter 7. */
#include "handover.h"

#endif
