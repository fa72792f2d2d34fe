// SPDX-License-Identifier: LGPL-2.1-only
/*
 * Lends dom0 a range that Xen serves: makes a domain that never runs, assigns the range to it as to
 * a guest, and maps that domain's memory. So Xen counts each mapping, no guest can get the range
 * meanwhile, and what a killed caller leaves belongs to a dead guest, from which RELEASE takes it.
 */
#include <emmintrin.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <xenstore.h>

#include "guest.h"

#define LOAN_GPA	(4ull << 30)
#define SIZE_1G		(1ull << 30)
#define LOAN_PORTS	1023		/* event channels: the least for which Xen allocates */

/* The name is for people. The type lets libxl destroy the domain if this process is killed. */
static void loan_name(uint32_t domid, const char *name)
{
	struct xs_handle *xs = xs_open(0);
	char path[64];

	if (!xs)
		return;
	snprintf(path, sizeof(path), "/local/domain/%u/name", domid);
	xs_write(xs, XBT_NULL, path, name, strlen(name));
	snprintf(path, sizeof(path), "/libxl/%u/type", domid);
	xs_write(xs, XBT_NULL, path, "pvh", 3);
	xs_close(xs);
}

static void loan_forget(uint32_t domid)
{
	struct xs_handle *xs = xs_open(0);
	char path[64];

	if (!xs)
		return;
	snprintf(path, sizeof(path), "/local/domain/%u", domid);
	xs_rm(xs, XBT_NULL, path);
	snprintf(path, sizeof(path), "/libxl/%u", domid);
	xs_rm(xs, XBT_NULL, path);
	xs_close(xs);
}

static int domain_make(xenpmem_handle *h, const uint8_t uuid[16], uint32_t *domid)
{
	struct xen_domctl_createdomain config = {
		.flags = XEN_DOMCTL_CDF_hvm | XEN_DOMCTL_CDF_hap, .max_vcpus = 1,
			.max_evtchn_port = LOAN_PORTS,
		.max_grant_frames = -1, .max_maptrack_frames = -1,
		.grant_opts = XEN_DOMCTL_GRANT_version(1),
		.arch.emulation_flags = XEN_X86_EMU_LAPIC,
	};

	memcpy(config.handle, uuid, sizeof(config.handle));
	*domid = 0;	/* any */
	if (xc_domain_create(h->xc, domid, &config))
		return fail(h, -errno, "Xen does not create a domain to lend it to: %s",
			    strerror(errno));
	return 0;
}

static void domain_end(xenpmem_handle *h, uint32_t domid)
{
	while (xc_domain_destroy(h->xc, domid) && errno == EAGAIN)
		;
}

int xenpmem_lend(xenpmem_handle *h, const uint8_t uuid[16], const char *name,
		 const struct xenpmem_range *range, bool write,
		 struct xenpmem_loan *loan)
{
	struct xenpmem_vnvdimm *v = &loan->what;
	int rc, fault;

	rc = handle_need_xc(h);
	if (!rc)
		rc = handle_need_foreign(h);
	if (!rc)
		rc = domain_make(h, uuid, &loan->domid);
	if (rc)
		return rc;
	/*
	 * Xen lets no domain map a page that a guest can only read; so loan->write decides when it
	 * is mapped.
	 */
	loan->write = write;
	*v = (struct xenpmem_vnvdimm){
		.backing = *range, .whole = range->length, .gpa = LOAN_GPA + range->spa % SIZE_1G,
			.node = XENPMEM_NO_NODE,
	};
	loan_name(loan->domid, name);
	rc = guest_pages_assign(h, loan->domid, v, 1, false, &fault);
	if (!rc)
		return 0;
	domain_end(h, loan->domid);
	loan_forget(loan->domid);
	return rc;
}

int xenpmem_loan_end(xenpmem_handle *h, const struct xenpmem_loan *loan)
{
	uint64_t pending = 0;
	int rc;

	rc = range_release(h, loan->domid, loan->what.backing.uuid, 0, NULL, &pending);
	domain_end(h, loan->domid);
	loan_forget(loan->domid);
	if (rc == -ENOENT)
		rc = 0;
	if (!rc && pending)
		rc = fail(h, -EBUSY, "%llu pages of it are still mapped",
			  (unsigned long long)pending);
	return rc;
}

static int loan_check(xenpmem_handle *h, const struct xenpmem_loan *loan, uint64_t offset,
		      size_t len)
{
	if (offset % PAGE || len % PAGE || len > XENPMEM_LOAN_MAX || offset > loan->what.whole ||
	    len > loan->what.whole - offset)
		return fail(h, -EINVAL, "this part is not lent");
	return 0;
}

static void *loan_map(xenpmem_handle *h, const struct xenpmem_loan *loan, uint64_t offset,
		      size_t len)
{
	xen_pfn_t gfns[XENPMEM_LOAN_MAX / PAGE];
	size_t i;

	for (i = 0; i < len / PAGE; i++)
		gfns[i] = (loan->what.gpa + offset) / PAGE + i;
	return xenforeignmemory_map(h->foreign, loan->domid,
				    PROT_READ | (loan->write ? PROT_WRITE : 0), len / PAGE, gfns,
				    NULL);
}

void xenpmem_persist_copy(void *to, const void *from, size_t len)
{
	const __m128i *in = from;
	__m128i *out = to;
	size_t i;

	for (i = 0; i < len / sizeof(*out); i++)
		_mm_stream_si128(&out[i], _mm_loadu_si128(&in[i]));
	_mm_sfence();
}

/* Exactly one of `to` and `from` is not NULL. */
static int loan_copy(xenpmem_handle *h, const struct xenpmem_loan *loan, uint64_t offset, void *to,
		     const void *from, size_t len)
{
	void *at;
	int rc;

	rc = loan_check(h, loan, offset, len);
	if (rc)
		return rc;
	at = loan_map(h, loan, offset, len);
	if (!at)
		return fail(h, -EIO, "cannot map it at byte %llu: %s", (unsigned long long)offset,
			    strerror(errno));
	if (to)
		memcpy(to, at, len);
	else
		xenpmem_persist_copy(at, from, len);
	xenforeignmemory_unmap(h->foreign, at, len / PAGE);
	return 0;
}

int xenpmem_loan_read(xenpmem_handle *h, const struct xenpmem_loan *loan, uint64_t offset,
		      void *buf, size_t len)
{
	return loan_copy(h, loan, offset, buf, NULL, len);
}

int xenpmem_loan_write(xenpmem_handle *h, const struct xenpmem_loan *loan, uint64_t offset,
		       const void *buf, size_t len)
{
	if (!loan->write)
		return fail(h, -EROFS, "it is lent for reading only");
	return loan_copy(h, loan, offset, NULL, buf, len);
}
