// SPDX-License-Identifier: GPL-2.0-only
/* Reads what matters for vNVDIMMs from an xl config and the arguments that follow it. */
#include "guest/config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <libxlutil.h>
#include <uuid/uuid.h>

#include "core/firmware.h"
#include "ui/spelling.h"

#define CONFIG_MAX	(1u << 20)
#define KEY		"vnvdimms"
#define RAM_KEY		"pmem_ram"
#define NEEDS_TYPE	"a guest with %s needs type=\"pvh\"%s"

static const char *const ending_keys[ENDINGS] = {
	"on_poweroff", "on_reboot", "on_crash", "on_watchdog", "on_soft_reset",
};

/* xl's own defaults. */
static const enum action ending_defaults[ENDINGS] = {
	ACTION_DESTROY, ACTION_RESTART, ACTION_DESTROY, ACTION_DESTROY, ACTION_SOFT_RESET,
};

static const char *const action_names[] = {
	[ACTION_DESTROY] = "destroy", [ACTION_RESTART] = "restart", [ACTION_PRESERVE] = "preserve",
	[ACTION_DUMP_DESTROY] = "coredump-destroy", [ACTION_DUMP_RESTART] = "coredump-restart",
	[ACTION_SOFT_RESET] = "soft-reset",
};

struct source {
	const char *file;
	XLU_Config *xlu;
	struct guest_config *config;
	bool hvm;
};

static int __attribute__((format(printf, 3, 4)))
key_refuse(const struct source *s, const char *key, const char *format, ...)
{
	char what[512];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	return refuse(s->file, "%s: %s", key, what);
}

bool config_has_ram(const struct guest_config *config)
{
	return config->nr_backends && config->backends[config->nr_backends - 1].spec.ram;
}

/* Which of the two keys the guest has, for messages. */
static const char *key_given(const struct source *s)
{
	return s->config->backends[0].spec.ram ? RAM_KEY : KEY;
}

/* RAM alone is for PVH guests only. */
static const char *other_type(const struct source *s)
{
	return config_has_ram(s->config) ? "" : " or type=\"hvm\"";
}

static int text_read(struct source *s, char **extras, unsigned int nr_extras)
{
	struct guest_config *config = s->config;
	const char *file = s->file;
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
	config->text[at] = '\0';
	for (i = 0; i < nr_extras; i++)
		at += sprintf(config->text + at, "%s\n", extras[i]);
	config->text[at] = '\0';
	return EXIT_DONE;
}

static int backend_read(const struct source *s, const char *key, XLU_ConfigList *list, int at)
{
	struct backend *b = &s->config->backends[s->config->nr_backends++];
	const char *item = xlu_cfg_get_listitem(list, at);
	char why[SPEC_WHY_MAX];

	snprintf(b->where, sizeof(b->where), "%.280s: %s[%d]", s->file, key, at);
	if (!item)
		return refuse(b->where, "must be a string");
	if (!strcmp(key, RAM_KEY) ? !spec_parse_ram(item, &b->spec, why, sizeof(why)) :
				    !spec_parse(item, &b->spec, why, sizeof(why)))
		return refuse(b->where, "%s", why);
	return EXIT_DONE;
}

static int backends_read(const struct source *s, const char *key, const char *example)
{
	const unsigned int left = XENPMEM_VNVDIMMS_MAX - s->config->nr_backends;
	XLU_ConfigList *list;
	int i, nr = 0, error, rc = EXIT_DONE;

	error = xlu_cfg_get_list(s->xlu, key, &list, &nr, 1);
	if (error == ESRCH)
		return EXIT_DONE;
	if (error)
		return key_refuse(s, key, "must be a list: [ \"%s\", ... ]", example);
	if ((unsigned int)nr > left)
		return key_refuse(s, key, "has %d entries; %u at most are possible%s", nr, left,
				  left < XENPMEM_VNVDIMMS_MAX ? " besides those of " KEY : "");
	for (i = 0; i < nr && !rc; i++)
		rc = backend_read(s, key, list, i);
	return rc;
}

static int action_read(const struct source *s, enum ending ending, enum action *action)
{
	const char *text;
	unsigned int i;

	*action = ending_defaults[ending];
	if (xlu_cfg_get_string(s->xlu, ending_keys[ending], &text, 1))
		return EXIT_DONE;
	for (i = 0; i < sizeof(action_names) / sizeof(action_names[0]); i++)
		if (!strcmp(text, action_names[i])) {
			*action = i;
			return EXIT_DONE;
		}
	if (!strcmp(text, "rename-restart"))
		return key_refuse(s, ending_keys[ending], "%s is not possible with %s, "
				  "which the old guest keeps while it is preserved", text,
				  key_given(s));
	return key_refuse(s, ending_keys[ending], "no such action: %s", text);
}

