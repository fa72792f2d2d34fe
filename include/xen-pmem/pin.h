/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/*
 * Pins: how dom0's driver (xen_pmem.ko) lets the pages of a file, a block device or a dax character
 * device be a guest's memory. The driver and libxenpmem use this header: its calls are ioctls on
 * the character device XEN_PMEM_PIN_DEVICE, mode 0600.
 *
 * While a thing is pinned, dom0's kernel leaves all of its blocks where they are, and nobody else
 * uses them. Hiding clears dom0's own page table entries of pages, so that Xen can count that
 * nobody maps the pages.
 *
 *   --PIN--> pinned --HIDE--> hidden --SHOW--> pinned --UNPIN-->
 *
 * While pages are hidden the tool has Xen give them to a guest, and take them back. Block I/O of
 * others to hidden pages fails (EIO).
 *
 * A pin outlives the process that made it, and keeps the module loaded. It does not outlive a
 * reboot.
 *
 * Calls on one pin are exclusive with each other: a call waits until the former is done, or until a
 * signal kills its process. PIN, UNPIN, HIDE and SHOW may wait for the filesystem or the device
 * (one that is suspended, for example). Calls on other pins do not wait for them, and QUERY waits
 * for no other call.
 *
 * All numbers are in the machine's byte order. Addresses, offsets, sizes and lengths are in bytes,
 * and multiples of 4096 unless their comment says otherwise. User addresses are 64 bits wide, so
 * that 32-bit programs make the same calls. `pad` must be zero, and so must `index` in calls other
 * than QUERY. The driver copies the structs back after a failure, too. `reason` is then a line for
 * people, without a newline; "" if errno says it all.
 *
 * A call returns 0, or -1 and errno. Any call may fail with
 *   EINVAL      malformed: a uuid of zeros, padding, not multiples of 4096, an overflow
 *   EFAULT      an address is wrong
 *   ENOMEM
 *   ENOENT      the pin does not exist (all but PIN, COPY, BAD and CLEAR)
 *   ENODEV      HIDE, SHOW: dom0 is not a PV domain of Xen. open(): the module is being loaded
 */
#ifndef XEN_PMEM_PIN_H
#define XEN_PMEM_PIN_H

#ifdef __KERNEL__
#include <linux/ioctl.h>
#include <linux/types.h>
#else
#include <stdint.h>
#include <sys/ioctl.h>
#endif

#define XEN_PMEM_PIN_DEVICE	"/dev/xen_pmem"

#define XEN_PMEM_PIN_FILE	1u	/* a regular file on a DAX filesystem */
#define XEN_PMEM_PIN_BLOCK	2u	/* a block device that can do DAX */
#define XEN_PMEM_PIN_DEVDAX	3u	/* a dax character device */

#define XEN_PMEM_PINS_MAX	256u		/* at a time */
#define XEN_PMEM_PIECES_MAX	4096u		/* of one HIDE or SHOW */
#define XEN_PMEM_HIDE_MAX	(64ull << 20)	/* bytes that one HIDE or SHOW does, at most */
#define XEN_PMEM_COPY_MAX	(2ull << 20)	/* bytes of one COPY */
#define XEN_PMEM_BAD_MAX	4096u		/* bytes of one BAD */
#define XEN_PMEM_CLEAR_MAX	65536u		/* bytes of one CLEAR */

struct xen_pmem_pin {
	uint8_t uuid[16];	/* the pin's key, chosen by the tool; not zeros */
	int32_t fd;
	uint32_t domain;	/* a number of the tool's, which the driver only keeps */
	uint32_t kind;		/* XEN_PMEM_PIN_* */
	uint32_t index;		/* of QUERY; zero in other calls */
	uint64_t size;
	uint64_t hidden;	/* bytes that are hidden now */
	char path[128];		/* at the time of PIN, in that process; a longer one: "...END" */
	char reason[96];
};

/*
 * A piece of the device: of the one that the file's filesystem lies on (FIEMAP's fe_physical), or
 * of the pinned block device or dax device itself.
 */
struct xen_pmem_piece {
	uint64_t offset;
	uint64_t length;	/* not 0 */
};

/* Laid out as struct xen_pmem_extent of command.h: ASSIGN_EXTENTS takes the list as it is. */
struct xen_pmem_span {
	uint64_t spa;
	uint64_t length;
};

struct xen_pmem_pages {
	uint8_t uuid[16];
	uint64_t pieces;	/* address of an array of struct xen_pmem_piece */
	uint32_t nr;		/* of pieces: 1 to XEN_PMEM_PIECES_MAX */
	uint32_t pad;
	uint64_t extents;	/* address of an array of struct xen_pmem_span; 0: not wanted */
	uint32_t room;		/* elements of extents: 1 to 16384; 0 if extents is 0 */
	uint32_t used;		/* OUT */
	uint64_t done;		/* IN, OUT: bytes from the first piece's start that are done */
	char reason[96];
};

