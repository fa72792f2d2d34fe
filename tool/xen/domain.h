/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Domains, by Xen's own libraries. Each call opens a handle of its own, because a handle must not
 * outlive a fork; calls are rare. Functions that return int say why they fail and return
 * EXIT_REFUSED.
 */
#ifndef XEN_PMEM_TOOL_DOMAIN_H
#define XEN_PMEM_TOOL_DOMAIN_H

#include <stdbool.h>
#include <stdint.h>

#define DOMAIN_NAME_LEN	128

enum domain_state {
	DOMAIN_GONE,		/* it does not exist, or is being destroyed */
	DOMAIN_UNBORN,		/* it is paused and never ran */
	DOMAIN_ALIVE,
	DOMAIN_SHUTDOWN,	/* it has shut down; `reason` says why */
};

struct domain_status {
	enum domain_state state;
	unsigned int reason;	/* SHUTDOWN_* of xen/sched.h */
	uint8_t uuid[16];
};

/* The name, or the number of a domain without name. Returns name. */
const char *domain_name(uint32_t domid, char name[DOMAIN_NAME_LEN]);

/* By name or number; false: no such domain. A dead domain is found by number alone. */
bool domain_find(const char *name, uint32_t *domid);
bool domain_find_uuid(const uint8_t uuid[16], uint32_t *domid);

/* Has `take` called with the name, as domain_name(), of each guest. */
void domain_names_each(void (*take)(const char *name, void *arg), void *arg);

struct domain_status domain_status(uint32_t domid);

int domain_destroy(uint32_t domid);
int domain_unpause(uint32_t domid);
int domain_dump(uint32_t domid, const char *file);
int domain_ask_shutdown(uint32_t domid);	/* the guest may ignore it */

/*
 * The guest's config as it is now, with all that xl changed (name, memory, vCPUs, devices), as
 * libxl's JSON, for free(); NULL with a line. And a new guest, paused, that is made from it.
 */
char *domain_config_get(uint32_t domid);
int domain_create(char *config, uint32_t *domid);

/*
 * Resets the guest in place, after it asked for that: it is paused then, its memory is as before,
 * and Xen and dom0 have connected everything again.
 */
int domain_soft_reset(uint32_t domid);

/* Waits until any domain ends. Open it before a look at a domain's state, to miss no end. */
struct xs_handle;
struct xs_handle *domain_watch_open(void);
void domain_watch_wait(struct xs_handle *watch, int timeout_ms);	/* -1: no limit */
int domain_watch_fd(struct xs_handle *watch);	/* for poll(): POLLIN */
void domain_watch_close(struct xs_handle *watch);

#endif