/* A guest finds its vNVDIMMs by ACPI. */
static int acpi_check(const struct source *s)
{
	long acpi = 1;

	xlu_cfg_get_long(s->xlu, "acpi", &acpi, 1);
	return acpi ? EXIT_DONE : key_refuse(s, "acpi", "a guest with %s needs it", key_given(s));
}

/* An HVM guest's own tables, which its firmware takes unchecked; xl gives a PVH guest none. */
static int firmware_check_file(const struct source *s)
{
	const char key[] = "acpi_firmware", *file;
	enum firmware_reason reason;
	unsigned int at;
	uint8_t *bytes;
	size_t len;
	FILE *f;

	if (!s->hvm || xlu_cfg_get_string(s->xlu, key, &file, 1))
		return EXIT_DONE;
	f = fopen(file, "re");
	if (!f)
		return key_refuse(s, key, "%s: %s", file, strerror(errno));
	bytes = malloc(FIRMWARE_OWN_MAX + 1);
	len = bytes ? fread(bytes, 1, FIRMWARE_OWN_MAX + 1, f) : 0;
	reason = bytes ? firmware_check(bytes, len, &at) : FIRMWARE_NO_SPACE;
	fclose(f);
	free(bytes);
	if (reason == FIRMWARE_OK)
		return EXIT_DONE;
	return key_refuse(s, key, "%s: table %u: %s", file, at, firmware_reason_text(reason));
}

/* As xl reads them: type, or one of the two older keys. */
static int type_read(struct source *s)
{
	const char *type, *key = "type";
	long pvh = 0;

	if (xlu_cfg_get_string(s->xlu, key, &type, 1)) {
		xlu_cfg_get_long(s->xlu, "pvh", &pvh, 1);
		if (pvh)
			return EXIT_DONE;
		key = "builder";
		if (xlu_cfg_get_string(s->xlu, key, &type, 1))
			return key_refuse(s, "type", NEEDS_TYPE, key_given(s), other_type(s));
	}
	if (strcmp(type, "pvh") && strcmp(type, "hvm"))
		return key_refuse(s, key, NEEDS_TYPE ", not \"%s\"", key_given(s), other_type(s),
				  type);
	s->hvm = !strcmp(type, "hvm");
	return EXIT_DONE;
}

/* As xl reads it: "pnode=1", with spaces anywhere; without it, 0. */
static uint32_t pnode_read(const struct source *s, XLU_ConfigList *keys)
{
	unsigned int pnode = 0;
	XLU_ConfigValue *value;
	char *text;
	int i;

	for (i = 0; (value = xlu_cfg_get_listitem2(keys, i)); i++)
		if (!xlu_cfg_value_get_string(s->xlu, value, &text, 1))
			sscanf(text, " pnode = %u", &pnode);
	return pnode;
}

/* xl says what is wrong with vnuma. */
static void nodes_read(struct source *s)
{
	struct guest_config *config = s->config;
	XLU_ConfigList *nodes, *keys;
	XLU_ConfigValue *value;
	int nr, i;

	if (xlu_cfg_get_list(s->xlu, "vnuma", &nodes, &nr, 1))
		return;
	for (i = 0; config->nr_pnodes < CONFIG_NODES_MAX &&
	     (value = xlu_cfg_get_listitem2(nodes, i)); i++)
		if (!xlu_cfg_value_get_list(s->xlu, value, &keys, 1))
			config->pnodes[config->nr_pnodes++] = pnode_read(s, keys);
}

/* Of a guest with RAM on NVDIMMs. */
static int ram_check(const struct source *s)
{
	XLU_ConfigList *list;
	int nr;

	if (!config_has_ram(s->config))
		return EXIT_DONE;
	if (s->hvm)
		return key_refuse(s, RAM_KEY, "needs type=\"pvh\": emulated devices of an HVM "
				  "guest would not reach this RAM");
	if (xlu_cfg_get_list(s->xlu, "vnuma", &list, &nr, 1) != ESRCH)
		return key_refuse(s, "vnuma", "is not possible with " RAM_KEY ", which makes a "
				  "node of its own");
	return EXIT_DONE;
}

/* Such a guest runs Xen's shim, which runs a PV guest. */
static int pvshim_check(const struct source *s)
{
	long shim = 0;

	xlu_cfg_get_long(s->xlu, "pvshim", &shim, 1);
	if (!shim)
		return EXIT_DONE;
	return key_refuse(s, "pvshim", "makes it a PV guest, which cannot have %s", key_given(s));
}

