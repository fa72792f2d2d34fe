/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * libxenpmem: what a toolstack needs to give Xen guests persistent memory. Finds the namespaces that the dom0 driver holds for Xen, reads
 * and writes the record on the medium, sends commands to the extension, and puts vNVDIMMs into a guest that is built but has not run,
 * or into an HVM guest that runs.
 *
 * Functions return 0 or -errno unless their comment says otherwise; xenpmem_error() then is one line for people. Addresses and lengths are in
 * bytes. A handle is for one thread, and is not to be used in a child after fork (hypercall buffers do not survive it): open another.
 */
#ifndef XEN_PMEM_XENPMEM_H
#define XEN_PMEM_XENPMEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "command.h"
#include "driver.h"
#include "record.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct xenpmem_handle xenpmem_handle;

/* Never fails but for lack of memory (NULL): Xen is first spoken to by the first call that needs it. */
xenpmem_handle *xenpmem_open(void);
void xenpmem_close(xenpmem_handle *h);

/* Why the last call that failed did: one line without a stop or newline, valid until the next call; never NULL. */
const char *xenpmem_error(const xenpmem_handle *h);

/*
 * What a person can do about the last error, if the library knows. A program names its own commands:
 * its function returns the words for a remedy, or NULL, and each error line then ends in " (WORDS)".
 */
enum xenpmem_remedy {
	XENPMEM_REMEDY_NONE,
	XENPMEM_REMEDY_LOAD,		/* load the extension */
	XENPMEM_REMEDY_LOAD_DRIVER,	/* load dom0's driver */
	XENPMEM_REMEDY_RELOAD_DRIVER,	/* remove dom0's driver, and load the installed one */
	XENPMEM_REMEDY_ENABLE,		/* have Xen serve the namespace */
	XENPMEM_REMEDY_RELEASE,		/* take back what a dead guest has */
	XENPMEM_REMEDY_ACCEPT_BUILD,	/* XENPMEM_ACCEPT_BUILD */
	XENPMEM_REMEDY_CREATE_FILE,	/* make the file anew, fully written and without holes */
};

typedef const char *xenpmem_remedy_words(enum xenpmem_remedy remedy);

enum xenpmem_remedy xenpmem_remedy(const xenpmem_handle *h);
void xenpmem_set_remedy_words(xenpmem_handle *h, xenpmem_remedy_words *words);

/* Called by those functions that loop over commands, after each command. what: "assign" and so on, as a verb. */
typedef void xenpmem_progress(void *arg, const char *what, uint64_t done, uint64_t total);
void xenpmem_set_progress(xenpmem_handle *h, xenpmem_progress *progress, void *arg);

/* A piece of persistent memory of the host, named by its namespace. */
struct xenpmem_range {
	uint8_t uuid[16];	/* of the namespace */
	uint64_t spa;
	uint64_t length;
};

/* The running Xen. */
#define XENPMEM_BUILD_ID_SIZE	20

struct xenpmem_xen {
	uint8_t build_id[XENPMEM_BUILD_ID_SIZE];
	char build_text[2 * XENPMEM_BUILD_ID_SIZE + 1];	/* the same in hexadecimal digits */
	char version[80];		/* "4.17.5-pre"; with Debian's suffix where there is one */
	int major, minor;
};

/* -ENODEV: not in dom0. -ENODATA: this Xen has no build-id. */
int xenpmem_xen_read(xenpmem_handle *h, struct xenpmem_xen *xen);

/* Is there a payload for this build in XENPMEM_EXTENSION_DIR, so was the extension tested on it? */
bool xenpmem_xen_is_tested(const struct xenpmem_xen *xen);

