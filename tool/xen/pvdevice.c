// SPDX-License-Identifier: GPL-2.0-only
/* Reads and writes xenstore as libxl's hotplug scripts do. */
#include "xen/pvdevice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xenstore.h>

#include "ui/ui.h"

bool pvdevice_parse(const char *path, const char *kind, uint32_t *domid, uint32_t *id)
{
	char found[8];
	int end = 0;

	return sscanf(path, "backend/%7[a-z]/%u/%u%n", found, domid, id, &end) == 3 &&
	       !path[end] && !strcmp(found, kind);
}

/* false: there is no such key, or it is too long. */
static bool key_read(struct xs_handle *xs, const char *path, const char *key, char *value,
		     size_t size)
{
	char full[128], *text;
	int len;

	snprintf(full, sizeof(full), "%s/%s", path, key);
	text = xs_read(xs, XBT_NULL, full, NULL);
	if (!text)
		return false;
	len = snprintf(value, size, "%s", text);
	free(text);
	return (size_t)len < size;
}

static bool key_write(struct xs_handle *xs, const char *path, const char *key, const char *value)
{
	char full[128];

	snprintf(full, sizeof(full), "%s/%s", path, key);
	return xs_write(xs, XBT_NULL, full, value, strlen(value));
}

static bool script_is(struct xs_handle *xs, const char *path, const char *script)
{
	char value[256];
	const char *name;

	if (!key_read(xs, path, "script", value, sizeof(value)))
		return false;
	name = strrchr(value, '/');
	return !strcmp(name ? name + 1 : value, script);
}

static int disk_read(struct xs_handle *xs, const char *path, struct pvdisk *disk)
{
	char mode[4] = "";

	if (!key_read(xs, path, "dev", disk->name, sizeof(disk->name)) ||
	    !key_read(xs, path, "mode", mode, sizeof(mode)))
		return refuse(path, "xenstore does not say what disk this is");
	if (!key_read(xs, path, "params", disk->target, sizeof(disk->target)))
		return refuse(disk->name, "target= is missing, or longer than %zu bytes",
			      sizeof(disk->target) - 1);
	disk->writable = strcmp(mode, "r");
	return EXIT_DONE;
}

static int disks_compare(const void *a, const void *b)
{
	uint32_t x = ((const struct pvdisk *)a)->id;
	uint32_t y = ((const struct pvdisk *)b)->id;

	return x < y ? -1 : x > y;
}

int pvdisks_read(struct xs_handle *xs, uint32_t domid, const char *script,
		      struct pvdisk *list, unsigned int most, unsigned int *nr)
{
	unsigned int nr_names = 0, i;
	char path[64], **names;
	int rc = EXIT_DONE;

	*nr = 0;
	snprintf(path, sizeof(path), "backend/vbd/%u", domid);
	names = xs_directory(xs, XBT_NULL, path, &nr_names);
	for (i = 0; i < nr_names && !rc; i++) {
		snprintf(path, sizeof(path), "backend/vbd/%u/%s", domid, names[i]);
		if (!script_is(xs, path, script))
			continue;
		if (*nr == most) {
			rc = refuse(names[i], "a guest has %u vNVDIMMs at most", most);
			break;
		}
		list[*nr] = (struct pvdisk){ 0 };
		if (pvdevice_parse(path, "vbd", &list[*nr].domid, &list[*nr].id))
			rc = disk_read(xs, path, &list[(*nr)++]);
	}
	free(names);
	qsort(list, *nr, sizeof(*list), disks_compare);
	return rc;
}

int pvdisk_ready(struct xs_handle *xs, const char *path, const char *node,
		      unsigned int major, unsigned int minor)
{
	char number[32];

	snprintf(number, sizeof(number), "%x:%x", major, minor);
	if (key_write(xs, path, "node", node) &&
	    key_write(xs, path, "physical-device-path", node) &&
	    key_write(xs, path, "physical-device", number) &&
	    key_write(xs, path, "hotplug-status", "connected"))
		return EXIT_DONE;
	return refuse(path, "xenstore cannot be written");
}

void pvdevice_failed(struct xs_handle *xs, const char *path, const char *why)
{
	key_write(xs, path, "hotplug-error", why);
	key_write(xs, path, "hotplug-status", "error");
}
