// SPDX-License-Identifier: GPL-2.0-only
/* xen-pmem report: one archive with what is needed to judge a host, and no data. */
#define _GNU_SOURCE
#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "paths.h"
#include "report/archive.h"
#include "report/names.h"
#include "report/source.h"
#include "ui/json.h"
#include "verbs/verb.h"
#include "version.h"

#define CONTENTS	"contents.txt"
#define ACPI		"/sys/firmware/acpi/tables/"
#define ND		"/sys/bus/nd/devices/"

enum source {
	FROM_FILE,	/* of text */
	FROM_FILES,	/* many short ones; a pattern */
	FROM_TABLE,	/* of ACPI */
	FROM_COMMAND,
};

struct item {
	const char *name;	/* in the archive */
	enum source source;
	const char *from;
	void (*cut)(struct bytes *text);	/* takes away what does not belong into a report */
};

struct report {
	struct archive archive;
	struct names names;
	bool no_names;
	char *contents;		/* a line for each item */
	size_t contents_size;
	FILE *contents_to;
	unsigned int nr, nr_bad;
};

static void cpu_first(struct bytes *text)
{
	char *end = strstr(text->at, "\n\n");

	if (end)
		text->size = end + 1 - text->at;
}

/* What guests printed, and their firmware: Xen has it among its own lines, as "(d1) ...". */
static void guest_lines_cut(struct bytes *text)
{
	char *from = text->at, *to = text->at, *end = text->at + text->size;
	size_t len;

	for (; from < end; from += len) {
		len = strcspn(from, "\n") + 1;
		if ((size_t)(end - from) < len)
			len = end - from;
		if (!strncmp(from, "(d", 2) && from[2] >= '1' && from[2] <= '9')
			continue;
		memmove(to, from, len);
		to += len;
	}
	text->size = to - text->at;
}

static const struct item items[] = {
	{ "check.txt", FROM_COMMAND, "xen-pmem check", NULL },
	{ "list.json", FROM_COMMAND, "xen-pmem list --json", NULL },
	{ "available.json", FROM_COMMAND, "xen-pmem list --available --json", NULL },
	{ "status.json", FROM_COMMAND, "xen-pmem status --json", NULL },
	{ "pmem-status.txt", FROM_COMMAND, "xenhypfs cat /pmem/status", NULL },
	{ "xl-info.txt", FROM_COMMAND, "xl info -n", NULL },
	{ "xl-dmesg.txt", FROM_COMMAND, "xl dmesg", guest_lines_cut },
	{ "payloads.txt", FROM_COMMAND, "xen-livepatch list", NULL },
	{ "payload-files.txt", FROM_COMMAND, "ls -l /usr/lib/xen-pmem", NULL },
	{ "packages.txt", FROM_COMMAND, "dpkg-query -W xen* libxen* *ndctl* *daxctl* linux-image-* "
	  "ipmctl", NULL },
	{ "module.txt", FROM_COMMAND, "modinfo xen_pmem", NULL },
	{ "ndctl.json", FROM_COMMAND, "ndctl list -vBNDRHMi", NULL },
	{ "dmesg.txt", FROM_COMMAND, "dmesg", NULL },
	{ "kernel.txt", FROM_FILE, "/proc/version", NULL },
	{ "cmdline.txt", FROM_FILE, "/proc/cmdline", NULL },
	{ "iomem.txt", FROM_FILE, "/proc/iomem", NULL },
	{ "meminfo.txt", FROM_FILE, "/proc/meminfo", NULL },
	{ "modules.txt", FROM_FILE, "/proc/modules", NULL },
	{ "cpu.txt", FROM_FILE, "/proc/cpuinfo", cpu_first },
	{ "machine.txt", FROM_FILES, "/sys/class/dmi/id/{sys_vendor,product_name,board_name,"
	  "bios_vendor,bios_version,bios_date}", NULL },
	{ "memmap.txt", FROM_FILES, "/sys/firmware/memmap/*/{start,end,type}", NULL },
	{ "nodes.txt", FROM_FILES, "/sys/devices/system/node/{online,possible,has_*,"
	  "node*/{cpulist,distance,meminfo}}", NULL },
	{ "nd.txt", FROM_FILES, ND "{ndbus*/{provider,commands},nmem*/{modalias,state,commands,"
	  "nfit/{handle,phys_id,vendor,device,rev_id,format*,flags,serial,family,dsm_mask,"
	  "dirty_shutdown}},region*/{resource,size,available_size,max_available_extent,align,"
	  "mappings,mapping*,nstype,numa_node,target_node,persistence_domain,read_only,set_cookie,"
	  "badblocks,nfit/range_index},namespace*/{alt_name,uuid,resource,size,mode,nstype,"
	  "sector_size,holder,xen_pmem/{start,size,role,held}}}", NULL },
	{ "acpi/SRAT", FROM_TABLE, ACPI "SRAT", NULL },
	{ "acpi/SLIT", FROM_TABLE, ACPI "SLIT", NULL },
	{ "acpi/HMAT", FROM_TABLE, ACPI "HMAT", NULL },
	{ "acpi/NFIT", FROM_TABLE, ACPI "NFIT", NULL },
	{ "acpi/PCAT", FROM_TABLE, ACPI "PCAT", NULL },
	{ "acpi/MCFG", FROM_TABLE, ACPI "MCFG", NULL },
	{ "acpi/DMAR", FROM_TABLE, ACPI "DMAR", NULL },
	{ "acpi/IVRS", FROM_TABLE, ACPI "IVRS", NULL },
};

