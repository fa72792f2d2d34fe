// SPDX-License-Identifier: GPL-2.0-only
/* What a device of the nd bus is, and what it is for: by its type, its label, and `claim`. */
#include <linux/module.h>

#include "namespace.h"

static char *claim_names;
module_param_named(claim, claim_names, charp, 0444);
MODULE_PARM_DESC(claim, "namespaces without labels, in fsdax or devdax mode, "
			"to hold back for Xen: namespaceX.Y,...");

/* The type of the nd bus itself has no name. */
static bool device_is_of_type(const struct device *dev, const char *type)
{
	return dev->type && dev->type->name && !strcmp(dev->type->name, type);
}

bool namespace_is_labelled(const struct device *dev)
{
	return device_is_of_type(dev, "nd_namespace_pmem");
}

bool device_is_namespace(const struct device *dev)
{
	return namespace_is_labelled(dev) || device_is_of_type(dev, "nd_namespace_io");
}

bool namespace_is_persistent(struct device *dev)
{
	return device_is_of_type(dev->parent, "nd_pmem") &&
	       is_nvdimm_sync(to_nd_region(dev->parent));
}

static bool name_is_listed(const char *name, const char *list)
{
	const size_t len = strlen(name);
	const char *at = list;

	while ((at = strstr(at, name))) {
		if ((at == list || at[-1] == ',') && (!at[len] || at[len] == ','))
			return true;
		at += len;
	}
	return false;
}

static enum xen_pmem_role label_role(struct device *dev)
{
	const char *label = to_nd_namespace_pmem(dev)->alt_name;

	return label ? xen_pmem_label_role(label) : XEN_PMEM_ROLE_NONE;
}

enum xen_pmem_role namespace_role(struct device *dev)
{
	if (namespace_is_labelled(dev))
		return label_role(dev);
	if (!device_is_namespace(dev) || !claim_names ||
	    !name_is_listed(dev_name(dev), claim_names))
		return XEN_PMEM_ROLE_NONE;
	if (namespace_is_persistent(dev))
		return XEN_PMEM_ROLE_HOST;
	dev_err(dev, "not held back for Xen: its region is volatile, or needs a flush call\n");
	return XEN_PMEM_ROLE_NONE;
}

enum xen_pmem_role namespace_role_in_mode(const struct nd_namespace_common *ndns,
					  enum xen_pmem_role role)
{
	switch (ndns->claim_class) {
	case NVDIMM_CCLASS_NONE:
		return role;
	case NVDIMM_CCLASS_PFN:
	case NVDIMM_CCLASS_DAX:
		return role == XEN_PMEM_ROLE_RESERVED ? XEN_PMEM_ROLE_NONE : XEN_PMEM_ROLE_HOST;
	default:
		return XEN_PMEM_ROLE_NONE;
	}
}
