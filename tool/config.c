// SPDX-License-Identifier: GPL-2.0-only
/* Reads an xl config: takes the file and the arguments behind it, hands on what matters for vNVDIMMs. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <libxlutil.h>
#include <uuid/uuid.h>

#define CONFIG_MAX	(1u << 20)
#define KEY		"vnvdimms"

static const char *const ending_keys[ENDINGS] = { "on_poweroff", "on_reboot", "on_crash", "on_watchdog", "on_soft_reset" };

/* xl's own defaults; but a soft reset would have to keep the old domain's pages. */
static const enum action ending_defaults[ENDINGS] = { ACTION_DESTROY, ACTION_RESTART, ACTION_DESTROY, ACTION_DESTROY, ACTION_RESTART };

static const char *const action_names[] = {
	[ACTION_DESTROY] = "destroy", [ACTION_RESTART] = "restart", [ACTION_PRESERVE] = "preserve",
	[ACTION_DUMP_DESTROY] = "coredump-destroy", [ACTION_DUMP_RESTART] = "coredump-restart",
};

static int text_read(const char *file, char **extras, unsigned int nr_extras, struct guest_config *config)
{
	size_t len = CONFIG_MAX, at;
	FILE *f = fopen(file, "re");
	unsigned int i;

	if (!f)
		return refuse(file, "%s", strerror(errno));
	for (i = 0; i < nr_extras; i++)
		len += strlen(extras[i]) + 1;
	config->text = malloc(len + 64);
	at = config->text ? fread(config->text, 1, CONFIG_MAX, f) : CONFIG_MAX;
	fclose(f);
	if (at >= CONFIG_MAX - 1)
		return refuse(file, "too long");
	config->text[at++] = '\n';
	for (i = 0; i < nr_extras; i++)
		at += sprintf(config->text + at, "%s\n", extras[i]);
	config->text[at] = '\0';
	return EXIT_DONE;
}

static int backends_read(const XLU_Config *xlu, const char *file, struct guest_config *config)
{
	XLU_ConfigList *list;
	int i, nr = 0, error;
	const char *item, *why;

	error = xlu_cfg_get_list(xlu, KEY, &list, &nr, 1);
	if (error == ESRCH)
		return EXIT_DONE;
	if (error)
		return refuse(file, KEY ": must be a list: [ \"backend=NAME\", ... ]");
	if (nr < 1 || nr > XENPMEM_VNVDIMMS_MAX)
		return refuse(file, KEY ": has %d entries; 1 to %u are possible", nr, XENPMEM_VNVDIMMS_MAX);
	for (i = 0; i < nr; i++) {
		item = xlu_cfg_get_listitem(list, i);
		if (!item)
			return refuse(file, KEY "[%d]: is no text", i);
		if (!backend_parse(item, &config->backends[i], &why))
			return refuse(file, KEY "[%d]: %s: %s", i, item, why);
	}
	config->nr_backends = nr;
	return EXIT_DONE;
}

static int action_read(const XLU_Config *xlu, const char *file, enum ending ending, enum action *action)
{
	const char *text;
	unsigned int i;

	*action = ending_defaults[ending];
	if (xlu_cfg_get_string(xlu, ending_keys[ending], &text, 1))
		return EXIT_DONE;
	for (i = 0; i < sizeof(action_names) / sizeof(action_names[0]); i++)
		if (!strcmp(text, action_names[i])) {
			*action = i;
			return EXIT_DONE;
		}
	if (!strcmp(text, "rename-restart") || !strcmp(text, "soft-reset"))
		return refuse(file, "%s: %s is not possible with " KEY ", which the old guest would keep", ending_keys[ending], text);
	return refuse(file, "%s: no such action: %s", ending_keys[ending], text);
}

static int type_check(const XLU_Config *xlu, const char *file)
{
	const char *type;
	long pvh = 0;

	if (xlu_cfg_get_string(xlu, "type", &type, 1)) {
		xlu_cfg_get_long(xlu, "pvh", &pvh, 1);
		return pvh ? EXIT_DONE : refuse(file, "type: a guest with " KEY " needs type=\"pvh\"");
	}
	if (strcmp(type, "pvh"))
		return refuse(file, "type: a guest with " KEY " needs type=\"pvh\", not \"%s\"", type);
	return EXIT_DONE;
}

/*
 * xl draws a random UUID at each start. But by its UUID a guest is known as the one whose data a namespace holds, so one without a UUID in its
 * config has one of its name, on this host (machine-id(5)).
 */
static void uuid_of_name(const char *name, uint8_t uuid[16])
{
	static const uuid_t ours = { 0x2f, 0x5e, 0x0a, 0x8c, 0x7b, 0x1d, 0x4c, 0x36, 0x9a, 0x55, 0xd3, 0x41, 0xe8, 0x60, 0x17, 0xbf };
	char text[64 + DOMAIN_NAME_LEN] = "";
	FILE *f = fopen("/etc/machine-id", "re");

	if (f) {
		if (!fgets(text, 64, f))
			text[0] = '\0';
		fclose(f);
	}
	strcat(text, name);
	uuid_generate_sha1(uuid, ours, text, strlen(text));
}

static int identity_read(const XLU_Config *xlu, const char *file, struct guest_config *config)
{
	const char *text;
	struct uuid_buf uuid;

	if (xlu_cfg_get_string(xlu, "name", &text, 1))
		return refuse(file, "name: is missing");
	if (snprintf(config->name, sizeof(config->name), "%s", text) >= (int)sizeof(config->name) || strchr(text, '/'))
		return refuse(file, "name: too long, or with a slash");
	if (xlu_cfg_get_string(xlu, "uuid", &text, 1)) {
		uuid_of_name(config->name, config->uuid);
		sprintf(config->text + strlen(config->text), "uuid=\"%s\"\n", uuid_text(config->uuid, &uuid));
	} else if (uuid_parse(text, config->uuid)) {
		return refuse(file, "uuid: is none: %s", text);
	}
	return EXIT_DONE;
}

static int keys_read(const XLU_Config *xlu, const char *file, struct guest_config *config)
{
	int rc, i;

	rc = backends_read(xlu, file, config);
	if (rc || !config->nr_backends)
		return rc;
	rc = type_check(xlu, file);
	if (!rc)
		rc = identity_read(xlu, file, config);
	for (i = 0; i < ENDINGS && !rc; i++)
		rc = action_read(xlu, file, i, &config->actions[i]);
	return rc;
}

int config_read(const char *file, char **extras, unsigned int nr_extras, struct guest_config *config)
{
	XLU_Config *xlu;
	int rc;

	*config = (struct guest_config){ 0 };
	rc = text_read(file, extras, nr_extras, config);
	if (rc) {
		config_free(config);
		return rc;
	}
	xlu = xlu_cfg_init(stderr, file);
	if (!xlu)
		rc = refuse(file, "no memory");
	else if (xlu_cfg_readdata(xlu, config->text, strlen(config->text)))
		rc = refuse(file, "cannot be parsed");
	else
		rc = keys_read(xlu, file, config);
	if (xlu)
		xlu_cfg_destroy(xlu);
	if (rc)
		config_free(config);
	return rc;
}

void config_free(struct guest_config *config)
{
	free(config->text);
	config->text = NULL;
}
