/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/*
 * Commands from dom0 to the extension: one struct of fixed size, written to the hypfs leaf
 * /pmem/command by HYPERVISOR_hypfs_op (XEN_HYPFS_OP_write_contents). The extension works on the
 * struct and copies it back to the caller's buffer, so a command and its answer are one atomic
 * hypercall. The hypercall returns 0 or -errno (Xen's numbers equal Linux's on x86); on failure
 * `reason` says why.
 *
 * /pmem/status is text for people (`xenhypfs cat /pmem/status`); each command that succeeds brings
 * it up to date. /pmem/abi is XEN_PMEM_ABI of the loaded extension, an unsigned integer.
 *
 * Addresses are system physical (spa) or guest physical (gpa). Addresses and lengths are in bytes
 * and are multiples of 4096. A field that an operation does not name must be zero, as must `pad`.
 */
#ifndef XEN_PMEM_COMMAND_H
#define XEN_PMEM_COMMAND_H

#include <stdint.h>

#define XEN_PMEM_ABI			3
#define XEN_PMEM_COMMAND_MAGIC		0x4d504558u	/* "XEPM" */
#define XEN_PMEM_COMMAND_PATH		"/pmem/command"
#define XEN_PMEM_STATUS_PATH		"/pmem/status"

#define XEN_PMEM_GROUP_SIZE		(256ull << 20)	/* unit of lazily built metadata */
#define XEN_PMEM_RESERVED_ALIGN		(2ull << 20)	/* the reserved area's alignment */
#define XEN_PMEM_RANGES			64u		/* ranges served at once */
#define XEN_PMEM_HOLDINGS		256u		/* (guest, range) pairs at once */
#define XEN_PMEM_EXTENTS_MAX		4096u		/* extents of one list */

/*
 * Operations. IN and OUT name the fields that are used. Any operation may fail with
 *   EINVAL      malformed: wrong size, magic, padding, flags, alignment, or a range that wraps
 *   EPROTO      `abi` is not the extension's
 *   EOPNOTSUPP  the operation is unknown
 *   EBUSY       the extension is being unloaded
 *   EFAULT      the caller's buffer cannot be read or written
 */
enum xen_pmem_op {
	/*
	 * Says what is loaded.
	 * OUT  abi, count = ranges served, spa, length, uuid = the reserved area (length 0: none),
	 *      bytes_used = metadata in use, bytes_total = room for metadata, done = work of the
	 *      longest command so far, in pages. What cannot be served: gpa = address bits that
	 *      Xen leaves out of its frame numbers, pending = the first address above all that
	 *      can be, state = the direct map's empty slots of 512 GiB, a bit each. (Extensions
	 *      of this ABI that do not know of these have pending 0.) index = retired chunks of
	 *      the reserved area; the room for metadata has those in it that are still in use.
	 */
	XEN_PMEM_OP_HELLO = 0,

	/*
	 * Takes the reserved area from dom0. Call until done == length; each call proves of some
	 * page tables that no PV domain maps a page of the area. With the values of the area in
	 * use, the call does nothing.
	 * IN   spa, length (multiples of 2 MiB), uuid.
	 * OUT  done.
	 * EEXIST  another reserved area is in use.
	 * ERANGE  128 GiB or larger; otherwise as SERVE, whose other errors apply too.
	 */
	XEN_PMEM_OP_RESERVE = 1,

	/*
	 * Gives the reserved area back to dom0.
	 * ENOENT  no reserved area is enabled.
	 * EBUSY   ranges are served; dom0 maps a page of it; memory that was hot-added uses some.
	 * EAGAIN  metadata are on their way out: call again.
	 */
	XEN_PMEM_OP_UNRESERVE = 2,

	/*
	 * Takes a range from dom0; its pages are free then. Call until done == length. With the
	 * values of a range that is served, the call does nothing. What takes the time is one pass
	 * over the page tables of all RAM. It is for all ranges whose SERVE has begun when it
	 * begins: whoever serves several calls once for each first, which returns EAGAIN.
	 *
	 * With the flag XEN_PMEM_SERVE_HOST the extension then makes metadata for all of the range,
	 * and its pages become dom0's own, as dom0's RAM is: dom0 maps them, and Xen counts each
	 * mapping. After ENOMEM or EAGAIN the range stays as far as it came: call again, or
	 * UNSERVE.
	 * IN   spa, length, uuid of the namespace, flags.
	 * OUT  done.
	 * ENXIO   no reserved area is enabled.
	 * ENOSPC  the reserved area is too small for the range, or 64 ranges are served.
	 * EEXIST  the range overlaps another one or the reserved area; this uuid is served at
	 *         another address, or with the other flag.
	 * EBUSY   a PV domain maps a page, or another domain may; a page is in use; memory was
	 *         hot-added into one of its 256 MiB groups.
	 * ERANGE  RAM, or outside of what Xen's tables can describe.
	 * EPERM   not dom0's to give.
	 * EINVAL  a PV page table is not as Xen makes them.
	 * ENOMEM  Xen has no memory. EAGAIN: waiting for every CPU.
	 * EIO     metadata of a group of it are in a retired chunk.
	 */
	XEN_PMEM_OP_SERVE = 3,

