/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/*
 * Commands from dom0 to the extension: one fixed-size struct, written to the hypfs leaf /pmem/command by
 * HYPERVISOR_hypfs_op (XEN_HYPFS_OP_write_contents). The extension works on the struct and copies it back to the
 * caller's buffer, so that a command and its answer are one atomic hypercall. The hypercall's return value is 0 or
 * -errno (Xen's errno numbers equal Linux's on x86); on failure `reason` says what was wrong.
 *
 * /pmem/status is readable text for people (`xenhypfs cat /pmem/status`), brought up to date by each command that succeeds.
 * /pmem/abi is XEN_PMEM_ABI of the loaded extension, as an unsigned integer.
 *
 * Addresses are system physical (SPA) or guest physical (GPA), in bytes; lengths are in bytes. All of them are
 * multiples of 4096. Fields that an operation does not name are padding: they must be zero, as must `pad`.
 */
#ifndef XEN_PMEM_COMMAND_H
#define XEN_PMEM_COMMAND_H

#include <stdint.h>

#define XEN_PMEM_ABI			3
#define XEN_PMEM_COMMAND_MAGIC		0x4d504558u	/* "XEPM" */
#define XEN_PMEM_COMMAND_PATH		"/pmem/command"
#define XEN_PMEM_STATUS_PATH		"/pmem/status"
#define XEN_PMEM_ABI_PATH		"/pmem/abi"

#define XEN_PMEM_GROUP_SIZE		(256ull << 20)	/* unit of lazily built metadata */
#define XEN_PMEM_RESERVED_ALIGN		(2ull << 20)	/* the reserved area's alignment */
#define XEN_PMEM_RANGES			64u		/* ranges served at once */
#define XEN_PMEM_HOLDINGS		256u		/* (guest, range) pairs at once */
#define XEN_PMEM_ANY_DOMAIN		0x7ff4u		/* DOMID_INVALID */
#define XEN_PMEM_EXTENTS_MAX		4096u		/* extents of one list */

/*
 * Operations. IN and OUT name the fields used. Any operation may fail with
 *   EINVAL      malformed: wrong size, magic, padding, flags, alignment, or a range that wraps
 *   EPROTO      `abi` is not the extension's
 *   EOPNOTSUPP  no such operation
 */
enum xen_pmem_op {
	/*
	 * Says what is loaded. OUT: abi, count = ranges served, spa and length = the reserved area (0: none),
	 * bytes_used = metadata in use, bytes_total = room for metadata, done = longest command so far in pages.
	 */
	XEN_PMEM_OP_HELLO = 0,

	/*
	 * Takes the reserved area from dom0. IN: spa, length (multiples of 2 MiB), uuid.
	 * Call until done == length; a step proves that no PV domain maps a page of it.
	 * Again with the same values: nothing happens. EEXIST: another one is in use. Else as SERVE.
	 */
	XEN_PMEM_OP_RESERVE = 1,

	/* Gives the reserved area back to dom0. EBUSY: ranges are served, or its pages are mapped. */
	XEN_PMEM_OP_UNRESERVE = 2,

	/*
	 * Takes a range from dom0: nobody's from then on. IN: spa, length, uuid of the namespace.
	 * Call until done == length. Again with the same values: nothing happens.
	 * ENXIO: no reserved area. ENOSPC: the reserved area, or the table of ranges, is too small for it.
	 * EEXIST: overlaps a range served or the reserved area. EBUSY: somebody maps or may map it.
	 * ERANGE: RAM, or outside of what Xen's tables can describe. EPERM: not dom0's to give.
	 *
	 * With the flag HOST, metadata are made for all of the range, and then its pages are dom0's again, as its RAM is: dom0 maps them as it likes, and Xen
	 * counts each mapping. `done` grows meanwhile. EEXIST: served with the other flag. ENOMEM, EAGAIN: as far as it came it stays so: call again, or UNSERVE.
	 */
	XEN_PMEM_OP_SERVE = 3,

