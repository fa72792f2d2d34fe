/* SPDX-License-Identifier: GPL-2.0-only */
/* Domains, through Xen's own libraries. A fresh libxl context for each call: none of them is called often, and none may outlive a fork. */
#ifndef XEN_PMEM_TOOL_DOMAIN_H
#define XEN_PMEM_TOOL_DOMAIN_H

#include <stdbool.h>
#include <stdint.h>

#define DOMAIN_NAME_LEN	128

enum domain_state {
	DOMAIN_GONE,		/* not there, or being destroyed */
	DOMAIN_UNBORN,		/* paused, and never ran */
	DOMAIN_ALIVE,
	DOMAIN_SHUTDOWN,	/* of itself; `reason` says why */
};

struct domain_status {
	enum domain_state state;
	uint32_t domid;
	unsigned int reason;	/* SHUTDOWN_* of xen/sched.h */
	uint8_t uuid[16];
};

/* The name, or the number where there is none (any more). Returns name. */
const char *domain_name(uint32_t domid, char name[DOMAIN_NAME_LEN]);

/* By name or number; false: no such domain. A dead domain that only its pages keep is found by number. */
bool domain_find(const char *name, uint32_t *domid);
bool domain_find_uuid(const uint8_t uuid[16], uint32_t *domid);

struct domain_status domain_status(uint32_t domid);

/* 0, or EXIT_REFUSED with a line said. */
int domain_destroy(uint32_t domid);
int domain_unpause(uint32_t domid);
int domain_dump(uint32_t domid, const char *file);
int domain_ask_shutdown(uint32_t domid);	/* the guest may do so, or not */

/*
 * What the guest is like now, its config with all that xl changed since (name, memory, vCPUs, devices), as libxl's JSON, to be freed; NULL with a line said.
 * And a new guest, paused, made from it.
 */
char *domain_config_get(uint32_t domid);
int domain_create(char *config, uint32_t *domid);

/* The guest goes on in place after it asked for a soft reset, paused: its memory as it is, all that Xen and dom0 had connected to it connected anew. */
int domain_soft_reset(uint32_t domid);

/* Waits for the next domain, any, that ends. Open it before looking at a domain's state, so that none is missed. */
struct xs_handle;
struct xs_handle *domain_watch_open(void);
void domain_watch_wait(struct xs_handle *watch, int timeout_ms);	/* -1: no limit */
void domain_watch_close(struct xs_handle *watch);

#endif
