// SPDX-License-Identifier: GPL-2.0-only
/* xen-pmem check: looks at everything that xen-pmem needs, one line each. */
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/utsname.h>
#include <xencall.h>
#include <xenctrl.h>
#include <xen/hypfs.h>

#include "guest/autostart.h"
#include "xen/domain.h"
#include "host/available.h"
#include "host/far.h"
#include "paths.h"
#include "verbs/check_next.h"
#include "verbs/verb.h"

enum { CHECK_NEXT, CHECK_ROOT };

struct check {
	struct inventory inv;
	const char *unknown;		/* why what can be served is not known, or NULL */
	struct available available;	/* otherwise */
	xc_interface *xc;
	bool failed;
};

static void row(const char *word, bool ok, const char *what, const char *text)
{
	json_object *one = json_item("checks");

	say("%-4s %-14s %s\n", word, what, text);
	json_name(one, "check", what);
	json_flag(one, "ok", ok);
	json_name(one, "text", text);
}

static void result(struct check *c, bool ok, const char *what, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

static void result(struct check *c, bool ok, const char *what, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	c->failed |= !ok;
	row(ok ? "OK" : "FAIL", ok, what, text);
}

/* `why` this is not dom0, or NULL. */
static void kernel_check(struct check *c, const char *why)
{
	struct utsname name;

	uname(&name);
	result(c, !why, "kernel", "Linux %s%s%s", name.release, why ? "; " : "", why ? why : "");
}

/* inventory_open() has refused a driver that is missing or has another interface. */
static void driver_check(struct check *c)
{
	result(c, true, "driver", "loaded, interface version %u", XEN_PMEM_INTERFACE);
}

static void build_check(struct check *c)
{
	static const char *const words[] = {
		[XENPMEM_LAYOUT_NONE] = "is not in the tested list; xen-pmem load --accept-build "
					"tries it",
		[XENPMEM_LAYOUT_TESTED] = "is in the tested list",
		[XENPMEM_LAYOUT_MADE] = "is not in the tested list; its layout is in "
					XENPMEM_LAYOUTS_MADE,
	};
	struct xenpmem_xen xen;
	bool known;
	int layout;

	if (xenpmem_xen_read(c->inv.pmem, &xen)) {
		result(c, false, "Xen", "%s", xenpmem_error(c->inv.pmem));
		return;
	}
	known = xen.major == 4 && xen.minor >= XEN_MINOR_FIRST && xen.minor <= XEN_MINOR_LAST;
	result(c, known, "Xen", "%s%s", xen.version,
	       known ? "" : ", but only " XEN_MINORS_TEXT " are supported");
	layout = xenpmem_layout_find(c->inv.pmem, "", xen.build_text);
	if (layout < 0)
		result(c, false, "Xen build", "%s", xenpmem_error(c->inv.pmem));
	else
		result(c, layout != XENPMEM_LAYOUT_NONE, "Xen build", "%s %s", xen.build_text,
		       words[layout]);
}

static void interfaces_check(struct check *c)
{
	uint32_t names, metadata;
	unsigned int nr;
	xencall_handle *call = xencall_open(NULL, 0);
	long version = -1;
	bool patches;

	if (call)
		version = xencall5(call, __HYPERVISOR_hypfs_op, XEN_HYPFS_OP_get_version, 0, 0, 0,
				   0);
	patches = !xc_livepatch_list_get_sizes(c->xc, &nr, &names, &metadata);

	result(c, patches, "live patching", "%s", patches ? "there" : strerror(errno));
	result(c, version > 0, "hypfs", version > 0 ? "version %ld" : "not there (%ld)", version);
	if (call)
		xencall_close(call);
}

static void extension_check(struct check *c)
{
	const unsigned int nr = inventory_nr_enabled(&c->inv);

	if (c->inv.no_extension[0])
		result(c, false, "extension", "%s", c->inv.no_extension);
	else
		result(c, true, "extension", "ABI %u, %u namespace%s enabled", c->inv.info.abi,
		       nr, nr == 1 ? "" : "s");
}

static void xen_check(struct check *c)
{
	c->xc = xc_interface_open(NULL, NULL, 0);
	if (!c->xc) {
		result(c, false, "Xen", "no connection: run this as root in dom0");
		return;
	}
	build_check(c);
	interfaces_check(c);
	extension_check(c);
	xc_interface_close(c->xc);
}

static void reserved_check(struct check *c)
{
	const struct xenpmem_namespace *ns = c->inv.reserved;
	const struct xenpmem_record *record = &c->inv.record;
	struct xenpmem_range area;
	struct size_buf has, needs, serves, wanted;
	uint64_t length = 0, need = 0;
	uint32_t i, nr = 0;

	if (c->inv.no_record[0]) {
		result(c, false, "reserved area", "%s", c->inv.no_record);
		return;
	}
	if (xenpmem_record_check(c->inv.pmem, ns) ||
	    xenpmem_labels_check(c->inv.pmem, ns, record))
		result(c, false, "reserved area", "%s: %s", namespace_name(ns),
		       xenpmem_error(c->inv.pmem));
	else
		result(c, true, "reserved area", "%s%s", namespace_name(ns),
		       ns->nr_bad ? " has bad blocks, where Xen puts no tables" : "");
	for (i = 0; i < record->data.nr_backings; i++) {
		if (record->data.backings[i].flags & XEN_PMEM_BACKING_KEPT)
			continue;
		nr++;
		length += record->data.backings[i].length;
		need += xenpmem_metadata_size(record->data.backings[i].length);
	}
	result(c, true, "record", "generation %llu, %u namespace%s%s%s",
	       (unsigned long long)record->data.generation, nr, nr == 1 ? "" : "s",
	       record->warning ? "; " : "", record->warning ? record->warning : "");
	if (xenpmem_record_area(c->inv.pmem, ns, record, &area))
		result(c, false, "size", "%s", xenpmem_error(c->inv.pmem));
	else
		result(c, need <= area.length, "size",
		       "%s for Xen's tables; the %s that it serves need up to %s%s%s",
		       size_text(area.length, &has), size_text(length, &serves),
		       size_text(need, &needs),
		       need <= area.length ? "" : "; a reserved area for them has ",
		       need <= area.length ? ""
					   : size_text(xenpmem_reserved_size(length, nr), &wanted));
}

static void region_check(struct check *c, const struct xenpmem_region *region)
{
	struct size_buf size, can;
	const char *lacks;
	uint64_t bytes;

	if (c->unknown) {
		result(c, false, region->device, "%s; %s", size_text(region->length, &size),
		       c->unknown);
		return;
	}
	bytes = servable_bytes(&c->available.host, region->spa, region->length);
	lacks = available_lacks_line(&c->available, region->spa, region->length, LINE);
	if (bytes == region->length)
		result(c, true, region->device, "all of %s can be served",
		       size_text(region->length, &size));
	else if (!bytes)
		result(c, false, region->device, "%s cannot be served; %s",
		       size_text(region->length, &size), lacks);
	else
		result(c, true, region->device, "of %s %s can be served; %s",
		       size_text(region->length, &size), size_text(bytes, &can), lacks);
}

static void regions_check(struct check *c)
{
	struct xenpmem_region regions[REGIONS_MAX];
	const size_t nr = regions_read(&c->inv, regions);
	size_t i;

	for (i = 0; i < nr; i++)
		region_check(c, &regions[i]);
}

/* Why Xen would not take it, for its addresses; "": it would, or has it. */
static const char *namespace_lacks_line(struct check *c, const struct xenpmem_namespace *ns,
					struct line *line)
{
	if (inventory_range(&c->inv, ns->range.uuid) || inventory_is_reserved(&c->inv, ns) ||
	    c->unknown)
		return "";
	return available_lacks_line(&c->available, ns->range.spa, ns->range.length, line);
}

static void namespace_check(struct check *c, const struct xenpmem_namespace *ns)
{
	const char *why = namespace_why_unbound(ns), *lacks = namespace_lacks_line(c, ns, LINE);
	struct size_buf size;

	if (inventory_is_shared(&c->inv, ns) && !health_why_unfit(&ns->health, false))
		result(c, true, ns->device, "%s: %s, enabled, dom0's /dev/%s", ns->label,
		       size_text(ns->range.length, &size), ns->block);
	else if (why)
		result(c, false, ns->device, "%s%s%s", ns->label, ": ", why);
	else if (health_why_unfit(&ns->health, false))
		result(c, false, ns->device, "%s: %s", ns->label,
		       health_why_unfit(&ns->health, false));
	else if (ns->nr_bad && !inventory_is_pool(&c->inv, ns->range.uuid))
		result(c, false, ns->device, "%s: %u bad block ranges, the first at byte %llu",
		       ns->label, ns->nr_bad, (unsigned long long)ns->bad[0].offset);
	else if (lacks[0])
		result(c, false, ns->device, "%s: it cannot be served; %s", ns->label, lacks);
	else
		result(c, true, ns->device, "%s: %s, %s", ns->label,
		       size_text(ns->range.length, &size),
		       ns->role == XEN_PMEM_ROLE_RESERVED ? "reserved area" :
		       !inventory_range(&c->inv, ns->range.uuid) ? "not enabled" :
		       inventory_is_pool(&c->inv, ns->range.uuid) ? "enabled as guests' RAM" :
		       "enabled");
}

/* Those that are fit need no line. */
static void dimms_check(struct check *c)
{
	struct xenpmem_health health;
	char line[XENPMEM_HEALTH_LINE_MAX];
	uint32_t index = 0;

	while (inventory_find_unfit(&c->inv, &index, &health)) {
		xenpmem_health_line(&health, line, sizeof(line));
		result(c, false, "NVDIMM", "%s", line);
	}
}

static void pins_check(struct check *c)
{
	const struct xenpmem_pinned *pin;
	char name[DOMAIN_NAME_LEN];
	bool used;

	for (pin = c->inv.pins; pin < c->inv.pins + c->inv.nr_pins; pin++) {
		used = inventory_has_host_pages(&c->inv, pin->domid);
		result(c, used, "pinned", "%s: for guest %s%s", pin->path,
		       domain_name(pin->domid, name),
		       used ? "" : "; no page of it is assigned; run xen-pmem release");
	}
}

static void far_note(const char *line, void *what)
{
	row("NOTE", true, what, line);
}

/* Far memory is slow, and right. A host of one node needs no line. */
static void nodes_check(struct check *c)
{
	char what[] = "NUMA";
	struct nodes *nodes = nodes_open();

	if (nodes && !far_each(&c->inv, nodes, far_note, what))
		result(c, true, what, "no guest's vCPUs are all on other nodes than its NVDIMM");
	nodes_close(nodes);
}

static void misplaced_check(const char *path, void *check)
{
	result(check, false, "autostart",
	       "%s: xendomains starts this guest without its vNVDIMMs (mv it to " AUTO_DIR "/)",
	       path);
}

static void host_check(struct check *c)
{
	size_t i;

	driver_check(c);
	xen_check(c);
	result(c, c->inv.nr, "NVDIMMs", "%zu namespace%s%s", c->inv.nr, c->inv.nr == 1 ? "" : "s",
	       c->inv.nr ? ""
			  : " (ndctl create-namespace -m raw -n " XEN_PMEM_LABEL_RESERVED
			    " -s SIZE)");
	dimms_check(c);
	c->unknown = available_read(&c->inv, &c->available);
	regions_check(c);
	reserved_check(c);
	for (i = 0; i < c->inv.nr; i++)
		if (c->inv.list[i].role != XEN_PMEM_ROLE_NONE)
			namespace_check(c, &c->inv.list[i]);
	pins_check(c);
	nodes_check(c);
}

/* Outside dom0 it can look at the kernel alone. */
static int check_run(struct arguments *args)
{
	struct check c = { .failed = false };
	const char *why = dom0_not();

	if (args->option[CHECK_ROOT] && !args->option[CHECK_NEXT])
		return usage_wrong(&verb_check.usage, "--root is for --next-boot");
	if (args->option[CHECK_NEXT])
		return next_boot_check(args->option[CHECK_ROOT] ? args->option[CHECK_ROOT] : "",
				       row) ? EXIT_DONE : EXIT_REFUSED;
	if (!why && inventory_open(&c.inv))
		return EXIT_REFUSED;
	kernel_check(&c, why);
	if (why)
		return EXIT_REFUSED;
	host_check(&c);
	autostart_misplaced(misplaced_check, &c);
	inventory_close(&c.inv);
	return c.failed ? EXIT_REFUSED : EXIT_DONE;
}

const struct verb verb_check = {
	.run = check_run,
	.usage = {
		.name = "check",
		.synopsis = "[--next-boot [--root=DIR]]",
		.summary = "look at all that is needed, and say what is missing",
		.help = "One line each: OK, FAIL, or NOTE for what works and could be better; the "
			"exit status is 1 if anything failed.",
		.options = {
			[CHECK_NEXT] = { "next-boot", 0, NULL, "look at the files of the next boot "
					 "instead: Xen's build and the driver for the kernel" },
			[CHECK_ROOT] = { "root", 0, "DIR", "those of the system below DIR" },
		},
		.operands = { 0, 0, "no operand" },
		.json = "checks",
	},
};
