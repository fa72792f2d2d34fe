/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/*
 * Pins: what dom0's driver (xen_pmem.ko) does so that a file, a block device or a dax character device can be a guest's memory. Taken by the driver
 * and by libxenpmem, by ioctls on the character device XEN_PMEM_PIN_DEVICE (mode 0600). A pin says that dom0's kernel leaves all blocks where they are and
 * that nobody else uses them; hiding takes dom0's own page table entries of pages away, so that Xen can count that nobody maps them. Its life:
 *
 *   --PIN--> pinned --HIDE--> hidden, the tool has Xen give the pages to a guest ... and take them back --SHOW--> pinned --UNPIN-->
 *
 * Block I/O to hidden pages by whoever else has the disk open fails (EIO), as long as there is a pin.
 *
 * A pin outlives the process that made it, and holds the module. Nothing of it is kept over a reboot.
 *
 * Calls on one pin are exclusive with each other: a call waits until the former is done, or a signal kills its process. PIN, UNPIN, HIDE and SHOW may wait for
 * the filesystem or the device (one that is suspended, for example). That holds up no call on another pin, and QUERY waits for no other call.
 *
 * All numbers are in the machine's byte order; addresses, offsets, sizes and lengths are in bytes, and multiples of 4096 unless it says otherwise. User
 * pointers are widened to 64 bits: 32-bit programs make the same calls. `pad` is zero where it is not named. The structs are copied back if the call fails, too, and `reason` then is a line for
 * people, without a newline ("" if there is nothing to add to errno). Any call may fail with
 *   EINVAL      malformed: a uuid of zeros, padding, not page multiples, wraps
 *   EFAULT      a pointer is wrong
 *   ENOENT      no such pin (all but PIN, COPY)
 *   ENODEV      dom0 is not a PV domain of Xen
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

#define XEN_PMEM_PINS_MAX	256u	/* at a time */
#define XEN_PMEM_PIECES_MAX	4096u	/* of one HIDE or SHOW */
#define XEN_PMEM_HIDE_MAX	(64ull << 20)	/* bytes that one HIDE or SHOW gets done, at most */
#define XEN_PMEM_COPY_MAX	(2ull << 20)

struct xen_pmem_pin {
	uint8_t uuid[16];	/* the pin's key, chosen by the tool; not zeros */
	int32_t fd;
	uint32_t domain;	/* a number that the tool wants back; nothing to the driver */
	uint32_t kind;		/* XEN_PMEM_PIN_* */
	uint32_t index;		/* of QUERY; zero in the other calls */
	uint64_t size;
	uint64_t hidden;	/* bytes that are hidden now */
	char path[128];		/* when it was pinned, as the process that pinned it saw it; "..." and the end of it if it is longer */
	char reason[96];
};

/* A piece of the *device* that the file's filesystem lies on (FIEMAP's fe_physical), or of the block device or dax device itself. */
struct xen_pmem_piece {
	uint64_t offset;
	uint64_t length;
};

/* Laid out as struct xen_pmem_extent of command.h, so that the list can be handed on to ASSIGN_EXTENTS as it is. */
struct xen_pmem_span {
	uint64_t spa;
	uint64_t length;
};

struct xen_pmem_pages {
	uint8_t uuid[16];
	uint64_t pieces;	/* address of an array of struct xen_pmem_piece */
	uint32_t nr;		/* of them, 1 to XEN_PMEM_PIECES_MAX */
	uint32_t pad;
	uint64_t extents;	/* address of an array of struct xen_pmem_span, or 0 if nobody wants to know */
	uint32_t room;		/* its elements; 0 if extents is 0 */
	uint32_t used;		/* OUT */
	uint64_t done;		/* IN: bytes of the pieces, taken one after the other, to pass over. OUT: bytes done from the first piece's start */
	char reason[96];
};

struct xen_pmem_copy {
	char namespace[32];	/* the namespace's device name, "namespace0.1" */
	uint64_t offset;	/* in bytes, from the namespace's start, any */
	uint64_t length;	/* 1 to XEN_PMEM_COPY_MAX, any */
	uint64_t buffer;	/* address */
	uint32_t write;		/* 0: from the namespace to the buffer; 1: the other way */
	uint32_t pad;
	char reason[96];
};

/*
 * Pins what fd is. IN: uuid, fd, domain. OUT: kind, size, path, hidden (0).
 *
 * A regular file must be open for reading and writing (EBADF), and fd must be the only open file of it. While it is pinned:
 *   - it is marked as swap files are: the kernel refuses to truncate, punch, write, reflink, defragment, unlink it, or to rename it or something over it
 *   - it cannot be opened (EBUSY), and so neither read nor mapped; its filesystem cannot be unmounted
 *   - fd can still be used for FIEMAP. It must be closed before the first HIDE.
 * Its contents are written back before (fsync), and user mappings that are left are refused, not removed. What its extents are is the caller's affair: the
 * driver hides what it is told to, as nothing in the kernel can tell the extents of files of all filesystems.
 *
 * A block device is opened exclusively: no mount, no dm table, no exclusive opener can have it, before or meanwhile. dom0's cache of it is written back and dropped.
 * fd may be open in any way, and may be closed afterwards, or not. Others may still open it without O_EXCL, but I/O to hidden pages fails,
 * and what they have written to dom0's cache of it is thrown away before pages are shown again.
 *
 * Of a dax character device fd must be the only open file, as of a regular one, in any way, and closed before the first HIDE; nobody can open it meanwhile (EBUSY).
 *
 *   EEXIST      this uuid is pinned already
 *   EBUSY       somebody else has it open, mapped, mounted or in use; or it is pinned under another
 *               uuid; or its filesystem is frozen
 *   EOPNOTSUPP  nothing that a guest can use directly: no DAX here (a file in the page cache), memory that is no NVDIMM's, another kind of file, a realtime file of XFS
 *   EROFS       mounted or set read-only
 *   EIO         bad blocks at the device's start, or it gives no access
 *   EPERM       the file is immutable or append-only
 *   ENXIO       what is written there does not persist: the region is volatile, or needs a flush call (virtio-pmem), which no guest could make
 *   EINVAL      size 0, or not a multiple of 4096 (a partition's start, too)
 *   ENOSPC      XEN_PMEM_PINS_MAX
 */
