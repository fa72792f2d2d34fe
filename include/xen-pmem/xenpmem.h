/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * libxenpmem: what a toolstack needs to give Xen guests persistent memory.
 *
 *   1  The handle, errors and progress        5  The record of the reserved area
 *   2  Loading the extension into Xen         6  Files and devices: paths and pins
 *   3  Commands to the extension              7  vNVDIMMs of a guest
 *   4  Namespaces of the host                 8  Loans: copying a range that Xen serves
 *   9  Enabling namespaces                   10  Handing over: whose data a namespace holds
 *  11  Media errors
 *
 * Chapters 6 to 8 are in vnvdimm.h, chapter 9 is in enable.h, and chapter 10 in handover.h. Chapter
 * 11 is in badblocks.h. This header includes them.
 *
 * No ABI is promised in 0.1: this is a static library, its structures may change with each version.
 * Compile a program against the header of the library that it links.
 *
 * Unless its comment says otherwise, a function returns 0 or -errno, and then xenpmem_error() is a
 * line for people. Comments name the errors that a caller may want to tell apart; every function
 * may fail with -ENOMEM besides, and with what a system call or Xen returns. Addresses and lengths
 * are in bytes. UUIDs are 16 bytes in the order of their text. An out parameter is valid on
 * success only, unless its comment says otherwise.
 *
 * The library does not lock. Programs that change what Xen serves, or the record, take turns.
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

/*
 * 1  The handle, errors and progress
 *
 * A handle is for one thread. After fork() the child opens another one: hypercall buffers do not
 * survive it. The first call that needs Xen, libndctl or dom0's driver opens it.
 */
typedef struct xenpmem_handle xenpmem_handle;

/* NULL: no memory. */
xenpmem_handle *xenpmem_open(void);

/* h may be NULL. */
void xenpmem_close(xenpmem_handle *h);

/*
 * Why the last call that failed did: one line without a stop or newline, valid until the next call.
 */
const char *xenpmem_error(const xenpmem_handle *h);

/* What a person can do about the last error, if the library knows. */
enum xenpmem_remedy {
	XENPMEM_REMEDY_NONE,		/* not known */
	XENPMEM_REMEDY_LOAD,		/* load the extension */
	XENPMEM_REMEDY_LOAD_DRIVER,	/* load dom0's driver */
	XENPMEM_REMEDY_RELOAD_DRIVER,	/* remove dom0's driver, and load the installed one */
	XENPMEM_REMEDY_ENABLE,		/* have Xen serve the namespace */
	XENPMEM_REMEDY_DISABLE,		/* disable the namespace, and enable it anew */
	XENPMEM_REMEDY_RELEASE,		/* take back what a dead guest has */
	XENPMEM_REMEDY_ACCEPT_BUILD,	/* load with XENPMEM_ACCEPT_BUILD */
	XENPMEM_REMEDY_CREATE_FILE,	/* make the file anew, fully written and without holes */
	XENPMEM_REMEDY_ENLARGE,		/* a larger reserved area, or fewer namespaces */
	XENPMEM_REMEDY_GIVE_UP_LABELS,	/* give up the labels that are kept for the namespace */
};

enum xenpmem_remedy xenpmem_remedy(const xenpmem_handle *h);

/*
 * A program names its own commands for remedies: if words() returns a text, each error line with
 * this remedy ends in " (TEXT)". NULL: no words.
 */
typedef const char *xenpmem_remedy_words(enum xenpmem_remedy remedy);
void xenpmem_set_remedy_words(xenpmem_handle *h, xenpmem_remedy_words *words);

/*
 * Functions that loop over commands call progress(), if it is not NULL, after each. what:
 * "reserve", "serve", "assign", "release", "erase", "give back". done of total: bytes.
 */
typedef void xenpmem_progress(void *arg, const char *what, uint64_t done, uint64_t total);
void xenpmem_set_progress(xenpmem_handle *h, xenpmem_progress *progress, void *arg);

/*
 * 2  Loading the extension into Xen
 *
 * The extension is a live patch ("payload"). At load it is told which build of Xen is running, and
 * where that build keeps what it reads: the build's layout.
 */
#define XENPMEM_BUILD_ID_SIZE	20	/* of Xen's ELF; its xen.efi has 16 bytes */

struct xenpmem_xen {
	uint8_t build_id[XENPMEM_BUILD_ID_SIZE];
	uint32_t build_id_len;
	char build_text[2 * XENPMEM_BUILD_ID_SIZE + 1];	/* the same in hexadecimal digits */
	char version[80];		/* "4.17.5-pre"; with Debian's suffix where there is one */
	int major, minor;
};