/*
 * Loading the extension, which is a live patch ("payload") of Xen.
 *
 * load: `file`, or if NULL the payload for the running build in XENPMEM_EXTENSION_DIR. A corrupted
 * payload never reaches Xen. Returns 0: it is loaded now and answers; 1: it was loaded before; -errno:
 * Xen is as it was. -ENOTSUP: not a tested build (XENPMEM_ACCEPT_BUILD: only the extension's self-checks
 * in Xen decide), or `file` is for another build. -ENOEXEC: `file` is no payload or cannot be read.
 * -ENOENT: there is no payload. -ENODEV: not in dom0. Others: what Xen says.
 * unload: -EBUSY: something is served or reserved. -ENOENT: it is not loaded.
 * is_loaded: 1, also if a killed load has uploaded it only; 0; or -errno.
 */
#define XENPMEM_EXTENSION_DIR	"/usr/lib/xen-pmem"
#define XENPMEM_ACCEPT_BUILD	1u
#define XENPMEM_CHECK_ONLY	2u	/* make the checks before the load, and load nothing */

int xenpmem_extension_load(xenpmem_handle *h, uint32_t flags, const char *file);
int xenpmem_extension_unload(xenpmem_handle *h);
int xenpmem_extension_is_loaded(xenpmem_handle *h);

/*
 * The extension. Each function is the command of the same name (see command.h, also for errors), called until it is finished.
 * -ENODEV: not on Xen, or the extension is not loaded. -EPERM from Xen itself: not in a control domain.
 */
struct xenpmem_info {
	uint16_t abi;
	unsigned int ranges;		/* served now */
	struct xenpmem_range reserved;	/* length 0: none */
	uint64_t bytes_used;		/* metadata in the reserved area, in use */
	uint64_t bytes_total;		/* room for metadata */
	uint64_t longest;		/* pages that the longest command so far handled */
};

int xenpmem_hello(xenpmem_handle *h, struct xenpmem_info *info);
int xenpmem_reserve(xenpmem_handle *h, const struct xenpmem_range *range);
int xenpmem_unreserve(xenpmem_handle *h);
int xenpmem_serve(xenpmem_handle *h, const struct xenpmem_range *range);
/* With XEN_PMEM_SERVE_HOST: the pages stay dom0's to map, counted. */
int xenpmem_serve_host(xenpmem_handle *h, const struct xenpmem_range *range);
int xenpmem_unserve(xenpmem_handle *h, const uint8_t uuid[16]);
int xenpmem_assign(xenpmem_handle *h, uint32_t domid, const struct xenpmem_range *range, uint64_t gpa, uint32_t flags);
/* Any number of extents, one after the other from gpa on. After an error those before are the guest's: xenpmem_release takes them back. */
int xenpmem_assign_extents(xenpmem_handle *h, uint32_t domid, const struct xen_pmem_extent *list, uint32_t nr, uint64_t gpa, uint32_t flags);

/*
 * *taken: pages taken back; *pending: pages that somebody still maps, which stay the guest's (call again later). Both may be NULL.
 * Waits a while (some 100 ms) for a guest that is being torn down, then -EAGAIN.
 */
int xenpmem_release(xenpmem_handle *h, uint32_t domid, const uint8_t uuid[16], uint64_t *taken, uint64_t *pending);

/*
 * Writes zeros over a range that no guest has a page of, from byte *done on until at least byte `until` or its end; *done is how far it came, also after an
 * error. -EBUSY: a guest has pages; -ENOENT: not served.
 */
int xenpmem_erase(xenpmem_handle *h, const uint8_t uuid[16], uint64_t *done, uint64_t until);
/* The same over a part of a range (`uuid` is the range's), counted from the part's start; other pages of the range may be guests'. */
int xenpmem_erase_part(xenpmem_handle *h, const struct xenpmem_range *part, uint64_t *done, uint64_t until);

struct xenpmem_served {
	struct xenpmem_range range;
	enum xen_pmem_range_state state;
	uint64_t pages;			/* that guests have */
	uint64_t bytes_used;		/* metadata in use for it */
};

