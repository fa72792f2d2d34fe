// SPDX-License-Identifier: GPL-2.0-only
/* Asks Xen and xenstore about domains, and has libxl start and end them. */
#include "xen/domain.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <libxl.h>
#include <libxl_utils.h>
#include <xenctrl.h>
#include <xenstore.h>

#include "ui/ui.h"

const char *domain_name(uint32_t domid, char name[DOMAIN_NAME_LEN])
{
	struct xs_handle *xs = xs_open(0);
	char path[64], *text = NULL;

	snprintf(path, sizeof(path), "/local/domain/%u/name", domid);
	if (xs)
		text = xs_read(xs, XBT_NULL, path, NULL);
	if (text && text[0])
		snprintf(name, DOMAIN_NAME_LEN, "%s", text);
	else
		snprintf(name, DOMAIN_NAME_LEN, "%u", domid);
	free(text);
	if (xs)
		xs_close(xs);
	return name;
}

/* Calls look for each domain until it says true. */
static bool domain_each(bool (*look)(const xc_domaininfo_t *info, const void *arg),
			const void *arg, uint32_t *domid)
{
	xc_interface *xc = xc_interface_open(NULL, NULL, 0);
	xc_domaininfo_t info;
	uint32_t next = 0;
	bool found = false;

	while (xc && !found && xc_domain_getinfolist(xc, next, 1, &info) == 1) {
		found = look(&info, arg);
		*domid = info.domain;
		next = info.domain + 1;
	}
	if (xc)
		xc_interface_close(xc);
	return found;
}

static bool uuid_look(const xc_domaininfo_t *info, const void *uuid)
{
	return info->domain && !(info->flags & XEN_DOMINF_dying) &&
	       !memcmp(info->handle, uuid, 16);
}

bool domain_find_uuid(const uint8_t uuid[16], uint32_t *domid)
{
	return domain_each(uuid_look, uuid, domid);
}

static bool id_look(const xc_domaininfo_t *info, const void *id)
{
	return info->domain == *(const uint32_t *)id;
}

static bool name_look(const xc_domaininfo_t *info, const void *name)
{
	char text[DOMAIN_NAME_LEN];

	return !(info->flags & XEN_DOMINF_dying) && !strcmp(domain_name(info->domain, text), name);
}

bool domain_find(const char *name, uint32_t *domid)
{
	char *end;
	uint32_t id = strtoul(name, &end, 10);

	if (name[0] && !*end)
		return domain_each(id_look, &id, domid);
	return domain_each(name_look, name, domid);
}

struct name_taker {
	void (*take)(const char *name, void *arg);
	void *arg;
};

static bool name_take(const xc_domaininfo_t *info, const void *arg)
{
	const struct name_taker *taker = arg;
	char name[DOMAIN_NAME_LEN];

	if (info->domain)
		taker->take(domain_name(info->domain, name), taker->arg);
	return false;
}

void domain_names_each(void (*take)(const char *name, void *arg), void *arg)
{
	struct name_taker taker = { take, arg };
	uint32_t last;

	domain_each(name_take, &taker, &last);
}

struct domain_status domain_status(uint32_t domid)
{
	struct domain_status status = { .state = DOMAIN_GONE };
	xc_interface *xc = xc_interface_open(NULL, NULL, 0);
	xc_domaininfo_t info;

	if (xc && xc_domain_getinfolist(xc, domid, 1, &info) == 1 && info.domain == domid) {
		memcpy(status.uuid, info.handle, sizeof(status.uuid));
		status.reason = info.flags >> XEN_DOMINF_shutdownshift &
				XEN_DOMINF_shutdownmask;
		if (info.flags & XEN_DOMINF_dying)
			status.state = DOMAIN_GONE;
		else if (info.flags & XEN_DOMINF_shutdown)	/* a crash too */
			status.state = DOMAIN_SHUTDOWN;
		else if (info.flags & XEN_DOMINF_paused && !info.cpu_time)
			status.state = DOMAIN_UNBORN;
		else
			status.state = DOMAIN_ALIVE;
	}
	if (xc)
		xc_interface_close(xc);
	return status;
}

