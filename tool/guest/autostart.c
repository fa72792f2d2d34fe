// SPDX-License-Identifier: GPL-2.0-only
/* Looks through folders of configs, and finds those that xl would start without their vNVDIMMs. */
#define _GNU_SOURCE
#include "guest/autostart.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <libxlutil.h>

#include "paths.h"

static bool name_ends(const char *name, const char *suffix)
{
	size_t len = strlen(name), tail = strlen(suffix);

	return name[0] != '.' && len > tail && !strcmp(name + len - tail, suffix);
}

bool autostart_each(const char *folder, const char *suffix,
		    void (*take)(const char *path, void *arg), void *arg)
{
	struct dirent **list;
	int i, nr = scandir(folder, &list, NULL, alphasort);
	char *path;

	if (nr < 0)
		return false;
	for (i = 0; i < nr; i++) {
		if (name_ends(list[i]->d_name, suffix) &&
		    asprintf(&path, "%s/%s", folder, list[i]->d_name) >= 0) {
			take(path, arg);
			free(path);
		}
		free(list[i]);
	}
	free(list);
	return true;
}

static bool list_is_there(XLU_Config *xlu, const char *key)
{
	XLU_ConfigList *entries;
	int nr, error = xlu_cfg_get_list(xlu, key, &entries, &nr, 1);

	return error ? error != ESRCH : nr > 0;
}

/* Reads it with Xen's parser: xl does not start what that cannot read. */
static bool config_has_vnvdimms(const char *path)
{
	FILE *nowhere = fopen("/dev/null", "we");
	XLU_Config *xlu = nowhere ? xlu_cfg_init(nowhere, path) : NULL;
	bool has = false;

	if (xlu && !xlu_cfg_readfile(xlu, path))
		has = list_is_there(xlu, "vnvdimms") || list_is_there(xlu, "pmem_ram");
	if (xlu)
		xlu_cfg_destroy(xlu);
	if (nowhere)
		fclose(nowhere);
	return has;
}

struct misplaced {
	void (*take)(const char *path, void *arg);
	void *arg;
};

static void misplaced_look(const char *path, void *arg)
{
	const struct misplaced *m = arg;

	if (config_has_vnvdimms(path))
		m->take(path, m->arg);
}

void autostart_misplaced(void (*take)(const char *path, void *arg), void *arg)
{
	struct misplaced m = { take, arg };

	autostart_each(XENDOMAINS_DIR, "", misplaced_look, &m);
}
