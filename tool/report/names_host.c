// SPDX-License-Identifier: GPL-2.0-only
/* Finds the names that a host has: its own, those of guests, of namespaces and of files. */
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "paths.h"
#include "report/names.h"
#include "report/source.h"
#include "ui/json.h"
#include "xen/domain.h"

#define NVDIMMS	"/sys/bus/nd/devices/"

static void host_add(struct names *names)
{
	char name[HOST_NAME_MAX + 1] = "";

	gethostname(name, sizeof(name) - 1);
	name[strcspn(name, ".")] = '\0';
	names_add(names, NAME_HOST, name);
}

/* Has `take` called with each file's path and content, without the newline at its end. */
static void files_each(const char *pattern, struct names *names,
		       void (*take)(struct names *names, const char *path, char *content))
{
	glob_t found = { .gl_pathc = 0 };
	struct bytes one;
	size_t i;

	if (glob(pattern, GLOB_BRACE, NULL, &found))
		return;
	for (i = 0; i < found.gl_pathc; i++) {
		source_read_file(found.gl_pathv[i], &one);
		if (one.at)
			one.at[strcspn(one.at, "\n")] = '\0';
		take(names, found.gl_pathv[i], one.at ? one.at : "");
		free(one.at);
	}
	globfree(&found);
}

static void label_take(struct names *names, const char *path, char *content)
{
	(void)path;
	names_add(names, NAME_LABEL, content);
}

static void serial_take(struct names *names, const char *path, char *content)
{
	(void)path;
	names_add_serial(names, strtoull(content, NULL, 0));
}

/* The name of a log or a config is that of its guest. */
static void guest_take(struct names *names, const char *path, char *content)
{
	const char *base = strrchr(path, '/') + 1, *end = strrchr(base, '.');
	char name[NAME_MAX + 1];

	(void)content;
	if (!strncmp(path, LOG_DIR "/", strlen(LOG_DIR "/")))
		base += strlen("xen-pmem-");
	snprintf(name, sizeof(name), "%.*s", (int)(end ? end - base : NAME_MAX), base);
	names_add(names, NAME_GUEST, name);
}

static void domain_take(const char *name, void *names)
{
	names_add(names, NAME_GUEST, name);
}

/* Members of our documents that are names (docs/json.md). */
static const struct {
	const char *key;
	enum name_kind kind;
} members[] = {
	{ "guest", NAME_GUEST }, { "name", NAME_GUEST }, { "label", NAME_LABEL },
	{ "path", NAME_PATH },
};

static void member_take(struct names *names, const char *key, json_object *value)
{
	char *name = strdup(json_object_get_string(value));
	size_t i;

	for (i = 0; name && i < sizeof(members) / sizeof(members[0]); i++)
		if (!strcmp(members[i].key, key) && json_name_unescape(name))
			names_add(names, members[i].kind, name);
	free(name);
}

static void document_take(struct names *names, json_object *from)
{
	size_t i;

	if (json_object_is_type(from, json_type_array))
		for (i = 0; i < json_object_array_length(from); i++)
			document_take(names, json_object_array_get_idx(from, i));
	if (!json_object_is_type(from, json_type_object))
		return;
	json_object_object_foreach(from, key, value) {
		if (json_object_is_type(value, json_type_string))
			member_take(names, key, value);
		else
			document_take(names, value);
	}
}

/* Dead guests, and files that guests have: no other place has their names. */
static void list_take(struct names *names)
{
	json_object *document;
	struct bytes list;

	source_run_command("xen-pmem list --json", &list);
	document = list.at ? json_tokener_parse(list.at) : NULL;
	document_take(names, document);
	json_object_put(document);
	free(list.at);
}

void names_read_host(struct names *names, bool is_dom0)
{
	host_add(names);
	files_each(NVDIMMS "{namespace*/alt_name,namespace*/xen_pmem/label}", names, label_take);
	files_each(NVDIMMS "{nmem*/nfit/serial,region*/set_cookie}", names, serial_take);
	files_each(LOG_DIR "/xen-pmem-*.log", names, guest_take);
	files_each("{" AUTO_DIR "," XENDOMAINS_DIR "}/*", names, guest_take);
	list_take(names);
	if (is_dom0)
		domain_names_each(domain_take, names);
}
