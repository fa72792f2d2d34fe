/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the extension relies on in Xen's types, by the names that Xen gives. The sizes, offsets and
 * kinds come from hypervisor/xen.h and xen-pmem/payload.h themselves.
 */
#ifndef XEN_PMEM_TOOL_EXPECTED_H
#define XEN_PMEM_TOOL_EXPECTED_H

#include <stdint.h>

/* Where the build keeps this is its layout. `name` is that of a layouts file. */
struct expected_field {
	const char *name, *type, *path;		/* "iommu_ops", "domain", "iommu.platform_ops" */
	uint32_t size;
};

/* A member whose place is the same in all builds; path "": the whole structure. */
struct expected_member {
	const char *type, *path;
	uint32_t at, size;
};

struct expected_variable {
	const char *name;
	uint32_t size;
};

#define EXPECTED_KINDS	10u

/*
 * Kinds of what it returns and takes: void, bool, int8 to int64, pointer, "..."; up to NULL.
 * Whether a number has a sign does not matter to a call.
 */
struct expected_function {
	const char *name;
	const char *kinds[EXPECTED_KINDS];
};

/* Each ends with a NULL name (type). */
extern const struct expected_field expected_fields[];
extern const struct expected_member expected_members[];
extern const struct expected_variable expected_variables[];
extern const struct expected_function expected_functions[];

#endif