struct xenpmem_holding {
	uint32_t domid;
	uint8_t uuid[16];		/* of the range */
	uint64_t gpa, spa;		/* of the first page */
	uint64_t pages;
	enum xen_pmem_holder_state state;
};

/* The index counts from 0; -ENOENT past the last one. */
int xenpmem_query_range(xenpmem_handle *h, uint32_t index, struct xenpmem_served *served);
int xenpmem_query_holding(xenpmem_handle *h, uint32_t index, struct xenpmem_holding *holding);

/* The range of this UUID. -ENOENT, without an error line: Xen serves no such range. */
int xenpmem_range_find(xenpmem_handle *h, const uint8_t uuid[16], struct xenpmem_served *served);

/* What of an NVDIMM's memory outlives a power failure: the higher, the more. */
enum xenpmem_persistence {
	XENPMEM_PERSISTENCE_UNKNOWN,
	XENPMEM_PERSISTENCE_NONE,
	XENPMEM_PERSISTENCE_MEMORY_CONTROLLER,	/* what has left the CPU's caches */
	XENPMEM_PERSISTENCE_CPU_CACHE,		/* what is in them too */
};

/* As ndctl names them: "unknown", "none", "memory_controller", "cpu_cache". */
const char *xenpmem_persistence_text(enum xenpmem_persistence persistence);

/*
 * -ENODEV: dom0's driver is not loaded; -EPROTO: the version of its interface (driver.h) is not this library's. xenpmem_namespaces() and all that uses
 * pins do the same first, once for each handle, and fail so, but that a list of namespaces needs no driver.
 */
int xenpmem_driver_check(xenpmem_handle *h);

/*
 * What Linux knows of NVDIMMs and does not act on, or acts on with a read-only region alone: bits,
 * the worst first.
 */
#define XENPMEM_LOCKED		0x001u	/* by its security: its bytes cannot be reached */
#define XENPMEM_OVERWRITTEN	0x002u	/* its contents are being destroyed (ndctl sanitize-dimm) */
#define XENPMEM_MAP_FAILED	0x004u	/* the firmware could not map it */
#define XENPMEM_NOT_ARMED	0x008u	/* it cannot save at a power failure what it then holds */
#define XENPMEM_FATAL		0x010u	/* its SMART health */
#define XENPMEM_READ_ONLY	0x020u	/* the region: of an NVDIMM that is not armed, or by hand */
#define XENPMEM_RESTORE_FAILED	0x040u	/* of what it held before the last power failure */
#define XENPMEM_SAVE_FAILED	0x080u
#define XENPMEM_FLUSH_FAILED	0x100u
#define XENPMEM_CRITICAL	0x200u	/* its SMART health */

struct xenpmem_health {
	unsigned int bits;
	char name[32];			/* what the worst bit is said of: "nmem0", "region0" */
};

/* What may be done with such memory: the higher, the less. */
enum xenpmem_fitness {
	XENPMEM_FIT,
	XENPMEM_FIT_WITH_WARNING,	/* it may have lost something, or may soon */
	XENPMEM_FIT_TO_READ,		/* what is written may not be kept: a vNVDIMM must be `ro` */
	XENPMEM_UNFIT,
};

enum xenpmem_fitness xenpmem_health_fitness(const struct xenpmem_health *health);

/* One line of the worst bit, with its remedy: "nmem0 is not armed: ..."; "" if no bit is set. */
void xenpmem_health_line(const struct xenpmem_health *health, char *line, size_t len);

/* The word for the lowest bit at or above *bit, which moves past it: "not_armed"; NULL: no more. */
const char *xenpmem_health_word(const struct xenpmem_health *health, unsigned int *bit);

#define XENPMEM_HEALTH_LINE_MAX	256

/* Namespaces of the host, through libndctl, with what the dom0 driver says about those that it holds. */
struct xenpmem_bad {
	uint64_t offset, length;	/* from the namespace's start */
};

#define XENPMEM_BAD_MAX	16