/* The running Xen. -ENODEV: not in dom0. -ENODATA: it has no build-id. */
int xenpmem_xen_read(xenpmem_handle *h, struct xenpmem_xen *xen);

#define XENPMEM_EXTENSION_DIR	"/usr/lib/xen-pmem"	/* payloads, and the tested layouts */
#define XENPMEM_LAYOUTS		XENPMEM_EXTENSION_DIR "/layouts"
#define XENPMEM_LAYOUTS_MADE	"/var/lib/xen-pmem/layouts"	/* the owner's; need not exist */

enum xenpmem_layout { XENPMEM_LAYOUT_NONE, XENPMEM_LAYOUT_TESTED, XENPMEM_LAYOUT_MADE };

/*
 * In which of both files, below `root` (""), the layout is of the build with this id, in
 * hexadecimal digits (as xenpmem_xen.build_text). -ENOEXEC: a file is wrong; the error line says
 * where.
 */
int xenpmem_layout_find(xenpmem_handle *h, const char *root, const char *build_text);

#define XENPMEM_ACCEPT_BUILD	1u	/* an unknown build, if a known layout passes all checks */
#define XENPMEM_CHECK_ONLY	2u	/* make the checks before the load, and load nothing: 0 */

/*
 * Loads `file`, or if NULL the payload for the running series of Xen. A corrupted payload never
 * reaches Xen. Returns 0: it was loaded and answers. 1: it was loaded before, and answers.
 * -errno: it is not loaded now. -ENOTSUP: the build has no layout, or `file` is for another one.
 * -ENOEXEC: `file` is not a payload, is corrupted or cannot be read. -ENOENT: it does not exist.
 * -ENODEV: not in dom0. Otherwise Xen or the extension refuses it; the error line is their reason.
 */
int xenpmem_extension_load(xenpmem_handle *h, uint32_t flags, const char *file);

/* -ENOENT: it is not loaded. -EBUSY: it is in use (something is served or reserved). */
int xenpmem_extension_unload(xenpmem_handle *h);

/* 1, also if a killed load has only uploaded it; 0; or -errno. */
int xenpmem_extension_is_loaded(xenpmem_handle *h);

/*
 * 3  Commands to the extension
 *
 * Each function is the command of the same name in command.h, which lists its errors, called again
 * until it is finished. All: -ENODEV: not in dom0, or the extension is not loaded. -EPERM: not in a
 * control domain. -EPROTO: the extension has another ABI. -ETIMEDOUT: no progress for 10 minutes.
 */

/* A piece of persistent memory of the host, named by its namespace. */
struct xenpmem_range {
	uint8_t uuid[16];	/* of the namespace */
	uint64_t spa;		/* host address */
	uint64_t length;
};

struct xenpmem_info {
	uint16_t abi;
	unsigned int ranges;		/* served now */
	struct xenpmem_range reserved;	/* length 0: Xen has no reserved area */
	uint64_t bytes_used;		/* metadata in the reserved area, in use */
	uint64_t bytes_total;		/* room for metadata */
	uint64_t bytes_retired;		/* in chunks with a bad block */
	uint64_t longest;		/* pages that the longest command so far handled */
	/* What cannot be served: see XEN_PMEM_OP_HELLO. end 0: the extension does not say. */
	uint64_t hole, end;
	uint32_t slots_empty;
};

int xenpmem_hello(xenpmem_handle *h, struct xenpmem_info *info);
int xenpmem_reserve(xenpmem_handle *h, const struct xenpmem_range *range);

/* -ENOENT: no reserved area. -EAGAIN: metadata is still being freed; call again. */
int xenpmem_unreserve(xenpmem_handle *h);

int xenpmem_serve(xenpmem_handle *h, const struct xenpmem_range *range);

/*
 * Begins to serve a range, and waits for nothing; xenpmem_serve() or xenpmem_serve_host() must
 * follow. Where several ranges are begun first, Xen searches its page tables once for all of them.
 * flags: XEN_PMEM_SERVE_*.
 */
int xenpmem_serve_begin(xenpmem_handle *h, const struct xenpmem_range *range, uint32_t flags);

/* With XEN_PMEM_SERVE_HOST: dom0 goes on mapping the pages, and Xen counts its mappings. */
int xenpmem_serve_host(xenpmem_handle *h, const struct xenpmem_range *range);

/* -ENOENT: not served. -EBUSY: a guest has pages of it. -EAGAIN: as for unreserve. */
int xenpmem_unserve(xenpmem_handle *h, const uint8_t uuid[16]);