static void item_read(const struct item *item, struct bytes *to)
{
	if (item->source == FROM_COMMAND)
		source_run_command(item->from, to);
	else if (item->source == FROM_FILES)
		source_read_files(item->from, to);
	else
		source_read_file(item->from, to);
	if (item->cut && to->at)
		item->cut(to);
}

/* A text as it may go into the archive, for free(). NULL: no memory. */
static char *text_ready(struct report *report, const char *text, size_t size, size_t *new_size)
{
	char *copy;

	if (report->no_names)
		return names_replace(&report->names, text, size, new_size);
	copy = malloc(size + 1);
	if (copy)
		*(char *)mempcpy(copy, text, size) = '\0';
	*new_size = size;
	return copy;
}

static void text_add(struct report *report, const char *name, const char *text, size_t size)
{
	size_t name_size;
	char *ready = text_ready(report, text, size, &size);
	char *name_ready = text_ready(report, name, strlen(name), &name_size);

	if (ready && name_ready)
		archive_add(&report->archive, name_ready, ready, size);
	else
		report->archive.failed = true;
	free(ready);
	free(name_ready);
}

static void item_add(struct report *report, const struct item *item)
{
	struct bytes got;

	item_read(item, &got);
	if (got.size && item->source == FROM_TABLE) {
		if (report->no_names && !strcmp(item->from, ACPI "NFIT"))
			names_replace_nfit(&report->names, (uint8_t *)got.at, got.size);
		archive_add(&report->archive, item->name, got.at, got.size);
	} else if (got.size) {
		text_add(report, item->name, got.at, got.size);
	}
	fprintf(report->contents_to, "%-17s  %s%s%s%s\n", item->name,
		got.size ? "" : got.why[0] ? "MISSING: " : "EMPTY: ",
		item->source == FROM_FILES ? "files" : item->from, got.why[0] ? ": " : "", got.why);
	report->nr++;
	report->nr_bad += got.why[0] != '\0';
	free(got.at);
}

static void logs_add(struct report *report)
{
	struct item item = { .source = FROM_FILE };
	glob_t found = { .gl_pathc = 0 };
	char name[256];
	size_t i;

	if (!glob(LOG_DIR "/xen-pmem[-.]*.log", 0, NULL, &found))
		for (i = 0; i < found.gl_pathc; i++) {
			snprintf(name, sizeof(name), "log/%s", basename(found.gl_pathv[i]));
			item.name = name;
			item.from = found.gl_pathv[i];
			item_add(report, &item);
		}
	globfree(&found);
}

static void contents_add(struct report *report)
{
	if (fclose(report->contents_to))
		report->archive.failed = true;
	else
		text_add(report, CONTENTS, report->contents, report->contents_size);
	free(report->contents);
}

static void archive_fill(struct report *report)
{
	size_t i;

	report->contents_to = open_memstream(&report->contents, &report->contents_size);
	if (!report->contents_to) {
		report->archive.failed = true;
		return;
	}
	fprintf(report->contents_to, "xen-pmem %s, names %s\n", XEN_PMEM_VERSION,
		report->no_names ? "replaced by placeholders" : "as they are");
	for (i = 0; i < sizeof(items) / sizeof(items[0]); i++)
		item_add(report, &items[i]);
	logs_add(report);
	contents_add(report);
}

static const char *file_name(char *buf, size_t len)
{
	time_t now = time(NULL);
	struct tm tm;

	strftime(buf, len, "xen-pmem-report-%Y%m%d-%H%M%S.tar.gz", localtime_r(&now, &tm));
	return buf;
}

enum { REPORT_NO_NAMES };

static int archive_report(const struct report *report)
{
	json_object *item = json_item("files");
	struct stat st;

	if (stat(report->archive.file, &st))
		return refuse(report->archive.file, "%s", strerror(errno));
	json_name(item, "path", report->archive.file);
	json_number(item, "size", st.st_size);
	say("%s: %u items, %u of them missing or with an error (see " CONTENTS " in it)\n",
	    report->archive.file, report->nr, report->nr_bad);
	return EXIT_DONE;
}

static int report_run(struct arguments *args)
{
	struct report report = { .no_names = args->option[REPORT_NO_NAMES] };
	char by_date[64];
	const char *file = args->nr ? args->operands[0] : file_name(by_date, sizeof(by_date));
	int rc = archive_open(&report.archive, file);

	if (rc)
		return rc;
	if (geteuid())
		warn(NULL, "not root: most of the host cannot be read");
	if (report.no_names)
		names_read_host(&report.names, !dom0_not());
	archive_fill(&report);
	rc = archive_close(&report.archive);
	names_free(&report.names);
	return rc ? rc : archive_report(&report);
}

const struct verb verb_report = {
	.run = report_run,
	.usage = {
		.name = "report",
		.synopsis = "[--no-names] [FILE]",
		.summary = "write an archive with what is needed to judge this host",
		.help = "FILE, a tar archive compressed by gzip, must not exist yet; without one "
			"it is xen-pmem-report-DATE.tar.gz in this folder. In it are what check, "
			"list and status print, logs, memory maps, ACPI tables and versions; no "
			"data of namespaces or guests. It runs without Xen and the extension too, "
			"and changes nothing.",
		.options = {
			[REPORT_NO_NAMES] = { "no-names", 0, NULL, "replace the names of the host, "
					      "of guests, labels and files, UUIDs and serial "
					      "numbers by placeholders" },
		},
		.operands = { 0, 1, "one file at most" },
		.json = "files",
	},
};