struct xenpmem_namespace {
	char device[32];		/* "namespace0.1" */
	char label[64];			/* label name, "" if none */
	char region[32];		/* "region0" */
	const char *mode;		/* "raw", "fsdax", "devdax", "sector", "unknown" */
	char driver[32];		/* that has it: XEN_PMEM_DRIVER, "nd_pmem", "" */
	char block[32];			/* what that driver made of it: "pmem0", "dax0.0", or "" */
	enum xenpmem_persistence persistence;	/* the region's persistence domain */
	struct xenpmem_health health;	/* of its NVDIMMs and its region */
	struct xenpmem_range range;	/* spa 0: not known */
	uint64_t cookie;		/* interleave-set cookie of its region */
	enum xen_pmem_role role;	/* by its label name and mode */
	const char *unfit;		/* why its region can be no guest's memory: "volatile"; NULL: it can */
	bool bound;			/* the dom0 driver has it for Xen */
	bool held;			/* marked there as Xen's: the driver does not let go of it */
	unsigned int nr_bad;		/* bad block ranges; those beyond XENPMEM_BAD_MAX are counted only */
	struct xenpmem_bad bad[XENPMEM_BAD_MAX];
};

/* *list is for free(). An empty list is no error; -ENOSYS: libndctl cannot be used; -EPROTO: see xenpmem_driver_check(). Seeds and empty namespaces are left out. */
int xenpmem_namespaces(xenpmem_handle *h, struct xenpmem_namespace **list, size_t *nr);

/*
 * An NVDIMM of the host: its name is health->name. The index counts from 0, after
 * xenpmem_namespaces(); -ENOENT past the last one.
 */
int xenpmem_query_dimm(xenpmem_handle *h, uint32_t index, struct xenpmem_health *health);

/* By device ("namespace0.1", "/dev/pmem0"), label name or UUID. -ENOENT: none; -EEXIST: several have this label name. */
int xenpmem_namespace_find(xenpmem_handle *h, const struct xenpmem_namespace *list, size_t nr, const char *name,
			   const struct xenpmem_namespace **found);

/* Marks a namespace as Xen's, or dom0's again. Before Xen is told to take it, after Xen has given it back. */
int xenpmem_hold(xenpmem_handle *h, const struct xenpmem_namespace *ns, bool held);

/*
 * Hands a namespace of role host, which Xen serves in state "host", from our driver (or from none) to the kernel's own, for good: no PV dom0 survives taking it
 * away from that one. block: the device that appears, "pmem0" or "dax0.0".
 */
int xenpmem_hand_over(xenpmem_handle *h, const struct xenpmem_namespace *ns, char block[32]);

/* What libblkid finds in the first XEN_PMEM_HEAD_SIZE bytes of a namespace of ours: "ext4", "dos partition table"; "" if it knows nothing there. */
int xenpmem_namespace_contents(xenpmem_handle *h, const struct xenpmem_namespace *ns, char *text, size_t len);

/* The record at the start of a reserved namespace. */
struct xenpmem_record {
	struct xen_pmem_record data;
	unsigned int copy;		/* that was taken; storing writes the other one first */
	const char *warning;		/* about the other copy; NULL: none */
};

/* -ENOENT: no record; -EUCLEAN: one that is not to be used (torn, newer, foreign ...). */
int xenpmem_record_load(xenpmem_handle *h, const struct xenpmem_namespace *ns, struct xenpmem_record *record);

/*
 * A new record without backings, in memory only; goes on from the generation of a record that stands there. Room for labels of as many vNVDIMMs as
 * fit the namespace's size is set aside. -ENOSPC: the namespace is too small.
 */
int xenpmem_record_make(xenpmem_handle *h, const struct xenpmem_namespace *ns, struct xenpmem_record *record);

/* Writes both copies, one after the other, each flushed to the medium; adds one to the generation. */
int xenpmem_record_store(xenpmem_handle *h, const struct xenpmem_namespace *ns, struct xenpmem_record *record);