/* gpa: guest address. flags: XEN_PMEM_ASSIGN_*. */
int xenpmem_assign(xenpmem_handle *h, uint32_t domid, const struct xenpmem_range *range,
		   uint64_t gpa, uint32_t flags);

/*
 * Any number of extents, one after the other from gpa on. After an error the guest keeps those
 * before; xenpmem_release() takes them back.
 */
int xenpmem_assign_extents(xenpmem_handle *h, uint32_t domid, const struct xen_pmem_extent *list,
			   uint32_t nr, uint64_t gpa, uint32_t flags);

/*
 * Takes all pages of a range from a guest. *taken: pages taken; *pending: pages that are still
 * mapped elsewhere, which stay the guest's (call again later); either may be NULL; both are written
 * after an error too. -ENOENT: the guest has no page of it. -EAGAIN: Xen is still tearing the guest
 * down, after a wait of 200 ms.
 */
int xenpmem_release(xenpmem_handle *h, uint32_t domid, const uint8_t uuid[16], uint64_t *taken,
		    uint64_t *pending);

/*
 * Writes zeros over a range from byte *done on, until at least byte `until` or the range's end.
 * *done is where it has come, after an error too. -EBUSY: a guest has pages. -ENOENT: not served.
 */
int xenpmem_erase(xenpmem_handle *h, const uint8_t uuid[16], uint64_t *done, uint64_t until);

/* The same over a part of a range, counted from the part's start. Guests may have other pages. */
int xenpmem_erase_part(xenpmem_handle *h, const struct xenpmem_range *part, uint64_t *done,
		       uint64_t until);

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

/* The index counts from 0. -ENOENT: past the last one. */
int xenpmem_query_range(xenpmem_handle *h, uint32_t index, struct xenpmem_served *served);
int xenpmem_query_holding(xenpmem_handle *h, uint32_t index, struct xenpmem_holding *holding);

/* The range of this UUID. -ENOENT, without an error line: Xen serves no such range. */
int xenpmem_range_find(xenpmem_handle *h, const uint8_t uuid[16], struct xenpmem_served *served);

/*
 * 4  Namespaces of the host
 *
 * Sources: libndctl, and for namespaces bound to dom0's driver its attributes in sysfs (driver.h).
 */

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
 * Compares the version of the driver's interface (driver.h) with the library's. -ENODEV: dom0's
 * driver is not loaded. -EPROTO: it has another version. xenpmem_namespaces() and all functions on
 * pins check this first, once a handle, and fail so; but xenpmem_namespaces() works without a
 * driver.
 */
int xenpmem_driver_check(xenpmem_handle *h);

/*
 * The health of an NVDIMM or region: bits, the worst first. Linux knows these and ignores them, or
 * makes the region read-only at most.
 */
#define XENPMEM_LOCKED		0x001u	/* by its security: its bytes cannot be read or written */
#define XENPMEM_OVERWRITTEN	0x002u	/* its contents are being destroyed (ndctl sanitize-dimm) */
#define XENPMEM_MAP_FAILED	0x004u	/* the firmware could not map it */
#define XENPMEM_NOT_ARMED	0x008u	/* it cannot save its contents at a power failure */
#define XENPMEM_FATAL		0x010u	/* its SMART health */
#define XENPMEM_READ_ONLY	0x020u	/* the region: of an NVDIMM that is not armed, or by hand */
#define XENPMEM_RESTORE_FAILED	0x040u	/* of its contents before the last power failure */
#define XENPMEM_SAVE_FAILED	0x080u
#define XENPMEM_FLUSH_FAILED	0x100u
#define XENPMEM_CRITICAL	0x200u	/* its SMART health */

struct xenpmem_health {
	unsigned int bits;
	char name[32];			/* of what has the worst bit: "nmem0", "region0" */
};

/* What such memory may be used for: the higher, the less. */
enum xenpmem_fitness {
	XENPMEM_FIT,
	XENPMEM_FIT_WITH_WARNING,	/* it may have lost something, or may soon */
	XENPMEM_FIT_TO_READ,		/* writes may be lost: a vNVDIMM must be `ro` */
	XENPMEM_UNFIT,
};

enum xenpmem_fitness xenpmem_health_fitness(const struct xenpmem_health *health);

/* A line about the worst bit, with its remedy: "nmem0 is not armed: ..."; "" if no bit is set. */
#define XENPMEM_HEALTH_LINE_MAX	256
void xenpmem_health_line(const struct xenpmem_health *health, char *line, size_t len);