	/*
	 * Gives a range back to dom0. IN: uuid. EBUSY: a guest has pages of it; of a host range dom0 maps or uses a page, and everything is as before.
	 * ENOENT: not served. EAGAIN: metadata are on their way out, or (host range; OUT done = bytes looked at or given up so far) there is more to do: call again.
	 */
	XEN_PMEM_OP_UNSERVE = 4,

	/*
	 * Maps a range into a paused guest that has never run, or (flag RUNNING) into one that has. IN: domain, uuid, spa and length (inside of that
	 * range), gpa, done (where to go on, 0 at first). OUT: done. Call until done == length. Each call either
	 * does its part wholly or leaves the guest as it was. Parts that the guest already has at this gpa are
	 * passed over, so a caller that was killed begins again at 0; with other flags than then they are refused (EEXIST).
	 * ENOENT: range not served. ESRCH: no such domain. EPERM: domain is dom0, PV, dying or has run.
	 * EBUSY: pages of it are somebody's, or still mapped (of a host range: by dom0), or a running guest changes its map at this gpa just now.
	 * EEXIST: the guest has something at this gpa.
	 * ERANGE: gpa beyond the guest's address width. ENOMEM: guest's paging pool or Xen's heap ran dry.
	 * What a running guest does meanwhile may make any call fail; what was mapped until then it has, until RELEASE.
	 */
	XEN_PMEM_OP_ASSIGN = 5,

	/*
	 * Takes pages back from a guest that is dead, or that was never unpaused, or (flag RUNNING) from one that
	 * runs and is not to have them any more: what it stores there from then on is lost. IN: domain, uuid, done (0 at
	 * first). OUT: done, length (of the range; done == length: finished), count = pages taken back by this
	 * call, pending = pages of this call's part that somebody still maps (they stay the guest's). Pages of a host range are dom0's again at once.
	 * ENOENT: this guest has nothing of it. EBUSY: the guest is alive. EAGAIN: it is still being torn down.
	 */
	XEN_PMEM_OP_RELEASE = 6,

	/*
	 * Describes one range. IN: index, from 0. OUT: spa, length, uuid, count = pages that guests have,
	 * bytes_used = metadata now in use for it, state = enum xen_pmem_range_state. ENOENT: past the last one.
	 */
	XEN_PMEM_OP_QUERY_RANGE = 7,

	/*
	 * Describes one holding. IN: index, from 0. OUT: domain, uuid of the range, gpa and spa of the first page
	 * assigned, count = pages, state = enum xen_pmem_holder_state. ENOENT: past the last one.
	 */
	XEN_PMEM_OP_QUERY_HOLDING = 8,

	/*
	 * Writes zeros over a range that nobody has, or over a part of it. IN: uuid, done (0 at first); for a part also spa and length (inside of the range;
	 * length 0: all of it). OUT: done (from the start of the range or part), length (of it; done == length: finished).
	 * What a call says it has done has left the CPU for the memory controller. ENOENT: range not served. EBUSY: a guest, dead or alive, has pages of what
	 * is to be erased: nothing was touched, but where the part is large and is found in use later; then done says how far it came.
	 * EPERM: a host range, which dom0 writes itself.
	 */
	XEN_PMEM_OP_ERASE = 9,

	/*
	 * ASSIGN of many pieces of memory, which stand in the guest one after the other, from gpa on, without a gap. IN: domain, gpa, list = address in the
	 * caller's memory of struct xen_pmem_extent[], index = their number (1 to XEN_PMEM_EXTENTS_MAX), length = all their bytes, done (in bytes from the
	 * list's start; 0 at first). OUT: done. Call until done == length, with the same list in memory. Each extent lies in one served range, host or
	 * not; which one may differ from extent to extent. Leaves are as large as alignment allows, over extents that adjoin too.
	 * Flags, passing over what is there already, and errors are those of ASSIGN; none of UNCACHED. EINVAL: an extent is not aligned, empty or not inside
	 * of a range that is served; the lengths do not add up. EFAULT: the list cannot be read.
	 */
	XEN_PMEM_OP_ASSIGN_EXTENTS = 10,

