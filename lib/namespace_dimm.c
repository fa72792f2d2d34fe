// SPDX-License-Identifier: LGPL-2.1-only
/* Reads the health of NVDIMMs and regions by libndctl. */
#include <stdio.h>
#include <string.h>
#include <ndctl/libndctl.h>

#include "namespace_health.h"
#include "internal.h"

/* The platform's flags (NFIT), and the state of its security. */
static unsigned int flags_read(struct ndctl_dimm *dimm)
{
	enum ndctl_security_state security = ndctl_dimm_get_security(dimm);
	unsigned int bits = 0;

	if (security == NDCTL_SECURITY_LOCKED || ndctl_dimm_locked(dimm) > 0)
		bits |= XENPMEM_LOCKED;
	if (security == NDCTL_SECURITY_OVERWRITE)
		bits |= XENPMEM_OVERWRITTEN;
	if (ndctl_dimm_failed_map(dimm) > 0)
		bits |= XENPMEM_MAP_FAILED;
	if (ndctl_dimm_failed_arm(dimm) > 0)
		bits |= XENPMEM_NOT_ARMED;
	if (ndctl_dimm_failed_restore(dimm) > 0)
		bits |= XENPMEM_RESTORE_FAILED;
	if (ndctl_dimm_failed_save(dimm) > 0)
		bits |= XENPMEM_SAVE_FAILED;
	if (ndctl_dimm_failed_flush(dimm) > 0)
		bits |= XENPMEM_FLUSH_FAILED;
	return bits;
}

/* What an NVDIMM reports of itself; QEMU's do not. */
static unsigned int smart_read(struct ndctl_dimm *dimm)
{
	struct ndctl_cmd *smart = ndctl_dimm_cmd_new_smart(dimm);
	unsigned int health = 0;

	if (!smart)
		return 0;
	if (ndctl_cmd_submit(smart) >= 0 && !ndctl_cmd_get_firmware_status(smart) &&
	    ndctl_cmd_smart_get_flags(smart) & ND_SMART_HEALTH_VALID)
		health = ndctl_cmd_smart_get_health(smart);
	ndctl_cmd_unref(smart);
	return (health & ND_SMART_FATAL_HEALTH ? XENPMEM_FATAL : 0) |
	       (health & ND_SMART_CRITICAL_HEALTH ? XENPMEM_CRITICAL : 0);
}

void region_health(struct ndctl_region *region, struct xenpmem_health *health)
{
	struct ndctl_dimm *dimm;

	*health = (struct xenpmem_health){ .bits = 0 };
	if (ndctl_region_get_ro(region) > 0)
		health_add(health, ndctl_region_get_devname(region), XENPMEM_READ_ONLY);
	ndctl_dimm_foreach_in_region(region, dimm)
		health_add(health, ndctl_dimm_get_devname(dimm),
			   flags_read(dimm) | smart_read(dimm));
}

static bool region_has(struct ndctl_region *region, const char *device)
{
	struct ndctl_namespace *ndns;

	ndctl_namespace_foreach(region, ndns)
		if (!strcmp(ndctl_namespace_get_devname(ndns), device))
			return true;
	return false;
}

void namespace_health_add(xenpmem_handle *h, const char *device, struct xenpmem_health *health)
{
	struct xenpmem_health of_region;
	struct ndctl_region *region;
	struct ndctl_bus *bus;

	if (!h->ndctl && ndctl_new(&h->ndctl))
		return;
	ndctl_bus_foreach(h->ndctl, bus)
		ndctl_region_foreach(bus, region) {
			if (!region_has(region, device))
				continue;
			region_health(region, &of_region);
			health_merge(health, &of_region);
		}
}

int xenpmem_query_dimm(xenpmem_handle *h, uint32_t index, struct xenpmem_health *health)
{
	struct ndctl_dimm *dimm;
	struct ndctl_bus *bus;

	if (!h->ndctl)
		return fail(h, -ENOENT, "the namespaces have not been read");
	ndctl_bus_foreach(h->ndctl, bus)
		ndctl_dimm_foreach(bus, dimm) {
			if (index--)
				continue;
			*health = (struct xenpmem_health){ .bits = flags_read(dimm) |
							   smart_read(dimm) };
			snprintf(health->name, sizeof(health->name), "%s",
				 ndctl_dimm_get_devname(dimm));
			return 0;
		}
	return fail(h, -ENOENT, "no such NVDIMM");
}