	/*
	 * Gives a range back to dom0.
	 * IN   uuid.
	 * OUT  done, of a host range: bytes looked at, or given up, so far.
	 * ENOENT  the range is not served.
	 * EBUSY   a guest holds pages of it; or, of a host range, dom0 maps or uses a page, and
	 *         everything is as before.
	 * EAGAIN  metadata or pages are on their way out: call again.
	 * EIO     metadata of a group of it are in a retired chunk, and in use.
	 */
	XEN_PMEM_OP_UNSERVE = 4,

	/*
	 * Maps a part of a range into a paused guest that has never run, or with the flag
	 * XEN_PMEM_ASSIGN_RUNNING into one that has. Call until done == length. Each call maps
	 * whole pieces, and leaves the rest of the guest's map as it was. Pieces that the guest has
	 * at this gpa already are passed over, so after a killed caller another one begins again at
	 * 0. What a running guest does meanwhile may make any call fail; pieces mapped before the
	 * failure stay mapped until RELEASE.
	 * IN   domain, uuid, spa and length (inside of that range), gpa, flags XEN_PMEM_ASSIGN_*,
	 *      done (where to go on; 0 at first).
	 * OUT  done.
	 * ENOENT  the range is not served. ESRCH: the domain does not exist.
	 * EPERM   the domain is dom0, PV, without HAP, with nested virtualisation, dying, or has
	 *         run.
	 * EBUSY   a page is a guest's, or is mapped (of a host range: by dom0); a running guest
	 *         changes its map at this gpa just now; memory was hot-added into the 256 MiB
	 *         group.
	 * EEXIST  the guest has something at this gpa, or these pages with other flags.
	 * ERANGE  gpa is beyond the guest's address width.
	 * ENOSPC  256 pairs of guest and range are in use, or the reserved area is full.
	 * ENOMEM  the guest's paging pool is too small, or Xen has no memory.
	 * EAGAIN  metadata are on their way out. EFAULT: the guest's map cannot be undone; RELEASE.
	 * EIO     a page is noted as one that cannot be read: see QUERY_MEDIA; or metadata of
	 *         these pages are in a retired chunk: see QUERY_RETIRED.
	 */
	XEN_PMEM_OP_ASSIGN = 5,

	/*
	 * Takes all pages of a range back from a guest that is dead or has never run, or with the
	 * flag XEN_PMEM_RELEASE_RUNNING from one that runs: what it stores there from then on is
	 * lost. They become free; those of a host range become dom0's again at once.
	 * IN   domain, uuid, flags, done (0 at first).
	 * OUT  done, length (of the range; done == length: finished), count = pages taken back by
	 *      this call, pending = pages of this call's part that stay the guest's: somebody maps
	 *      them.
	 * ENOENT  this guest holds nothing of it. EBUSY: the guest is alive.
	 * EAGAIN  the guest is still being torn down.
	 * ENOMEM  the guest's paging pool is too small, or Xen has no memory.
	 * EIO     metadata of pages of it are in a retired chunk: these pages stay the guest's
	 *         until the host reboots. A dead guest's other pages have been taken back.
	 */
	XEN_PMEM_OP_RELEASE = 6,

	/*
	 * Describes one range.
	 * IN   index, from 0.
	 * OUT  spa, length, uuid, count = pages that guests hold, bytes_used = metadata in use for
	 *      it, state = enum xen_pmem_range_state.
	 * ENOENT  index is past the last range.
	 */
	XEN_PMEM_OP_QUERY_RANGE = 7,