	XEN_PMEM_OPS
};

enum xen_pmem_range_state {
	XEN_PMEM_RANGE_CHECKING = 1,	/* SERVE, or UNSERVE of a host range, has not come to its end */
	XEN_PMEM_RANGE_SERVED = 2,
	XEN_PMEM_RANGE_HOST = 3,	/* served, and dom0's but for what guests have */
};

enum xen_pmem_holder_state {
	XEN_PMEM_HOLDER_BUILDING = 1,	/* never ran */
	XEN_PMEM_HOLDER_RUNNING = 2,
	XEN_PMEM_HOLDER_DYING = 3,
	XEN_PMEM_HOLDER_DEAD = 4,	/* RELEASE will be granted */
};

/* SERVE: the pages are to be dom0's to map, counted. */
#define XEN_PMEM_SERVE_HOST		(1u << 0)

/* ASSIGN, ASSIGN_EXTENTS: largest leaf to use; 0 means as large as alignment allows. */
#define XEN_PMEM_ASSIGN_NO_1G		(1u << 0)
#define XEN_PMEM_ASSIGN_NO_2M		(1u << 1)
/*
 * ASSIGN: what the guest may do with the pages, in place of reading, writing and granting them; not both.
 * RO: it reads and executes; what it writes is dropped. UNCACHED: it reads and writes them past the caches, in leaves of 2 MiB at most.
 * Xen lets nobody refer to such a page: it cannot be granted, moved, ballooned out, mapped by dom0, or be in a hypercall's or an emulated
 * instruction's way.
 */
#define XEN_PMEM_ASSIGN_RO		(1u << 2)
#define XEN_PMEM_ASSIGN_UNCACHED	(1u << 3)
/* ASSIGN, ASSIGN_EXTENTS and RELEASE: also if the guest has run. A caller who did not ask for it does not do it by accident. */
#define XEN_PMEM_ASSIGN_RUNNING		(1u << 4)
#define XEN_PMEM_RELEASE_RUNNING	(1u << 4)

struct xen_pmem_command {
	uint32_t magic;			/* IN  XEN_PMEM_COMMAND_MAGIC */
	uint16_t abi;			/* IN  XEN_PMEM_ABI; OUT for HELLO */
	uint16_t op;			/* IN  enum xen_pmem_op */
	uint32_t flags;			/* IN  of the operation */
	uint16_t domain;		/* domain id */
	uint16_t state;			/* OUT */
	uint32_t index;			/* IN */
	uint32_t pad0;
	uint8_t  uuid[16];
	uint64_t spa;
	uint64_t gpa;
	uint64_t length;
	uint64_t done;
	uint64_t count;			/* OUT */
	uint64_t pending;		/* OUT */
	uint64_t bytes_used;		/* OUT */
	uint64_t bytes_total;		/* OUT */
	uint64_t list;			/* IN */
	uint64_t pad;
	char     reason[64];		/* OUT  NUL-terminated, for people; zero on the way in */
};

_Static_assert(sizeof(struct xen_pmem_command) == 184, "command size");
_Static_assert(__builtin_offsetof(struct xen_pmem_command, uuid) == 24, "uuid");
_Static_assert(__builtin_offsetof(struct xen_pmem_command, spa) == 40, "spa");
_Static_assert(__builtin_offsetof(struct xen_pmem_command, list) == 104, "list");
_Static_assert(__builtin_offsetof(struct xen_pmem_command, reason) == 120, "reason");

/* What ASSIGN_EXTENTS reads a list of. */
struct xen_pmem_extent {
	uint64_t spa;
	uint64_t length;
};

_Static_assert(sizeof(struct xen_pmem_extent) == 16, "extent size");

#endif
