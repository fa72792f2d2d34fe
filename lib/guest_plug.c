// SPDX-License-Identifier: LGPL-2.1-only
/*
 * Adds vNVDIMMs to an HVM guest that runs: reads dom0's note of it, chooses addresses in the window
 * for more, assigns the pages, updates the note, writes the new list into the guest's FIT pages,
 * and raises the interrupt of its event device. An error before the interrupt undoes all.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "guest.h"
#include "guest_note.h"

#include <xendevicemodel.h>	/* wants what xenctrl.h defines */

struct plugging {
	uint32_t domid;
	xc_domaininfo_t info;
	struct note before, after;
	struct plan plan;		/* of the new vNVDIMMs */
	struct memmap_entry taken[VNVDIMMS_MAX];
	xendevicemodel_handle *dm;
};

/* A guest without a note has no event device, or no addresses for more. */
static int guest_find_running(xenpmem_handle *h, struct plugging *p)
{
	int rc;

	rc = guest_look(h, p->domid, &p->info);
	if (rc)
		return rc;
	if (p->info.flags & (XEN_DOMINF_dying | XEN_DOMINF_shutdown))
		return fail(h, -EPERM, "domain %u is %s", p->domid,
			    p->info.flags & XEN_DOMINF_dying ? "dying" : "shut down");
	if (!guest_is_hvm(&p->info))
		return fail(h, -EPERM,
			    "domain %u has run: only an HVM guest can get a vNVDIMM then; others "
			    "before their start (xl create -p)",
			    p->domid);
	rc = note_read(h, p->domid, &p->before);
	if (rc == -ENOENT || (!rc && !p->before.window_length))
		rc = fail(h, -EPERM,
			  "domain %u has run, and was started without a vNVDIMM, or xl alone has "
			  "reset it since (kexec): it can get no vNVDIMM now", p->domid);
	return rc;
}

/* After an error all of a range is released, so the guest may have no page of it before. */
static int range_is_new(xenpmem_handle *h, uint32_t domid, const uint8_t uuid[16])
{
	struct xenpmem_holding holding;
	unsigned int i;

	for (i = 0; i < XEN_PMEM_HOLDINGS && !xenpmem_query_holding(h, i, &holding); i++)
		if (holding.domid == domid && !memcmp(holding.uuid, uuid, sizeof(holding.uuid)))
			return fail(h, -EBUSY, "the guest has pages of it already");
	return 0;
}

/* The guest knows one persistence domain for all of its vNVDIMMs. */
static bool is_weaker(const struct nfit_capabilities *told, enum xenpmem_persistence persistence)
{
	return (told->bits & NFIT_CAP_MEMORY_FLUSH &&
		persistence < XENPMEM_PERSISTENCE_MEMORY_CONTROLLER) ||
	       (told->bits & NFIT_CAP_CACHE_FLUSH && persistence < XENPMEM_PERSISTENCE_CPU_CACHE);
}

static int vnvdimm_check(xenpmem_handle *h, const struct plugging *p,
			 const struct xenpmem_vnvdimm *v)
{
	uint8_t uuid[16];

	if (v->ram)
		return fail(h, -EINVAL, "a guest that runs cannot be given RAM on an NVDIMM");
	if (v->labels.length)
		return fail(h, -EINVAL, "a guest that runs cannot be given labels");
	if (is_weaker(&p->before.caps, v->persistence))
		return fail(h, -EINVAL,
			    "its persistence domain (%s) is weaker than what the guest was told "
			    "at its start",
			    xenpmem_persistence_text(v->persistence));
	if (v->path.kind == XENPMEM_PATH_NONE)
		return range_is_new(h, p->domid, v->backing.uuid);
	if (guest_find_host(h, p->domid, uuid))
		return fail(h, -EBUSY,
			    "the guest has a file or device already; name all of them when it is "
			    "started, or at once");
	return 0;
}

static int vnvdimms_check(xenpmem_handle *h, const struct plugging *p,
			  const struct xenpmem_vnvdimm *v, unsigned int nr, int *fault)
{
	unsigned int i;
	int rc;

	if (p->before.nr + nr > XENPMEM_VNVDIMMS_MAX)
		return fail(h, -ENOSPC, "the guest has %u vNVDIMMs and can have %u", p->before.nr,
			    XENPMEM_VNVDIMMS_MAX);
	for (i = 0; i < nr; i++) {
		rc = vnvdimm_check(h, p, &v[i]);
		if (rc) {
			*fault = i;
			return rc;
		}
	}
	return guest_nodes_check(h, p->domid, v, nr, fault);
}

/* The map for the choice of addresses: the guest's vNVDIMMs in the window. */
static int addresses_plan(xenpmem_handle *h, struct plugging *p, struct xenpmem_vnvdimm *v,
			  unsigned int nr, int *fault)
{
	const uint64_t end = p->before.window_gpa + p->before.window_length;
	struct place_guest guest = { .map = p->taken, .ram_top = p->before.window_gpa,
				     .address_bits = p->info.gpaddr_bits };
	unsigned int i;
	int rc;

	for (i = 0; i < p->before.nr; i++)
		if (p->before.v[i].gpa >= p->before.window_gpa)
			p->taken[guest.nr_map++] = (struct memmap_entry){ p->before.v[i].gpa,
									  p->before.v[i].length,
									  MEMMAP_PMEM, 0 };
	rc = plan_make(h, &guest, v, nr, &p->plan, fault);
	for (i = 0; i < nr && !rc; i++)
		if (v[i].backing.length > end || v[i].gpa > end - v[i].backing.length) {
			*fault = i;
			rc = fail(h, -EINVAL,
				  "the guest's addresses for more vNVDIMMs end at %#llx",
				  (unsigned long long)end);
		}
	return rc;
}

