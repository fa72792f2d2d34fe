/* SPDX-License-Identifier: LGPL-2.1-only */
/* Shared by the files of libxenpmem: the handle, and how an error is reported. */
#ifndef XEN_PMEM_LIB_INTERNAL_H
#define XEN_PMEM_LIB_INTERNAL_H

#include <errno.h>
#include <xenctrl.h>
#include <xencall.h>
#include <xenforeignmemory.h>

#include "xen-pmem/xenpmem.h"

struct ndctl_ctx;

/* Saved and restored as a whole where undoing must not hide the first error. */
struct error {
	char line[256];
	enum xenpmem_remedy remedy;
};

struct xenpmem_handle {
	xencall_handle *call;
	char *path;				/* hypercall buffers: XEN_PMEM_COMMAND_PATH, */
	struct xen_pmem_command *command;	/* the command itself, */
	struct xen_pmem_extent *list;		/* and its list; NULL until the first use */
	xc_interface *xc;
	xenforeignmemory_handle *foreign;
	struct ndctl_ctx *ndctl;
	/* xenpmem_driver_check() has accepted its interface */
	bool driver_checked;
	int pins;				/* XEN_PMEM_PIN_DEVICE, or -1 */
	xenpmem_progress *progress;
	void *progress_arg;
	xenpmem_remedy_words *remedy_words;
	struct error error;
};

/*
 * Writes the error line and returns rc, so that a failing function can end in `return fail(...)`.
 */
int fail(xenpmem_handle *h, int rc, const char *format, ...) __attribute__((format(printf, 3, 4)));
int fail_remedy(xenpmem_handle *h, enum xenpmem_remedy remedy, int rc, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Open h->xc or h->foreign unless they are open. -ENODEV. */
int handle_need_xc(xenpmem_handle *h);
int handle_need_foreign(xenpmem_handle *h);

/* Copy bytes of guest memory, through foreign mappings. -EFAULT: not all of them are RAM. */
int guest_read(xenpmem_handle *h, uint32_t domid, uint64_t gpa, void *buf, size_t len);
int guest_write(xenpmem_handle *h, uint32_t domid, uint64_t gpa, const void *buf, size_t len);

/* Sleeps; less than a second. */
void clock_pause_ms(unsigned int ms);

/* Does Xen serve the range of this UUID, in state "host"? */
bool range_is_host(xenpmem_handle *h, const uint8_t uuid[16]);

/* xenpmem_release() with flags: 0 or XEN_PMEM_RELEASE_RUNNING. */
int range_release(xenpmem_handle *h, uint32_t domid, const uint8_t uuid[16], uint32_t flags,
		  uint64_t *taken, uint64_t *pending);

/*
 * Stores *changed in place of *record. Afterwards *record is what is stored: after an error too,
 * unless the record cannot be read either; then it is *changed, which may be stored.
 */
int record_replace(xenpmem_handle *h, const struct xenpmem_namespace *reserved,
		   struct xenpmem_record *record, struct xenpmem_record *changed);

/*
 * Refuses a backing whose namespace has another length now: -ESTALE. An erase covers what Xen
 * serves, and the record notes how far it has come.
 */
int record_fail_length(xenpmem_handle *h, const struct xen_pmem_backing *b, uint64_t length);

/* -EBUSY: a guest, dead or alive, has pages of the range. */
int range_check_unheld(xenpmem_handle *h, const uint8_t uuid[16]);

#define PAGE	4096ull

static inline uint64_t round_up(uint64_t value, uint64_t unit)
{
	return (value + unit - 1) / unit * unit;
}

static inline uint64_t round_down(uint64_t value, uint64_t unit)
{
	return value / unit * unit;
}

#endif