/*
 * Changes in memory. -EEXIST, -ENOENT: nothing to do. -ENOSPC: the record is full. Adding takes up a backing that was kept for its labels (-ESTALE: it had
 * another length then). Finding finds those that are kept as well.
 */
int xenpmem_record_add(xenpmem_handle *h, struct xenpmem_record *record, const struct xenpmem_namespace *ns);
int xenpmem_record_remove(xenpmem_handle *h, struct xenpmem_record *record, const uint8_t uuid[16]);
struct xen_pmem_backing *xenpmem_record_find(struct xenpmem_record *record, const uint8_t uuid[16]);

/* The part of a reserved namespace that RESERVE gets: the tables of its record, cut to XEN_PMEM_RESERVED_ALIGN. -ENOSPC: nothing is left of it. */
int xenpmem_record_area(xenpmem_handle *h, const struct xenpmem_namespace *ns, const struct xenpmem_record *record, struct xenpmem_range *area);

/* The label area, which is served as a range of the reserved namespace's own UUID, and a slot of it, from 1. -ENOENT: the record has no such. */
int xenpmem_record_labels(xenpmem_handle *h, const struct xenpmem_namespace *ns, const struct xenpmem_record *record, struct xenpmem_range *labels);
int xenpmem_record_slot(xenpmem_handle *h, const struct xenpmem_namespace *ns, const struct xenpmem_record *record, uint32_t slot,
			struct xenpmem_range *part);

/* The lowest slot, from 1, that is no backing's; 0: none. */
uint32_t xenpmem_record_slot_free(const struct xenpmem_record *record);

/*
 * What a reserved area is to have, in MiB: for each GiB that it shall serve, for each namespace,
 * and for itself (its record, its label area, and what the alignment of Xen's tables costs). And
 * that in bytes.
 */
#define XENPMEM_RESERVED_GIB		10
#define XENPMEM_RESERVED_NAMESPACE	8
#define XENPMEM_RESERVED_SELF		20
uint64_t xenpmem_reserved_size(uint64_t bytes, unsigned int namespaces);

/* Metadata that Xen needs for ranges of `length` bytes, in bytes, as an upper bound. */
uint64_t xenpmem_metadata_size(uint64_t length);

/*
 * A backing that is named by its path: a regular file on a DAX filesystem, a block device (a namespace's, a partition, device-mapper's) or a DAX character
 * device, on namespaces that Xen serves in state "host". dom0's driver pins it, and takes dom0's own mappings of it away, before a guest gets it.
 */
enum xenpmem_path_kind {
	XENPMEM_PATH_NONE,
	XENPMEM_PATH_FILE,
	XENPMEM_PATH_BLOCK,
	XENPMEM_PATH_DEVDAX,
};

const char *xenpmem_path_kind_text(enum xenpmem_path_kind kind);	/* "file", "block", "devdax" */

struct xenpmem_path {
	enum xenpmem_path_kind kind;
	int fd;				/* -1: closed */
	uint8_t uuid[16];		/* its pin's key, the same over reboots and renaming */
	uint64_t size;			/* bytes of all of it */
	enum xenpmem_persistence persistence;	/* the weakest of the namespaces that it lies on */
	struct xenpmem_health health;	/* the worst of theirs */
	uint64_t base;			/* if not `scattered`: host address of the first byte of the device that it is, or that its filesystem lies on */
	bool scattered;			/* device-mapper: what is contiguous there need not be so in memory */
	bool pinned;			/* by xenpmem_path_pin */
	uint64_t extents;		/* of the part that was looked at; not known of what is scattered: 0 */
	uint64_t tables;		/* page-table pages for it, of the lowest level, in a guest where it begins at a multiple of 2 MiB */
	uint64_t largest;		/* the largest leaf that it has room for; 0: not known */
};

