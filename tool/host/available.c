// SPDX-License-Identifier: GPL-2.0-only
/* Finds what of a range can be served, and words why not the rest. */
#define _GNU_SOURCE
#include "host/available.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT_OF_XEN	(5ull << 40)
#define NAMED_MAX	3	/* parts of one kind that a line names */

static int device_compare(const void *left, const void *right)
{
	return strverscmp(((const struct xenpmem_region *)left)->device,
			  ((const struct xenpmem_region *)right)->device);
}

size_t regions_read(const struct inventory *inv, struct xenpmem_region regions[REGIONS_MAX])
{
	uint32_t nr = 0;

	while (nr < REGIONS_MAX && !xenpmem_query_region(inv->pmem, nr, &regions[nr]))
		nr++;
	qsort(regions, nr, sizeof(*regions), device_compare);
	return nr;
}

const char *available_read(const struct inventory *inv, struct available *to)
{
	if (inv->no_extension[0])
		return "which addresses can be served is known after xen-pmem load, which "
		       "changes nothing on an NVDIMM";
	if (!inv->info.end)
		return "the extension that is loaded does not say which addresses can be served "
		       "(xen-pmem unload, then load)";
	to->host = (struct servable_host){
		.hole = inv->info.hole, .end = inv->info.end,
		.slots_empty = inv->info.slots_empty, .ram = to->ram,
		.nr_ram = memory_map_ram(to->ram),
	};
	return NULL;
}

const char *available_why_line(const struct available *available, enum servable kind,
			       struct line *line)
{
	switch (kind) {
	case SERVABLE_NOT_BEYOND:
		if (available->host.end == LIMIT_OF_XEN)
			return "above 5 TiB, where Xen cannot map it: leave it to dom0";
		snprintf(line->text, sizeof(line->text), "above %#llx, which the processor or "
			 "dom0's I/O page tables cannot name: leave it to dom0",
			 (unsigned long long)available->host.end - 1);
		return line->text;
	case SERVABLE_NOT_HOLE:
		return "in the hole of Xen's frame numbers: boot Xen with numa=noacpi";
	case SERVABLE_NOT_RAM:
		return "in 256 MiB of frames with RAM: leave it to dom0";
	case SERVABLE_NOT_SLOT:
		return "in a 512 GiB slot that was not filled at load: xen-pmem unload, and load "
		       "when no PV guest is in shadow mode";
	default:
		return "";
	}
}

/* The line's end. */
static void line_add(struct line *line, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void line_add(struct line *line, const char *format, ...)
{
	size_t len = strlen(line->text);
	va_list args;

	va_start(args, format);
	vsnprintf(line->text + len, sizeof(line->text) - len, format, args);
	va_end(args);
}

/* "A-B, C-D lie WHY", of the parts of this kind. */
static void kind_add(const struct available *available, enum servable kind, uint64_t start,
		     uint64_t length, struct line *line)
{
	const char *before = line->text[0] ? "; " : "";
	unsigned int nr = 0;
	uint64_t part;

	for (; length; start += part, length -= part) {
		part = length;
		if (servable_part(&available->host, start, &part) != kind)
			continue;
		if (nr++ < NAMED_MAX)
			line_add(line, "%s%#llx-%#llx", before, (unsigned long long)start,
				 (unsigned long long)(start + part - 1));
		before = ", ";
	}
	if (nr > NAMED_MAX)
		line_add(line, " and %u more", nr - NAMED_MAX);
	if (nr)
		line_add(line, " %s %s", nr > 1 ? "lie" : "lies",
			 available_why_line(available, kind, LINE));
}

const char *available_lacks_line(const struct available *available, uint64_t start,
				 uint64_t length, struct line *line)
{
	unsigned int kind;

	line->text[0] = '\0';
	for (kind = SERVABLE + 1; kind < SERVABLE_KINDS; kind++)
		kind_add(available, kind, start, length, line);
	return line->text;
}

int available_need(const struct inventory *inv, const struct xenpmem_namespace *ns,
		   const struct xenpmem_range *range)
{
	struct available available;
	const char *why;

	/* Where it is not known here, Xen refuses. */
	if (!range->spa || available_read(inv, &available))
		return EXIT_DONE;
	why = available_lacks_line(&available, range->spa, range->length, LINE);
	if (!why[0])
		return EXIT_DONE;
	return refuse(namespace_name(ns), "it cannot be served; %s; xen-pmem list --available "
		      "shows what can be", why);
}