	/*
	 * Describes one holding, the pages that one guest holds of one range.
	 * IN   index, from 0.
	 * OUT  domain, uuid of the range, gpa and spa of the first page assigned, count = pages,
	 *      state = enum xen_pmem_holder_state.
	 * ENOENT  index is past the last holding.
	 */
	XEN_PMEM_OP_QUERY_HOLDING = 8,

	/*
	 * Writes zeros over a range, or a part of it, of which no guest holds a page. Call until
	 * done == length. What a call says it has done has left the CPU for the memory controller.
	 * IN   uuid, done (0 at first); for a part also spa and length (inside of the range).
	 * OUT  done (from the start of the range or part), length (of it).
	 * ENOENT  the range is not served.
	 * EBUSY   a guest, dead or alive, holds a page. Nothing was written, unless the part is
	 *         large and the page was found late: then done says how far it came.
	 * EPERM   the range is a host range, which dom0 writes itself.
	 * EIO     metadata of these pages are in a retired chunk, and in use.
	 */
	XEN_PMEM_OP_ERASE = 9,

	/*
	 * ASSIGN of many extents, which follow each other in the guest from gpa on, without a gap.
	 * Call until done == length, with the same list in memory. Each extent lies in one range
	 * that is served, host or not; different extents may lie in different ranges. Leaves are as
	 * large as alignment allows, also over extents that adjoin. Flags are those of ASSIGN
	 * without XEN_PMEM_ASSIGN_UNCACHED; errors are those of ASSIGN.
	 * IN   domain, gpa, flags, list = address, in the caller's memory, of struct
	 *      xen_pmem_extent[], index = their number (1 to XEN_PMEM_EXTENTS_MAX), length = the
	 *      sum of their lengths, done (bytes from the list's start; 0 at first).
	 * OUT  done.
	 * EINVAL  an extent is not aligned, empty, or not inside of a range that is served; the
	 *         lengths do not add up.
	 * EFAULT  the list cannot be read. EIO: as ASSIGN.
	 */
	XEN_PMEM_OP_ASSIGN_EXTENTS = 10,

	/*
	 * Describes one page of a range, or of the reserved area, that could not be read, or that
	 * TAKE named. For each error dom0 gets XEN_PMEM_MEDIA_VIRQ. The list forgets what is dom0's
	 * again (UNSERVE, UNRESERVE), as dom0 finds the error itself, and what RESTORE names.
	 * IN   index, from 0.
	 * OUT  spa of the last error there, domain = whose page it was (XEN_PMEM_MEDIA_NOBODY: no
	 *      guest's), state = enum xen_pmem_media_outcome, count = errors there (0: TAKE alone),
	 *      pending = errors in pages that found no room in the list, of 128 pages. state and
	 *      domain say how a page has gone from a guest's map, until RELEASE.
	 * ENOENT  index is past the last page.
	 */
	XEN_PMEM_OP_QUERY_MEDIA = 11,

	/*
	 * Retires the chunks of the reserved area that these bytes, which cannot be read, lie in:
	 * no metadata are put there until the area is dom0's again. A chunk in use goes on being
	 * read. An error that Xen meets in the area retires its chunk without this command.
	 * IN   spa, length (inside of the reserved area).
	 * OUT  done = length, count = chunks that were not retired before.
	 * ENXIO   no reserved area is enabled.
	 * EINVAL  the bytes are not inside of it.
	 */
	XEN_PMEM_OP_RETIRE = 12,

	/*
	 * Describes one retired chunk.
	 * IN   index, from 0.
	 * OUT  spa, length, state = enum xen_pmem_chunk_state. In use: gpa = first address, and
	 *      bytes_total = number of bytes, that its metadata are about.
	 * ENOENT  index is past the last one.
	 */
	XEN_PMEM_OP_QUERY_RETIRED = 13,

	/*
	 * Takes pages in which dom0 knows a bad block out of the map of the guest that has them,
	 * if that is alive: the guest reads ones there, a hypercall's buffer gives EFAULT. They
	 * stay the guest's, and are noted (QUERY_MEDIA). A page that no guest maps is noted alone.
	 * Who else maps a page, by a grant, goes on. Nobody is told. Call until done == length;
	 * pages that are noted and gone from the map are passed over.
	 * IN   spa, length (inside of one range).
	 * OUT  done.
	 * ENOENT  the pages are not inside of a range that is served.
	 * EPERM   a page is dom0's own (of a host range).
	 * ENOSPC  the list has no room for them.
	 * EIO     metadata of these pages are in a retired chunk.
	 * ENOMEM  the guest's paging pool is too small, or Xen has no memory: the page at `done`
	 *         is noted, and the guest still has it.
	 */
	XEN_PMEM_OP_TAKE = 14,