/*
 * The record names guests by their UUID, and xl draws another one at each start. So a guest without
 * a UUID in its config gets one that comes from its name and this host (machine-id(5)).
 */
static void uuid_of_name(const char *name, uint8_t uuid[16])
{
	static const uuid_t ours = {
		0x2f, 0x5e, 0x0a, 0x8c, 0x7b, 0x1d, 0x4c, 0x36,
		0x9a, 0x55, 0xd3, 0x41, 0xe8, 0x60, 0x17, 0xbf,
	};
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

static int identity_read(const struct source *s)
{
	struct guest_config *config = s->config;
	const char *text;
	struct uuid_buf uuid;

	if (xlu_cfg_get_string(s->xlu, "name", &text, 1))
		return key_refuse(s, "name", "is missing");
	if (strlen(text) >= sizeof(config->name) || strchr(text, '/'))
		return key_refuse(s, "name", "is too long, or has a slash");
	strcpy(config->name, text);
	if (xlu_cfg_get_string(s->xlu, "uuid", &text, 1)) {
		uuid_of_name(config->name, config->uuid);
		sprintf(config->text + strlen(config->text), "uuid=\"%s\"\n",
			uuid_text(config->uuid, &uuid));
	} else if (uuid_parse(text, config->uuid)) {
		return key_refuse(s, "uuid", "\"%s\" is not a valid UUID", text);
	} else if (uuid_is_null(config->uuid)) {
		return key_refuse(s, "uuid",
				  "all zeros stand for no guest: give it one of its own (uuidgen)");
	}
	return EXIT_DONE;
}

/* xl ignores a key that it does not know, so the guest would start without what it names. */
static void misspelt_warn(const struct source *s, const char *key, const char *what)
{
	const char *at = s->config->text;
	size_t len;

	for (; (at = spelling_find_key(at, key, &len)); at += len)
		warn(s->file, "%.*s: the key is unknown; the one for %s is %s", (int)len, at, what,
		     key);
}

static int keys_read(struct source *s)
{
	struct guest_config *config = s->config;
	int rc, i;

	misspelt_warn(s, KEY, "vNVDIMMs");
	misspelt_warn(s, RAM_KEY, "RAM on NVDIMMs");
	rc = backends_read(s, KEY, "backend=NAME");
	if (!rc)
		rc = backends_read(s, RAM_KEY, "size=SIZE");
	if (rc || !config->nr_backends)
		return rc;
	rc = type_read(s);
	if (!rc)
		rc = pvshim_check(s);
	if (!rc)
		rc = ram_check(s);
	if (!rc)
		rc = acpi_check(s);
	if (!rc)
		rc = firmware_check_file(s);
	if (!rc)
		rc = identity_read(s);
	if (!rc)
		nodes_read(s);
	for (i = 0; i < ENDINGS && !rc; i++)
		rc = action_read(s, i, &config->actions[i]);
	return rc;
}

static int vnvdimms_read(struct source *s)
{
	int rc;

	misspelt_warn(s, KEY, "vNVDIMMs");
	rc = backends_read(s, KEY, "backend=NAME");
	return rc || s->config->nr_backends ? rc : key_refuse(s, KEY, "is missing, or empty");
}

static int text_parse(struct source *s, int (*keys)(struct source *s))
{
	int rc;

	s->xlu = xlu_cfg_init(stderr, s->file);
	if (!s->xlu)
		return refuse(s->file, "no memory");
	if (xlu_cfg_readdata(s->xlu, s->config->text, strlen(s->config->text)))
		rc = refuse(s->file, "cannot be parsed");
	else
		rc = keys(s);
	xlu_cfg_destroy(s->xlu);
	return rc;
}

int config_read(const char *file, char **extras, unsigned int nr_extras,
		struct guest_config *config)
{
	struct source s = { .file = file, .config = config };
	int rc;

	*config = (struct guest_config){ 0 };
	rc = text_read(&s, extras, nr_extras);
	if (!rc)
		rc = text_parse(&s, keys_read);
	if (rc)
		config_free(config);
	return rc;
}

int config_read_vnvdimms(const char *file, struct guest_config *config)
{
	struct source s = { .file = file, .config = config };
	int rc;

	*config = (struct guest_config){ 0 };
	rc = text_read(&s, NULL, 0);
	if (!rc)
		rc = text_parse(&s, vnvdimms_read);
	config_free(config);
	return rc;
}

void config_free(struct guest_config *config)
{
	free(config->text);
	config->text = NULL;
}