/*
 * The word for the lowest bit from *bit on, "not_armed"; moves *bit past it. NULL: no bit is left.
 */
const char *xenpmem_health_word(const struct xenpmem_health *health, unsigned int *bit);

struct xenpmem_bad {
	uint64_t offset, length;	/* from the namespace's start */
};

#define XENPMEM_BAD_MAX	16

struct xenpmem_namespace {
	char device[32];		/* "namespace0.1" */
	char label[64];			/* label name, or "" */
	char region[32];		/* "region0" */
	const char *mode;		/* "raw", "fsdax", "devdax", "sector", "unknown" */
	char driver[32];		/* bound to it: XEN_PMEM_DRIVER, "nd_pmem", or "" */
	char block[32];			/* that driver's device: "pmem0", "dax0.0", or "" */
	enum xenpmem_persistence persistence;	/* of its region */
	struct xenpmem_health health;	/* of its NVDIMMs and its region */
	struct xenpmem_range range;	/* spa 0: not known */
	uint64_t cookie;		/* interleave-set cookie of its region */
	enum xen_pmem_role role;	/* by its label name and mode */
	const char *unfit;		/* why guests cannot use its region; NULL: they can */
	bool bound;			/* to dom0's driver, for Xen */
	bool held;			/* marked there as Xen's: the driver does not release it */
	unsigned int nr_bad;		/* ranges of bad blocks; may exceed XENPMEM_BAD_MAX */
	struct xenpmem_bad bad[XENPMEM_BAD_MAX];
};

/*
 * *list, of *nr, is for free(); it may be empty. Leaves out seeds and empty namespaces. -ENOSYS:
 * libndctl does not work. -EPROTO: as xenpmem_driver_check().
 */
int xenpmem_namespaces(xenpmem_handle *h, struct xenpmem_namespace **list, size_t *nr);

/*
 * An NVDIMM, named by health->name; index from 0, after xenpmem_namespaces(). -ENOENT: past the
 * last.
 */
int xenpmem_query_dimm(xenpmem_handle *h, uint32_t index, struct xenpmem_health *health);

/* Persistent memory that one namespace or several are in; index as in xenpmem_query_dimm(). */
struct xenpmem_region {
	char device[32];		/* "region0" */
	uint64_t spa, length;
};

int xenpmem_query_region(xenpmem_handle *h, uint32_t index, struct xenpmem_region *region);

/*
 * By device ("namespace0.1", "/dev/pmem0"), label name or UUID. *found points into list, or is NULL
 * after -ENOENT. -EEXIST: several have this name.
 */
int xenpmem_namespace_find(xenpmem_handle *h, const struct xenpmem_namespace *list, size_t nr,
			   const char *name, const struct xenpmem_namespace **found);

/*
 * Marks a bound namespace as Xen's, or as dom0's again: before SERVE or RESERVE, and after UNSERVE
 * or UNRESERVE. -EBUSY and others: what the driver's attribute fails with (driver.h).
 */
int xenpmem_hold(xenpmem_handle *h, const struct xenpmem_namespace *ns, bool held);

/*
 * Moves a namespace of role host, which Xen serves in state "host", from dom0's driver xen_pmem (or
 * from none) to the kernel's own, for good: taking it from that one crashes a PV dom0. block: the
 * device that appears, "pmem0" or "dax0.0". -ENODEV: no device appeared within 5 s.
 */
int xenpmem_namespace_rebind(xenpmem_handle *h, const struct xenpmem_namespace *ns, char block[32]);

/*
 * What libblkid finds in the first XEN_PMEM_HEAD_SIZE bytes of a bound namespace: "ext4", "dos
 * partition table", "more than one signature"; "" if it knows nothing there. -EIO: it cannot be
 * looked at.
 */
int xenpmem_namespace_contents(xenpmem_handle *h, const struct xenpmem_namespace *ns, char *text,
			       size_t len);

/*
 * 5  The record of the reserved area
 *
 * It is at the start of the reserved namespace (record.h, docs/record.md). Functions with `ns` read
 * or write there through dom0's driver; the others work on the record in memory.
 */
struct xenpmem_record {
	struct xen_pmem_record data;
	unsigned int copy;		/* that was read; storing writes the other one first */
	const char *warning;		/* about the other copy, or NULL */
};

/*
 * -EINVAL: ns is not of role reserved. -ENOENT: no record. -EUCLEAN: it is torn, newer, foreign or
 * malformed.
 */
int xenpmem_record_load(xenpmem_handle *h, const struct xenpmem_namespace *ns,
			struct xenpmem_record *record);

