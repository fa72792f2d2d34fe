// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of tested Xen builds, and which of them is running. Of 4.17, offsets are what each
 * Debian package's disassembly shows; of 4.20, what the debugging information says that Debian's
 * xen-4.20-amd64.efi of the same package has.
 */
#include "builds.h"

const struct build *build;

const struct build builds[] = {
	{
		.version = "4.17.7+13-g2445b30a44-0+deb12u1",
		.id = { 0x15, 0x1b, 0x37, 0x3f, 0xd6, 0x4b, 0x32, 0x15, 0x93, 0xbf,
			0x98, 0x7f, 0xd9, 0x23, 0xcd, 0x10, 0xda, 0xba, 0xda, 0xc4 },
		.next_in_list = 0x88, .options = 0x13c, .is_dying = 0x140,
		.creation_finished = 0x1d4, .iommu_ops = 0x1b0, .iommu_need_sync = 0x1c9,
		.iomem_caps = 0x1f8, .refcnt = 0x220, .ioport_caps = 0x290, .p2m = 0x4b8,
		.max_vcpus = 0x4, .vcpus = 0x8, .paging_mode = 0x440,
		.vcpu_domain = 0x10, .vcpu_next = 0x18, .monitor_table = 0x580,
		.p2m_domain = 0x30, .p2m_access = 0x3c, .rangeset_domain = 0x10,
	},
	{
		.version = "4.17.5+72-g01140da4e8-1",
		.id = { 0x39, 0xa6, 0x40, 0xe6, 0xf1, 0x41, 0x23, 0x19, 0x23, 0x50,
			0x87, 0x39, 0x1d, 0xf9, 0xf1, 0xc5, 0xe1, 0x3a, 0xe9, 0x20 },
		.next_in_list = 0x88, .options = 0x13c, .is_dying = 0x140,
		.creation_finished = 0x1d4, .iommu_ops = 0x1b0, .iommu_need_sync = 0x1c9,
		.iomem_caps = 0x1e8, .refcnt = 0x210, .ioport_caps = 0x290, .p2m = 0x528,
		.max_vcpus = 0x4, .vcpus = 0x8, .paging_mode = 0x430,
		.vcpu_domain = 0x10, .vcpu_next = 0x18, .monitor_table = 0x580,
		.p2m_domain = 0x30, .p2m_access = 0x3c, .rangeset_domain = 0x10,
	},
	{
		.version = "4.20.4+63-g7abfd2bce2-0+deb13u1",
		.id = { 0x57, 0x6c, 0x07, 0x36, 0xb3, 0xe3, 0x83, 0x88, 0xc5, 0xaf,
			0xe9, 0xaa, 0xcc, 0xc4, 0x3a, 0x18, 0xd5, 0x14, 0xe8, 0x8e },
		.next_in_list = 0x90, .options = 0x12c, .is_dying = 0x130,
		.creation_finished = 0x1cc, .iommu_ops = 0x1a8, .iommu_need_sync = 0x1c1,
		.iomem_caps = 0x1e8, .refcnt = 0x20c, .ioport_caps = 0x290, .p2m = 0x490,
		.max_vcpus = 0x4, .vcpus = 0x10, .paging_mode = 0x408,
		.vcpu_domain = 0x18, .vcpu_next = 0x20, .monitor_table = 0x588,
		.p2m_domain = 0x28, .p2m_access = 0x34, .rangeset_domain = 0x10,
	},
};

const unsigned int builds_count = sizeof(builds) / sizeof(builds[0]);

bool build_is_of_series(const struct build *b)
{
	return (b->version[2] - '0') * 10u + b->version[3] - '0' == payload_minor;
}

const struct build *build_by_id(void)
{
	const void *id;
	unsigned int len, i;

	if (xen_build_id(&id, &len) || len != sizeof(builds[0].id))
		return NULL;
	for (i = 0; i < builds_count; i++)
		if (!memcmp(builds[i].id, id, len))
			return &builds[i];
	return NULL;
}