struct xen_pmem_copy {
	char namespace[32];	/* the namespace's device name, "namespace0.1" */
	uint64_t offset;	/* from the namespace's start; any */
	uint64_t length;	/* 1 to XEN_PMEM_COPY_MAX; any */
	uint64_t buffer;	/* address; any */
	uint32_t write;		/* 0: from the namespace to the buffer; 1: the other way */
	uint32_t pad;
	char reason[96];
};

struct xen_pmem_bad {
	uint64_t spa;		/* any */
	uint64_t length;	/* 1 to XEN_PMEM_BAD_MAX; any */
	uint32_t added;		/* OUT: 1, dom0 knew of no bad byte in these sectors; otherwise 0 */
	uint32_t pad;
	char reason[96];
};

struct xen_pmem_clear {
	uint64_t spa;
	uint64_t length;	/* up to XEN_PMEM_CLEAR_MAX; not 0 */
	uint64_t bad;		/* OUT: bytes of sectors there that dom0 listed as bad before */
	uint32_t look;		/* 1: only looks, and refuses what could not be cleared */
	uint32_t pad;
	char reason[96];
};

/*
 * Pins what fd is. IN: uuid, fd, domain. OUT: kind, size, path, hidden (0).
 *
 * A regular file: fd must be open for reading and writing (EBADF), and be the file's only open
 * file. The file's contents are written back first (fsync). A file that a process maps is refused.
 * While the file is pinned:
 *
 *   - The kernel refuses to truncate, punch, write, reflink, defragment, unlink or rename it, and
 *     to rename something over it: it is marked as swap files are.
 *   - Nobody can open it (EBUSY), and so neither read nor map it. Its filesystem cannot be
 *     unmounted.
 *   - fd is still good for FIEMAP. It must be closed before the first HIDE.
 *
 * The caller finds out what the file's extents are: the kernel has no function that says it for
 * files of all filesystems. The driver hides what it is told to.
 *
 * A block device: fd may be open in any way, and may stay open. The driver opens the device
 * exclusively, so no mount, no dm table and no other exclusive opener can have it, before or
 * meanwhile. dom0's cache of it is written back and dropped. Others may still open it without
 * O_EXCL, but I/O to hidden pages fails. What they write to dom0's cache of it is dropped before
 * pages are shown again.
 *
 * A dax character device: fd may be open in any way, but must be the device's only open file, and
 * must be closed before the first HIDE. Nobody can open the device while it is pinned (EBUSY).
 *
 *   EBADF       fd is not open, or not open as it must be
 *   EEXIST      this uuid is pinned already
 *   EBUSY       somebody else has it open, mapped, mounted or in use; or it is pinned under another
 *               uuid; or its filesystem is frozen
 *   EOPNOTSUPP  a guest cannot use it directly: without DAX here (a file in the page cache), memory
 *               that is not an NVDIMM's, another kind of file, a realtime file of XFS
 *   EROFS       mounted or set read-only
 *   EIO         bad blocks at the device's start, or the device gives no access
 *   EPERM       the file is immutable or append-only
 *   ENXIO       what is written there does not persist: the region is volatile, or needs a flush
 *               call (virtio-pmem), which a guest cannot make
 *   EINVAL      its size is 0, or not a multiple of 4096 (a partition's start, too)
 *   ENOSPC      there are XEN_PMEM_PINS_MAX pins
 */
#define XEN_PMEM_IOC_PIN	_IOWR(0xb9, 1, struct xen_pmem_pin)

/*
 * Ends the pin. IN: uuid. All descriptors of a file or dax device, but those of OPEN, should be
 * closed by now. While one is open the driver cannot know whether somebody is in its own open()
 * still: it waits for half a second, and cannot be unloaded any more after that.
 *
 *   EBUSY       pages of it are hidden
 */
#define XEN_PMEM_IOC_UNPIN	_IOWR(0xb9, 2, struct xen_pmem_pin)

/*
 * Reports one pin. IN: index, from 0, over all pins. OUT: uuid, domain, kind, size, hidden, path.
 *
 *   ENOENT      there are fewer pins
 */
#define XEN_PMEM_IOC_QUERY	_IOWR(0xb9, 3, struct xen_pmem_pin)

/*
 * Returns a new file descriptor (O_RDONLY, O_CLOEXEC) of the pinned regular file, good only for
 * FIEMAP and fstat(): for a tool that goes on after the first one died. IN: uuid. The descriptor
 * may stay open while pages are hidden, and after UNPIN.
 *
 *   EOPNOTSUPP  not a regular file
 */
#define XEN_PMEM_IOC_OPEN	_IOWR(0xb9, 4, struct xen_pmem_pin)

