/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The layouts that `xen-pmem load` has put into the payload: where a build of Xen keeps what the
 * extension reads of struct domain, struct vcpu, struct p2m_domain and struct rangeset.
 */
#ifndef XEN_PMEM_HYPERVISOR_BUILDS_H
#define XEN_PMEM_HYPERVISOR_BUILDS_H

#include "xen.h"
#include "xen-pmem/payload.h"

#pragma GCC visibility push(hidden)
/* The layout in force; chosen by facts_check(). */
extern const struct xen_pmem_layout *build;

/* hypervisor/table/entries.c; an entry without a version is not used. */
extern const struct xen_pmem_layout builds[XEN_PMEM_LAYOUTS_MAX];

/* The payload is for Xen 4.A to 4.B: {A, B}; of such a series it is said of an entry here. */
extern const uint32_t payload_minors[2];
bool build_is_of_series(const struct xen_pmem_layout *b);

/* The running Xen's entry, by its build-id; NULL: it is not in the table. */
const struct xen_pmem_layout *build_by_id(void);
#pragma GCC visibility pop

#define FIELD(object, type, offset)	(*(type *)((char *)(object) + (offset)))

static inline uint16_t domain_id(const struct domain *d)
{
	return FIELD(d, uint16_t, 0);
}

static inline struct domain *domain_next(const struct domain *d)
{
	return FIELD(d, struct domain *, build->next_in_list);
}

static inline uint32_t domain_dying(const struct domain *d)
{
	return __atomic_load_n(&FIELD(d, uint32_t, build->is_dying), __ATOMIC_ACQUIRE);
}

static inline bool domain_is_hvm(const struct domain *d)
{
	return FIELD(d, uint32_t, build->options) & CDF_HVM;
}

static inline bool domain_has_run(const struct domain *d)
{
	return __atomic_load_n(&FIELD(d, uint8_t, build->creation_finished), __ATOMIC_ACQUIRE);
}

static inline struct rangeset *domain_iomem(const struct domain *d)
{
	return FIELD(d, struct rangeset *, build->iomem_caps);
}

static inline struct rangeset *domain_ioports(const struct domain *d)
{
	return FIELD(d, struct rangeset *, build->ioport_caps);
}

static inline struct p2m_domain *domain_p2m(const struct domain *d)
{
	return FIELD(d, struct p2m_domain *, build->p2m);
}

static inline uint32_t domain_vcpus_max(const struct domain *d)
{
	return FIELD(d, uint32_t, build->max_vcpus);
}

static inline struct vcpu **domain_vcpus(const struct domain *d)
{
	return FIELD(d, struct vcpu **, build->vcpus);
}

static inline uint32_t domain_paging(const struct domain *d)
{
	return FIELD(d, uint32_t, build->paging_mode);
}

/* A PV domain on tables that Xen makes of its own: all of these have copies of Xen's slots. */
static inline bool domain_is_shadowed_pv(const struct domain *d)
{
	return !domain_is_hvm(d) && domain_paging(d) & PAGING_SHADOW;
}

static inline struct domain *vcpu_domain(const struct vcpu *v)
{
	return FIELD(v, struct domain *, build->vcpu_domain);
}

static inline struct vcpu *vcpu_next(const struct vcpu *v)
{
	return __atomic_load_n(&FIELD(v, struct vcpu *, build->vcpu_next), __ATOMIC_ACQUIRE);
}

/* The top-level table that Xen runs on while this vCPU is the processor's: its frame. */
static inline uint64_t vcpu_monitor_table(const struct vcpu *v)
{
	return __atomic_load_n(&FIELD(v, uint64_t, build->monitor_table), __ATOMIC_ACQUIRE);
}

/* In the order of their numbers; the first one is never NULL once there is any. */
#define FOR_EACH_VCPU(v, d) \
	for (struct vcpu *v = domain_vcpus(d) ? domain_vcpus(d)[0] : NULL; v; v = vcpu_next(v))

static inline unsigned int p2m_access(const struct p2m_domain *p2m)
{
	return FIELD(p2m, uint32_t, build->p2m_access);
}

static inline void domain_put(struct domain *d)
{
	if (!__atomic_sub_fetch(&FIELD(d, int32_t, build->refcnt), 1, __ATOMIC_ACQ_REL))
		domain_destroy(d);
}

#endif