static int plugging_plan(xenpmem_handle *h, struct plugging *p, struct xenpmem_vnvdimm *v,
			 unsigned int nr, int *fault)
{
	int rc;

	rc = guest_find_running(h, p);
	if (!rc)
		rc = vnvdimms_check(h, p, v, nr, fault);
	if (!rc)
		rc = addresses_plan(h, p, v, nr, fault);
	if (rc)
		return rc;
	p->after = p->before;
	memcpy(p->after.v + p->after.nr, p->plan.tables, nr * sizeof(p->after.v[0]));
	p->after.nr += nr;
	return 0;
}

/*
 * The guest's own word selects the copy in use. If the guest changed it, only the guest reads
 * nonsense.
 */
static int fit_change(xenpmem_handle *h, uint32_t domid, const struct note *note)
{
	const xen_pfn_t gfns[FIT_PAGES] = { HVM_FIT_GPA / PAGE, HVM_FIT_GPA / PAGE + 1 };
	uint32_t word, *first;
	uint8_t *pages;
	int rc;

	rc = handle_need_foreign(h);
	if (rc)
		return rc;
	pages = xenforeignmemory_map(h->foreign, domid, PROT_READ | PROT_WRITE, FIT_PAGES, gfns,
				     NULL);
	if (!pages)
		return fail(h, -EFAULT, "the guest's page at %#llx cannot be mapped: %s",
			    HVM_FIT_GPA, strerror(errno));
	first = (uint32_t *)pages;
	word = fit_copy_put(pages, fit_copy_free(__atomic_load_n(first, __ATOMIC_RELAXED)), note->v,
			    note->nr, &note->caps);
	if (word)
		__atomic_store_n(first, word, __ATOMIC_RELEASE);
	xenforeignmemory_unmap(h->foreign, pages, FIT_PAGES);
	return word ? 0 : fail(h, -EIO, "the vNVDIMMs do not fit into an NFIT");
}

/* The guest has its scrub page until it gives the page up. */
static int scrub_add(xenpmem_handle *h, const struct plugging *p)
{
	bool changed;

	return p->plan.nr_bad && p->before.scrub_gpa ?
		       guest_scrub_add(h, p->domid, p->before.scrub_gpa, p->plan.bad,
				       p->plan.nr_bad, &changed) :
		       0;
}

/* If this fails, the guest reads the new list at its next event. */
static int line_pulse(xenpmem_handle *h, const struct plugging *p)
{
	if (xendevicemodel_set_isa_irq_level(p->dm, p->domid, SSDT_PLUG_INTERRUPT, 1) ||
	    xendevicemodel_set_isa_irq_level(p->dm, p->domid, SSDT_PLUG_INTERRUPT, 0))
		return fail(h, -EIO, "domain %u has it, but was not notified: %s", p->domid,
			    strerror(errno));
	return 0;
}

/* Before the guest knows. */
static void plugging_undo(xenpmem_handle *h, const struct plugging *p,
			  const struct xenpmem_vnvdimm *v, unsigned int nr)
{
	struct error error = h->error;

	guest_pages_release(h, p->domid, v, nr, true);
	note_write(h, p->domid, &p->before);
	h->error = error;
}

static int plugging_apply(xenpmem_handle *h, struct plugging *p, const struct xenpmem_vnvdimm *v,
			  unsigned int nr, int *fault)
{
	int rc;

	p->dm = xendevicemodel_open(NULL, 0);
	if (!p->dm)
		return fail(h, -ENODEV, "cannot raise a guest's interrupt: %s", strerror(errno));
	rc = guest_pages_assign(h, p->domid, v, nr, true, fault);
	if (!rc) {
		rc = note_write(h, p->domid, &p->after);
		if (!rc)
			rc = scrub_add(h, p);
		if (!rc)
			rc = fit_change(h, p->domid, &p->after);
		if (rc)
			plugging_undo(h, p, v, nr);
		else
			rc = line_pulse(h, p);
	}
	xendevicemodel_close(p->dm);
	return rc;
}

static int plugging_run(xenpmem_handle *h, uint32_t domid, struct xenpmem_vnvdimm *vnvdimms,
			unsigned int nr, int *fault, bool plan_only)
{
	struct plugging *p;
	int ignored, rc;

	fault = fault ? fault : &ignored;
	*fault = -1;
	if (!nr || nr > XENPMEM_VNVDIMMS_MAX)
		return fail(h, -EINVAL, "a guest has 1 to %u vNVDIMMs", XENPMEM_VNVDIMMS_MAX);
	p = calloc(1, sizeof(*p));
	if (!p)
		return fail(h, -ENOMEM, "no memory for planning");
	p->domid = domid;
	rc = plugging_plan(h, p, vnvdimms, nr, fault);
	if (!rc && !plan_only)
		rc = plugging_apply(h, p, vnvdimms, nr, fault);
	free(p);
	return rc;
}

int xenpmem_plug_check(xenpmem_handle *h, uint32_t domid, struct xenpmem_vnvdimm *vnvdimms,
		       unsigned int nr, int *fault)
{
	return plugging_run(h, domid, vnvdimms, nr, fault, true);
}

int xenpmem_plug(xenpmem_handle *h, uint32_t domid, struct xenpmem_vnvdimm *vnvdimms,
		 unsigned int nr, int *fault)
{
	return plugging_run(h, domid, vnvdimms, nr, fault, false);
}