static int xl_call(uint32_t domid, const char *what,
		   int (*call)(libxl_ctx *xl, uint32_t domid, const void *arg), const void *arg)
{
	xentoollog_logger_stdiostream *log = xtl_createlogger_stdiostream(stderr, XTL_ERROR, 0);
	char name[DOMAIN_NAME_LEN];
	libxl_ctx *xl = NULL;
	int rc = -1;

	if (log && !libxl_ctx_alloc(&xl, LIBXL_VERSION, 0, (xentoollog_logger *)log))
		rc = call(xl, domid, arg);
	if (xl)
		libxl_ctx_free(xl);
	if (log)
		xtl_logger_destroy((xentoollog_logger *)log);
	if (rc)
		return refuse(domain_name(domid, name), "%s failed (libxl says %d)", what, rc);
	return EXIT_DONE;
}

static int destroy_call(libxl_ctx *xl, uint32_t domid, const void *arg)
{
	(void)arg;
	return libxl_domain_destroy(xl, domid, NULL);
}

static int unpause_call(libxl_ctx *xl, uint32_t domid, const void *arg)
{
	(void)arg;
	return libxl_domain_unpause(xl, domid, NULL);
}

static int dump_call(libxl_ctx *xl, uint32_t domid, const void *file)
{
	return libxl_domain_core_dump(xl, domid, file, NULL);
}

static int ask_shutdown_call(libxl_ctx *xl, uint32_t domid, const void *arg)
{
	(void)arg;
	return libxl_domain_shutdown(xl, domid, NULL);
}

static int config_get_call(libxl_ctx *xl, uint32_t domid, const void *text)
{
	libxl_domain_config config;
	int rc;

	libxl_domain_config_init(&config);
	rc = libxl_retrieve_domain_configuration(xl, domid, &config, NULL);
	if (!rc) {
		*(char **)text = libxl_domain_config_to_json(xl, &config);
		rc = *(char **)text ? 0 : ERROR_NOMEM;
	}
	libxl_domain_config_dispose(&config);
	return rc;
}

struct creation {
	char *config;
	uint32_t *domid;
};

static int create_call(libxl_ctx *xl, uint32_t domid, const void *arg)
{
	const struct creation *creation = arg;
	libxl_domain_config config;
	int rc;

	(void)domid;
	libxl_domain_config_init(&config);
	rc = libxl_domain_config_from_json(xl, &config, creation->config);
	if (!rc)
		rc = libxl_domain_create_new(xl, &config, creation->domid, NULL, NULL);
	libxl_domain_config_dispose(&config);
	return rc;
}

static int soft_reset_call(libxl_ctx *xl, uint32_t domid, const void *arg)
{
	libxl_domain_config config;
	int rc;

	(void)arg;
	libxl_domain_config_init(&config);
	rc = libxl_retrieve_domain_configuration(xl, domid, &config, NULL);
	if (!rc)
		rc = libxl_domain_soft_reset(xl, &config, domid, NULL, NULL);
	libxl_domain_config_dispose(&config);
	return rc;
}

int domain_destroy(uint32_t domid)
{
	return xl_call(domid, "destroying the guest", destroy_call, NULL);
}

int domain_unpause(uint32_t domid)
{
	return xl_call(domid, "starting the guest", unpause_call, NULL);
}

int domain_dump(uint32_t domid, const char *file)
{
	return xl_call(domid, "dumping the guest's core", dump_call, file);
}

int domain_ask_shutdown(uint32_t domid)
{
	return xl_call(domid, "asking the guest to shut down", ask_shutdown_call, NULL);
}

char *domain_config_get(uint32_t domid)
{
	char *text = NULL;

	return xl_call(domid, "reading the guest's config", config_get_call, &text) ? NULL : text;
}

int domain_create(char *config, uint32_t *domid)
{
	struct creation creation = { config, domid };

	return xl_call(*domid, "starting the guest again", create_call, &creation);
}

int domain_soft_reset(uint32_t domid)
{
	return xl_call(domid, "the soft reset", soft_reset_call, NULL);
}

struct xs_handle *domain_watch_open(void)
{
	struct xs_handle *watch = xs_open(0);

	if (watch && xs_watch(watch, "@releaseDomain", "end"))
		return watch;
	if (watch)
		xs_close(watch);
	return NULL;
}

void domain_watch_wait(struct xs_handle *watch, int timeout_ms)
{
	struct pollfd fd = { .fd = watch ? xs_fileno(watch) : -1, .events = POLLIN };
	char **event;

	if (poll(&fd, 1, timeout_ms) <= 0)
		return;
	while ((event = xs_check_watch(watch)))
		free(event);
}

int domain_watch_fd(struct xs_handle *watch)
{
	return xs_fileno(watch);
}

void domain_watch_close(struct xs_handle *watch)
{
	if (watch)
		xs_close(watch);
}
