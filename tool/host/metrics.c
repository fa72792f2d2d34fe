// SPDX-License-Identifier: GPL-2.0-only
#include "xen/domain.h"
#include "host/holders.h"
#include "host/metrics.h"

#define PREFIX	"xen_pmem_"

/* The lines that come before the samples of one metric. */
static void metric(const char *name, const char *type, const char *help)
{
	printf("# HELP " PREFIX "%s %s\n# TYPE " PREFIX "%s %s\n", name, help, name, type);
}

static void gauge(const char *name, const char *help, uint64_t value)
{
	metric(name, "gauge", help);
	printf(PREFIX "%s %llu\n", name, (unsigned long long)value);
}

/* A label's value: the format wants three characters escaped. */
static void label_print(const char *name, const char *value, char before)
{
	printf("%c%s=\"", before, name);
	for (; *value; value++)
		if (*value == '\n')
			fputs("\\n", stdout);
		else
			printf("%s%c", *value == '"' || *value == '\\' ? "\\" : "", *value);
	putchar('"');
}

/* The label name of a namespace, "" if it has none. */
static void range_labels(const struct inventory *inv, const uint8_t uuid[16])
{
	const struct xenpmem_namespace *ns = inventory_find_uuid(inv, uuid);
	struct uuid_buf buf;

	label_print("uuid", uuid_text(uuid, &buf), '{');
	label_print("device", ns ? ns->device : "", ',');
	label_print("namespace", ns ? ns->label : "", ',');
	label_print("role", range_role_text(inv, uuid), ',');
}

enum of_range { RANGE_SIZE, RANGE_GUESTS, RANGE_METADATA };

static void ranges_print(const struct inventory *inv, const char *name, const char *help,
			 enum of_range what)
{
	const struct xenpmem_served *served = inv->ranges;
	unsigned int i;

	metric(name, "gauge", help);
	for (i = 0; i < inv->nr_ranges; i++, served++) {
		printf(PREFIX "%s", name);
		range_labels(inv, served->range.uuid);
		printf("} %llu\n",
		       (unsigned long long)(what == RANGE_SIZE ? served->range.length :
					    what == RANGE_GUESTS ? served->pages << 12 :
					    served->bytes_used));
	}
}

static void guests_print(const struct inventory *inv)
{
	char name[DOMAIN_NAME_LEN], number[16];
	unsigned int i;

	metric("guest_bytes", "gauge", "What of a namespace a guest has.");
	for (i = 0; i < inv->nr_holdings; i++) {
		const struct xenpmem_holding *holding = &inv->holdings[i];

		snprintf(number, sizeof(number), "%u", holding->domid);
		printf(PREFIX "guest_bytes");
		range_labels(inv, holding->uuid);
		label_print("guest", domain_name(holding->domid, name), ',');
		label_print("domain", number, ',');
		label_print("state", holder_text(holding->state), ',');
		printf("} %llu\n", (unsigned long long)holding->pages << 12);
	}
}

static void guests_count(const struct inventory *inv)
{
	unsigned int i, guests = 0, dead = 0;

	for (i = 0; i < inv->nr_holdings; i++) {
		if (!holding_is_first(inv, i))
			continue;
		guests++;
		dead += holding_is_dead(&inv->holdings[i]);
	}
	gauge("guests", "Guests with pages of the NVDIMM.", guests);
	gauge("dead_guests", "Those of them that have ended and whose pages Xen still has.", dead);
}

static void bad_print(const struct inventory *inv)
{
	struct xenpmem_media_error error = { .lost = 0 };
	uint32_t at, nr = 0;
	size_t i;

	/* What dom0's kernel alone lists is noted without an error. */
	for (at = 0; !xenpmem_query_media(inv->pmem, at, &error); at++)
		nr += error.errors != 0;
	gauge("media_error_pages", "Pages of which Xen has noted an error.", nr);
	metric("media_errors_unlisted_total", "counter",
	       "Errors for whose pages Xen's list had no room.");
	printf(PREFIX "media_errors_unlisted_total %llu\n", (unsigned long long)error.lost);

	metric("bad_block_ranges", "gauge",
	       "Ranges of bad blocks that dom0's kernel lists in a namespace for Xen.");
	for (i = 0; i < inv->nr; i++) {
		if (inv->list[i].role == XEN_PMEM_ROLE_NONE)
			continue;
		printf(PREFIX "bad_block_ranges");
		label_print("device", inv->list[i].device, '{');
		label_print("namespace", inv->list[i].label, ',');
		printf("} %u\n", inv->list[i].nr_bad);
	}
}

void metrics_print(const struct inventory *inv)
{
	gauge("up", "1 if the extension of Xen is loaded and answers.", !inv->no_extension[0]);
	if (inv->no_extension[0])
		return;
	gauge("metadata_bytes", "Xen's tables in the reserved area.", inv->info.bytes_used);
	gauge("metadata_room_bytes", "Room for such tables, used or not.", inv->info.bytes_total);
	gauge("metadata_retired_bytes", "What of the room has a bad block.",
	      inv->info.bytes_retired);
	gauge("longest_command_pages", "Pages that the longest command so far handled.",
	      inv->info.longest);
	ranges_print(inv, "range_bytes", "What Xen serves.", RANGE_SIZE);
	ranges_print(inv, "range_guest_bytes", "What of it guests have.", RANGE_GUESTS);
	ranges_print(inv, "range_metadata_bytes", "Xen's tables about it.", RANGE_METADATA);
	guests_count(inv);
	guests_print(inv);
	bad_print(inv);
}