/*
 * Opens it. -ENOENT and so on: as open(2). -EBUSY: pinned; the error line names what for. -EOPNOTSUPP: no such kind. -ENXIO: nothing of it lies on a namespace
 * that Xen serves in state "host". -EIO: bad blocks.
 */
int xenpmem_path_open(xenpmem_handle *h, const char *name, struct xenpmem_path *path);
void xenpmem_path_close(struct xenpmem_path *path);

/* Looks at the extents of a part of it. -EINVAL: a byte of it is not fit; the error line names it. -EOPNOTSUPP: never mapped directly. */
int xenpmem_path_look(xenpmem_handle *h, struct xenpmem_path *path, uint64_t offset, uint64_t length);

/* How many extents an open file has, and the largest leaf that one of them has room for. -EINVAL: it is not fit. */
int xenpmem_file_layout(xenpmem_handle *h, int fd, uint64_t *extents, uint64_t *largest);

/*
 * Pins it for a guest, looks at the part's extents, which cannot change from now on, and says where its first page is. What this fails with is not pinned.
 */
int xenpmem_path_pin(xenpmem_handle *h, struct xenpmem_path *path, uint32_t domid, uint64_t offset, uint64_t length, uint64_t *spa);

struct xenpmem_pinned {
	uint8_t uuid[16];
	enum xenpmem_path_kind kind;
	uint32_t domid;			/* of the guest that it was pinned for */
	uint64_t size, hidden;		/* bytes; those that dom0 does not map */
	char path[128];			/* when it was pinned */
	enum xenpmem_persistence persistence;
};

/* The index counts from 0; -ENOENT past the last one, -ENODEV without the driver. */
int xenpmem_query_pin(xenpmem_handle *h, uint32_t index, struct xenpmem_pinned *pin);

/* Whether a guest has pages of any range in state "host": of files and devices. */
bool xenpmem_has_host_pages(xenpmem_handle *h, uint32_t domid);

/* Gives dom0 its mappings back and ends the pin. -EBUSY: a guest has pages of it; what dom0 has back until then it keeps. */
int xenpmem_unpin(xenpmem_handle *h, const uint8_t uuid[16]);

/* A vNVDIMM for a guest. */
#define XENPMEM_ANYWHERE	UINT64_MAX
#define XENPMEM_NO_NODE		UINT32_MAX
#define XENPMEM_VNVDIMMS_MAX	16

/* Why a guest's Linux makes no fsdax or devdax namespace of a vNVDIMM; a raw one it always has. */
enum {
	XENPMEM_UNMAPPABLE_BASE = 1,	/* its guest address is not a multiple of 2 MiB */
	XENPMEM_UNMAPPABLE_SIZE = 2,	/* its size is not a multiple of 16 MiB */
	XENPMEM_UNMAPPABLE_HIGH = 4,	/* it ends more than 10 TiB above RAM, out of reach with KASLR */
};

struct xenpmem_vnvdimm {
	struct xenpmem_path path;	/* of kind NONE: the backing is a namespace */
	struct xenpmem_range backing;	/* what the guest gets: a namespace, or a part of one. With a path: that one's UUID, the SPA of the first page, and the length */
	uint64_t offset, whole;		/* of a part: where it begins in its namespace, and that one's length; whole == backing.length: no part */
	uint64_t gpa;			/* XENPMEM_ANYWHERE, or the address wanted; out: the address */
	struct xenpmem_range labels;	/* its label slot, in a range of another UUID; length 0: no labels */
	uint64_t labels_gpa;		/* out: where the slot stands */
	uint32_t node;			/* proximity domain, or XENPMEM_NO_NODE */
	enum xenpmem_persistence persistence;	/* of the region that it lies in */
	bool ro;			/* the guest can read only; so it can its labels */
	unsigned int unmappable;	/* out: XENPMEM_UNMAPPABLE_* */
};