#define XEN_PMEM_IOC_PIN	_IOWR(0xb9, 1, struct xen_pmem_pin)

/*
 * IN: uuid. Ends the pin. EBUSY: pages of it are hidden. Every other descriptor of a file or dax device but those of OPEN should be closed by now: while others have it
 * open, the driver cannot tell that nobody is in its own open() yet, waits for half a second, and then cannot be unloaded any more.
 */
#define XEN_PMEM_IOC_UNPIN	_IOWR(0xb9, 2, struct xen_pmem_pin)

/* IN: index, from 0, over all pins. OUT: uuid, domain, kind, size, hidden, path. ENOENT: there are not so many. */
#define XEN_PMEM_IOC_QUERY	_IOWR(0xb9, 3, struct xen_pmem_pin)

/*
 * IN: uuid. Returns a new file descriptor (O_RDONLY, O_CLOEXEC) of the pinned regular file, good for FIEMAP and fstat() alone: for those who come after the first
 * tool died. It may stay open while pages are hidden, and after UNPIN. EOPNOTSUPP: not a regular file.
 */
#define XEN_PMEM_IOC_OPEN	_IOWR(0xb9, 4, struct xen_pmem_pin)

/*
 * HIDE: takes dom0's direct-map entries of the pages in `pieces` away and says their addresses. IN: uuid, pieces, nr, extents, room, done. OUT: done, used, and
 * extents[0..used): those of the bytes from the old done to the new one, in the pieces' order, neighbours merged. It stops after XEN_PMEM_HIDE_MAX bytes, or when
 * there is no room: call again with what it said until done is all. What is hidden already counts as done, so that a HIDE can be repeated from the start; it never
 * stops without having got on.
 * On failure, too, done and used say what it got done, which stays: SHOW of all pieces is the way back.
 *   EBUSY       somebody has it open or mapped (fd of PIN is still open?), or I/O from or to a page is under way
 *   ERANGE      a piece is not within the device
 *   EIO         bad blocks, or the device gives no access; or Xen refused
 *   ENXIO       some of the device (dm) does not persist, as for PIN
 *   EOPNOTSUPP  dom0 maps a page in another way than this driver can take away (a large page, an address that is not the page's)
 *
 * SHOW: puts them back. IN: uuid, pieces, nr, done. OUT: done. extents and room as for HIDE. What is shown already counts as done. A pin that hides nothing
 * changes nothing: all counts as done, and extents say where the pages are.
 *   EINVAL      as above; or more is hidden there than what this pin hides: pages of another pin's are among the pieces. As many were shown as this pin had hidden
 *   EBUSY       Xen does not let dom0 map a page, since a guest has it; done says how far it got, and what it got done stays
 *   ERANGE, EIO as above, but bad blocks are shown as others are: a media error keeps nothing from going back
 *
 * The driver keeps no list of what a pin hides, but the number of pages. Where the file's extents cannot be told any more (FIEMAP fails once the filesystem has shut
 * down), SHOW of the one piece {0, the device's length} shows all that the pin hides, and may be done if no other pin lies on the same device, or on what that lies on:
 * which of two pins a page is hidden by nobody knows.
 *
 * A pin keeps a dm device open, but not its table: if somebody swaps that (dmsetup reload, resume), HIDE and SHOW go by the new one. What was hidden by the old one stays
 * so, and the guest keeps it, but it cannot be shown, nor the pin ended, until the old table is back.
 */
#define XEN_PMEM_IOC_HIDE	_IOWR(0xb9, 5, struct xen_pmem_pages)
#define XEN_PMEM_IOC_SHOW	_IOWR(0xb9, 6, struct xen_pmem_pages)

/*
 * Reads or writes a claimed namespace (driver.h) of role guest that Xen does not have. IN: all but reason. When a write returns, the bytes are in the platform's
 * persistence domain.
 *   ENOENT      no claimed namespace of this name
 *   EBUSY       held: Xen has it
 *   EPERM       the reserved area, or one of role host
 *   ERANGE      beyond its end
 *   EIO         a known media error there
 *   EROFS       a write, and the region is read-only
 */
#define XEN_PMEM_IOC_COPY	_IOWR(0xb9, 7, struct xen_pmem_copy)

_Static_assert(sizeof(struct xen_pmem_pin) == 272, "the same for all callers");
_Static_assert(sizeof(struct xen_pmem_piece) == 16, "the same for all callers");
_Static_assert(sizeof(struct xen_pmem_span) == 16, "as struct xen_pmem_extent");
_Static_assert(sizeof(struct xen_pmem_pages) == 152, "the same for all callers");
_Static_assert(sizeof(struct xen_pmem_copy) == 160, "the same for all callers");

#endif