/*
 * HIDE clears dom0's direct-map entries of the pages in `pieces`, and reports the pages' addresses.
 * IN: uuid, pieces, nr, extents, room, done. OUT: done, used, extents.
 *
 * done counts bytes of the pieces, taken one after the other. A call passes over the first `done`
 * bytes. It stops after XEN_PMEM_HIDE_MAX bytes, or when extents is full; it never stops without
 * progress. The caller repeats it with the new done until done is the sum of all pieces.
 * extents[0..used) are the bytes from the old done to the new one, in the pieces' order, neighbours
 * merged. Pages that are hidden already count as done, so a HIDE may be repeated from the start.
 *
 * After a failure done and used report what was done, which stays so. SHOW of all pieces undoes it.
 *   EBUSY       a program has it open (fd of PIN?) or mapped, or I/O from or to a page is under way
 *   ERANGE      a piece is not within the device
 *   EIO         bad blocks; or the device gives no access; or Xen refused
 *   ENXIO       some of the device (dm) does not persist, as for PIN
 *   EOPNOTSUPP  dom0 maps a page in a way that this driver cannot clear: as part of a large page,
 *               or at an address that is not the page's
 *
 * SHOW sets the entries again. IN: uuid, pieces, nr, extents, room, done. OUT: done, used, extents.
 * done and extents are as for HIDE. Pages that are shown already count as done. If the pin hides
 * nothing, SHOW changes nothing: all pages count as done, and extents reports where they are.
 *   EINVAL      also: more is hidden there than this pin hides, so pages of another pin are among
 *               the pieces. As many pages were shown as this pin had hidden
 *   EBUSY       Xen does not let dom0 map a page, since a guest has it. done reports how far SHOW
 *               got; what is shown stays so
 *   ERANGE, EIO as for HIDE, but bad blocks are shown as other pages are
 *
 * The driver keeps only the number of pages that a pin hides, not a list. If FIEMAP cannot report
 * the file's extents any more (it fails once the filesystem has shut down), SHOW of the one piece
 * {0, the device's length} shows all that the pin hides. That is right only if no other pin is on
 * the same device, or on a device below it: the driver does not know which of two pins hides a
 * page.
 *
 * A pin keeps a dm device open, but not the device's table. If somebody replaces that (dmsetup
 * reload, resume), HIDE and SHOW use the new one. Pages that were hidden through the old table stay
 * hidden, and the guest keeps them. They cannot be shown, and the pin cannot end, until the old
 * table is back.
 */
#define XEN_PMEM_IOC_HIDE	_IOWR(0xb9, 5, struct xen_pmem_pages)
#define XEN_PMEM_IOC_SHOW	_IOWR(0xb9, 6, struct xen_pmem_pages)

/*
 * Reads or writes a claimed namespace (driver.h) of role guest that Xen does not serve. IN: all but
 * reason. When a write returns, the bytes are in the platform's persistence domain.
 *
 *   ENOENT      no claimed namespace has this name
 *   EBUSY       Xen serves it (held)
 *   EPERM       the reserved area, or a namespace of role host
 *   ERANGE      beyond its end
 *   EIO         a media error there
 *   EROFS       a write, and the region is read-only
 */
#define XEN_PMEM_IOC_COPY	_IOWR(0xb9, 7, struct xen_pmem_copy)

/*
 * Tells dom0's kernel of bytes that cannot be read, as firmware does: they are in its lists of bad
 * blocks when the call returns. IN: spa, length. OUT: added. The bytes are in a namespace that is
 * for Xen by its name or by `claim` (driver.h), whoever uses it now.
 *
 *   ENOENT      they are not in one such namespace
 */
#define XEN_PMEM_IOC_BAD	_IOWR(0xb9, 8, struct xen_pmem_bad)

/*
 * Has the platform clear what is bad in pages of a claimed namespace of role guest, whoever uses
 * them: dom0's lists of bad blocks do not have them when the call returns. Without a bad block
 * there it does nothing. IN: spa, length, look. OUT: bad.
 *
 * What the pages read afterwards is the platform's choice. The driver does not touch them, as they
 * may be Xen's; whoever has them writes them next.
 *
 *   ENOENT      they are not in one claimed namespace
 *   EPERM       the reserved area, or a namespace of role host
 *   EROFS       the region is read-only
 *   EOPNOTSUPP  the platform offers no such command, or clears larger blocks than these
 *   EIO         the platform has not cleared all of it; bad tells what it was before
 */
#define XEN_PMEM_IOC_CLEAR	_IOWR(0xb9, 9, struct xen_pmem_clear)

/* The same for 32-bit and 64-bit callers. */
_Static_assert(sizeof(struct xen_pmem_pin) == 272, "size");
_Static_assert(sizeof(struct xen_pmem_piece) == 16, "size");
_Static_assert(sizeof(struct xen_pmem_span) == 16, "size of struct xen_pmem_extent");
_Static_assert(sizeof(struct xen_pmem_pages) == 152, "size");
_Static_assert(sizeof(struct xen_pmem_copy) == 160, "size");
_Static_assert(sizeof(struct xen_pmem_bad) == 120, "size");
_Static_assert(sizeof(struct xen_pmem_clear) == 128, "size");

#endif
