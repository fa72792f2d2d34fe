// SPDX-License-Identifier: LGPL-2.1-only
/* Memory and registers of a guest that is built but has not run. */
#include "guest.h"

#include <string.h>
#include <sys/mman.h>
#include <xen/hvm/save.h>

/* Within one page. */
static int page_copy(xenpmem_handle *h, uint32_t domid, uint64_t gpa, void *buf, size_t len,
		     bool write)
{
	xen_pfn_t gfn = gpa / PAGE;
	uint8_t *page;

	page = xenforeignmemory_map(h->foreign, domid, write ? PROT_READ | PROT_WRITE : PROT_READ,
				    1, &gfn, NULL);
	if (!page)
		return fail(h, -EFAULT, "the guest's page at %#llx cannot be mapped: %s",
			    (unsigned long long)gpa, strerror(errno));
	if (write)
		memcpy(page + gpa % PAGE, buf, len);
	else
		memcpy(buf, page + gpa % PAGE, len);
	xenforeignmemory_unmap(h->foreign, page, 1);
	return 0;
}

static int guest_copy(xenpmem_handle *h, uint32_t domid, uint64_t gpa, void *buf, size_t len,
		      bool write)
{
	size_t step;
	int rc;

	rc = handle_need_foreign(h);
	if (!rc && gpa + len < gpa)
		rc = fail(h, -EFAULT, "the guest's address %#llx is out of range",
			  (unsigned long long)gpa);
	for (; !rc && len; gpa += step, buf = (uint8_t *)buf + step, len -= step) {
		step = PAGE - gpa % PAGE;
		if (step > len)
			step = len;
		rc = page_copy(h, domid, gpa, buf, step, write);
	}
	return rc;
}

int guest_read(xenpmem_handle *h, uint32_t domid, uint64_t gpa, void *buf, size_t len)
{
	return guest_copy(h, domid, gpa, buf, len, false);
}

int guest_write(xenpmem_handle *h, uint32_t domid, uint64_t gpa, const void *buf, size_t len)
{
	return guest_copy(h, domid, gpa, (void *)buf, len, true);
}

static bool domain_is_pvh(const xc_domaininfo_t *info)
{
	return info->flags & XEN_DOMINF_hvm_guest &&
	       info->arch_config.emulation_flags == XEN_X86_EMU_LAPIC;
}

bool guest_is_hvm(const xc_domaininfo_t *info)
{
	return info->flags & XEN_DOMINF_hvm_guest &&
	       info->arch_config.emulation_flags & XEN_X86_EMU_IOAPIC;
}

int guest_look(xenpmem_handle *h, uint32_t domid, xc_domaininfo_t *info)
{
	int rc;

	rc = handle_need_xc(h);
	if (rc)
		return rc;
	if (xc_domain_getinfolist(h->xc, domid, 1, info) != 1 || info->domain != domid)
		return fail(h, -ESRCH, "no domain %u", domid);
	return domid ? 0 : fail(h, -EPERM, "dom0 gets no vNVDIMM");
}

int guest_find(xenpmem_handle *h, uint32_t domid, xc_domaininfo_t *info)
{
	int rc;

	rc = guest_look(h, domid, info);
	if (rc)
		return rc;
	if (!domain_is_pvh(info) && !guest_is_hvm(info))
		return fail(h, -EPERM, "domain %u is neither PVH nor HVM", domid);
	if (info->flags & (XEN_DOMINF_dying | XEN_DOMINF_shutdown))
		return fail(h, -EPERM, "domain %u is %s", domid,
			    info->flags & XEN_DOMINF_dying ? "dying" : "shut down");
	if (!(info->flags & XEN_DOMINF_paused) || info->cpu_time)
		return fail(h, -EPERM,
			    "domain %u has run: a vNVDIMM can be attached only before a guest's "
			    "start (xl create -p)", domid);
	return 0;
}

int guest_start_info(xenpmem_handle *h, uint32_t domid, uint64_t *gpa, struct hvm_start_info *start)
{
	struct hvm_hw_cpu cpu;
	int rc;

	if (xc_domain_hvm_getcontext_partial(h->xc, domid, HVM_SAVE_CODE(CPU), 0, &cpu,
					     sizeof(cpu)))
		return fail(h, -EIO, "domain %u does not show its registers: %s", domid,
			    strerror(errno));
	*gpa = cpu.rbx;
	rc = guest_read(h, domid, *gpa, start, sizeof(*start));
	if (rc)
		return rc;
	if (start->magic != XEN_HVM_START_MAGIC_VALUE || start->version < 1 ||
	    !start->memmap_entries)
		return fail(h, -EPERM, "domain %u has no start info with a memory map", domid);
	return 0;
}

int guest_add_pages(xenpmem_handle *h, uint32_t domid, uint64_t gpa, unsigned int nr)
{
	xen_pfn_t gfns[GUEST_PAGES_MAX];
	xc_domaininfo_t info;
	unsigned int i;

	if (nr > GUEST_PAGES_MAX)
		return fail(h, -E2BIG, "too many pages for ACPI tables");
	for (i = 0; i < nr; i++)
		gfns[i] = gpa / PAGE + i;
	if (xc_domain_getinfolist(h->xc, domid, 1, &info) != 1 || info.domain != domid)
		return fail(h, -ESRCH, "no domain %u", domid);
	if (xc_domain_setmaxmem(h->xc, domid, (info.max_pages + nr) * (PAGE / 1024)) ||
	    xc_domain_populate_physmap_exact(h->xc, domid, nr, 0, 0, gfns))
		return fail(h, -ENOMEM, "no memory for the guest's ACPI tables: %s",
			    strerror(errno));
	return 0;
}