/*
 * A new record without backings, in memory only. Continues the generation of a record on the
 * namespace. Sets aside a label slot for each 16 MiB, 4 to XEN_PMEM_BACKINGS_MAX. -ENOSPC: ns is
 * too small.
 */
int xenpmem_record_make(xenpmem_handle *h, const struct xenpmem_namespace *ns,
			struct xenpmem_record *record);

/*
 * Adds one to the generation and writes both copies, one after the other, each flushed to the
 * medium. If it fails or is killed, a whole copy is left: the old record's or the new one's.
 * -ESTALE: the namespace holds a newer record than the one that was read; both copies are
 * unchanged. -EIO: as xenpmem_record_check(); the same.
 */
int xenpmem_record_store(xenpmem_handle *h, const struct xenpmem_namespace *ns,
			 struct xenpmem_record *record);

/*
 * Adds a backing, or takes up one that was kept for its labels. -EEXIST: it is there. -ENOSPC: the
 * record is full. -ESTALE: it was kept, and had another length then. -EUCLEAN: impossible values.
 */
int xenpmem_record_add(xenpmem_handle *h, struct xenpmem_record *record,
		       const struct xenpmem_namespace *ns);

/* -ENOENT: it is not there. */
int xenpmem_record_remove(xenpmem_handle *h, struct xenpmem_record *record, const uint8_t uuid[16]);

/* Also one that is kept for its labels. NULL: it is not there. */
struct xen_pmem_backing *xenpmem_record_find(struct xenpmem_record *record, const uint8_t uuid[16]);

/* The same, but NULL unless guests can get it as vNVDIMMs. _pool: NULL unless as RAM. */
struct xen_pmem_backing *xenpmem_record_find_guests(struct xenpmem_record *record,
						    const uint8_t uuid[16]);
struct xen_pmem_backing *xenpmem_record_find_pool(struct xenpmem_record *record,
						  const uint8_t uuid[16]);

/*
 * The range for RESERVE: the record's tables, cut to XEN_PMEM_RESERVED_ALIGN. -ENOSPC: it is empty.
 */
int xenpmem_record_area(xenpmem_handle *h, const struct xenpmem_namespace *ns,
			const struct xenpmem_record *record, struct xenpmem_range *area);

/*
 * The label area, which is served as a range of the reserved namespace's own UUID, and a slot of
 * it, from 1. -ENOENT: the record has no label area, or no such slot.
 */
int xenpmem_record_labels(xenpmem_handle *h, const struct xenpmem_namespace *ns,
			  const struct xenpmem_record *record, struct xenpmem_range *labels);
int xenpmem_record_slot(xenpmem_handle *h, const struct xenpmem_namespace *ns,
			const struct xenpmem_record *record, uint32_t slot,
			struct xenpmem_range *part);

/* The lowest free slot, from 1; 0: all are used. */
uint32_t xenpmem_record_slot_free(const struct xenpmem_record *record);

/*
 * Has Xen serve the label area, unless it does; 0 also if the record has no label area. -EIO: as
 * xenpmem_labels_check().
 * _unserve: takes it back from Xen, unless Xen serves another range.
 */
int xenpmem_labels_serve(xenpmem_handle *h, const struct xenpmem_namespace *reserved,
			 const struct xenpmem_record *record);
int xenpmem_labels_unserve(xenpmem_handle *h);

/* Has Xen serve the label area, and writes zeros over a slot of it. -ENOENT: no such slot. */
int xenpmem_labels_erase(xenpmem_handle *h, const struct xenpmem_namespace *reserved,
			 const struct xenpmem_record *record, uint32_t slot);

/*
 * Is data of a guest other than this one (NULL: than none) in the namespace, was an erase or a copy
 * into it interrupted, or is it a pool that is not clean?
 */
bool xenpmem_backing_holds_others(const struct xen_pmem_backing *backing, const uint8_t *guest);

/*
 * The size of a reserved area, in MiB: for each GiB that it shall serve, for each namespace, and
 * for itself (its record, its label area, the alignment of Xen's tables). And that in bytes.
 */
#define XENPMEM_RESERVED_GIB		10
#define XENPMEM_RESERVED_NAMESPACE	8
#define XENPMEM_RESERVED_SELF		20
uint64_t xenpmem_reserved_size(uint64_t bytes, unsigned int namespaces);

/* An upper bound of the metadata that Xen needs for a range of this length. */
uint64_t xenpmem_metadata_size(uint64_t length);

#ifdef __cplusplus
}
#endif

#include "vnvdimm.h"
#include "enable.h"
#include "badblocks.h"

#endif