	/*
	 * dom0 has cleared these pages: they are noted no more. What TAKE or a machine check has
	 * taken out of a guest's map goes back to where it was, as what it was, if the guest is
	 * alive, and nothing else is there now. Call until done == length; pages that are not noted
	 * are passed over.
	 * IN   spa, length (inside of one range).
	 * OUT  done.
	 * ENOENT, EIO  as TAKE.
	 * ENOMEM  the guest's paging pool is too small, or Xen has no memory: the page at `done`
	 *         is as before.
	 */
	XEN_PMEM_OP_RESTORE = 15,

	XEN_PMEM_OPS
};

enum xen_pmem_range_state {
	XEN_PMEM_RANGE_CHECKING = 1,	/* SERVE, or UNSERVE of a host range, is not finished */
	XEN_PMEM_RANGE_SERVED = 2,
	XEN_PMEM_RANGE_HOST = 3,	/* served, and dom0's but for what guests hold */
};

enum xen_pmem_holder_state {
	XEN_PMEM_HOLDER_BUILDING = 1,	/* has never run */
	XEN_PMEM_HOLDER_RUNNING = 2,
	XEN_PMEM_HOLDER_DYING = 3,
	XEN_PMEM_HOLDER_DEAD = 4,	/* RELEASE will be granted */
};

enum xen_pmem_media_outcome {
	XEN_PMEM_MEDIA_NOTED = 1,	/* that was all */
	XEN_PMEM_MEDIA_GUEST_TOLD = 2,	/* by a machine check; the page is gone from its map */
	XEN_PMEM_MEDIA_GUEST_ENDED = 3,	/* it could not be told, or read again */
	XEN_PMEM_MEDIA_DOM0_TOLD = 4,
	XEN_PMEM_MEDIA_TAKEN = 5,	/* by TAKE; the page is gone from the guest's map */
};
/* The words for these, as an array's initial values. */
#define XEN_PMEM_MEDIA_TEXTS { \
	[XEN_PMEM_MEDIA_NOTED] = "noted", \
	[XEN_PMEM_MEDIA_GUEST_TOLD] = "the guest was told", \
	[XEN_PMEM_MEDIA_GUEST_ENDED] = "the guest was ended", \
	[XEN_PMEM_MEDIA_DOM0_TOLD] = "dom0 was told", \
	[XEN_PMEM_MEDIA_TAKEN] = "taken from the guest", \
}
#define XEN_PMEM_MEDIA_NOBODY	0x7ff4u		/* no domain has this number */
#define XEN_PMEM_MEDIA_VIRQ	23u		/* VIRQ_ARCH_7 */

enum xen_pmem_chunk_state {
	XEN_PMEM_CHUNK_IDLE = 1,	/* nothing is in it */
	XEN_PMEM_CHUNK_PAGES = 2,	/* a group's page_infos: its pages stay whose they are */
	XEN_PMEM_CHUNK_M2P = 3,		/* the M2P of a GiB: as above */
};

/* SERVE: the pages become dom0's to map, counted. */
#define XEN_PMEM_SERVE_HOST		(1u << 0)

/* ASSIGN, ASSIGN_EXTENTS: the largest leaf to use; without these, as large as alignment allows. */
#define XEN_PMEM_ASSIGN_NO_1G		(1u << 0)
#define XEN_PMEM_ASSIGN_NO_2M		(1u << 1)
/*
 * ASSIGN: what the guest may do with the pages, in place of reading, writing and granting them; not
 * both. RO: the guest reads and executes them; what it writes is dropped. UNCACHED: the guest reads
 * and writes them past the caches, in leaves of 2 MiB at most.
 * Xen gives out no reference to such a page: it cannot be granted, moved, ballooned out, mapped by
 * dom0, or be the buffer of a hypercall or of an emulated instruction.
 */
#define XEN_PMEM_ASSIGN_RO		(1u << 2)
#define XEN_PMEM_ASSIGN_UNCACHED	(1u << 3)
/* ASSIGN, ASSIGN_EXTENTS and RELEASE: also if the guest has run. Without it that is refused. */
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

/* One piece of a range's memory, in the list of ASSIGN_EXTENTS. */
struct xen_pmem_extent {
	uint64_t spa;
	uint64_t length;
};

_Static_assert(sizeof(struct xen_pmem_extent) == 16, "extent size");

#endif