/*
 * Puts all of the vNVDIMMs into a PVH or HVM guest that is built, paused and has never run: chooses addresses, sizes the paging pool, assigns the pages, adds
 * ACPI tables and memory map entries. Label slots are mapped uncached. The guest has either all of them or, after an error, none; but a few pages of RAM may stay added to it.
 * *fault, if not NULL, is the index of the vNVDIMM at fault, or -1. -EPERM: dom0, PV, without ACPI tables, has run. -ESRCH: no such domain.
 * -EDOM: no such node of the guest's. -EINVAL: an address that cannot be, or an HVM guest's acpi_firmware that is not to be used.
 */
int xenpmem_attach(xenpmem_handle *h, uint32_t domid, struct xenpmem_vnvdimm *vnvdimms, unsigned int nr, int *fault);

/* The same up to the first change: addresses are chosen, refusals said, nothing is done. */
int xenpmem_attach_check(xenpmem_handle *h, uint32_t domid, struct xenpmem_vnvdimm *vnvdimms, unsigned int nr, int *fault);

/*
 * Gives all of the vNVDIMMs, besides those that it has, to an HVM guest that runs and was started with at least one. Addresses are chosen within
 * those that were kept for it at its start, there are no labels, and of no range may it have anything yet. The guest has either all of them or, after an error, none; but with
 * -EIO it may have them and not know. It has them until its end: Linux gives none back. What it is to have after a reboot is the caller's to attach.
 * -EPERM: dom0, not HVM, had none from its start. -ENOSPC: it would have too many. -EINVAL, -EDOM, -ESRCH: as for attach;
 * a persistence domain weaker than that of those that it was started with. -EBUSY: it, or another, has pages of the range.
 */
int xenpmem_plug(xenpmem_handle *h, uint32_t domid, struct xenpmem_vnvdimm *vnvdimms, unsigned int nr, int *fault);
int xenpmem_plug_check(xenpmem_handle *h, uint32_t domid, struct xenpmem_vnvdimm *vnvdimms, unsigned int nr, int *fault);

/*
 * dom0's note of what an HVM guest has, by which xenpmem_plug goes. libxl's soft reset (a guest's kexec)
 * removes it, so who resets a guest saves the note before and restores it after. The text is the caller's
 * to free; NULL: the guest has no such note. -EIO: xenstore refuses; nothing can be plugged any more.
 */
char *xenpmem_note_save(uint32_t domid);
int xenpmem_note_restore(xenpmem_handle *h, uint32_t domid, const char *text);

/*
 * A range that Xen serves, lent to dom0: a domain that never runs has it, like a guest, and this process maps parts of it for as long as a call
 * takes. Nobody else can have it meanwhile. A caller that is killed leaves the domain, with the UUID that it was given; destroyed, it is a dead guest.
 */
struct xenpmem_loan {
	uint32_t domid;
	bool write;
	struct xenpmem_vnvdimm what;	/* as that domain has it */
};

#define XENPMEM_LOAN_MAX	(2u << 20)	/* bytes that are read or written at a time */

/* `range` is a served one or a part of one. -EBUSY: a guest has pages of it. */
int xenpmem_lend(xenpmem_handle *h, const uint8_t uuid[16], const char *name, const struct xenpmem_range *range, bool write,
		 struct xenpmem_loan *loan);
int xenpmem_loan_end(xenpmem_handle *h, const struct xenpmem_loan *loan);

/* Whole pages. What was written has left the CPU's caches when the call returns. */
int xenpmem_loan_read(xenpmem_handle *h, const struct xenpmem_loan *loan, uint64_t offset, void *buf, size_t len);
int xenpmem_loan_write(xenpmem_handle *h, const struct xenpmem_loan *loan, uint64_t offset, const void *buf, size_t len);

/* A copy past the caches, fenced, to where persistent memory is mapped; `to` and len are multiples of 16. */
void xenpmem_persist_copy(void *to, const void *from, size_t len);

#ifdef __cplusplus
}
#endif

#endif
