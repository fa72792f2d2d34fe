// SPDX-License-Identifier: GPL-2.0-only
/* Compares the nodes of what guests have with those of their vCPUs. */
#include "host/far.h"

#include <string.h>

#include "xen/domain.h"

/* "node 1", "nodes 0 and 2" */
static const char *nodes_text(uint64_t set, char *text, size_t len)
{
	const char *before = set & (set - 1) ? "nodes " : "node ";
	size_t at = 0;
	unsigned int i;

	text[0] = '\0';
	for (i = 0; i < NODES_MAX && at < len; i++) {
		if (!(set >> i & 1))
			continue;
		at += snprintf(text + at, len - at, "%s%u", before, i);
		before = (set >> i >> 1) & ((set >> i >> 1) - 1) ? ", " : " and ";
	}
	return text;
}

static void far_tell(const struct inventory *inv, const struct xenpmem_holding *holding,
		     uint32_t node, uint64_t set, void (*take)(const char *line, void *arg),
		     void *arg)
{
	char name[DOMAIN_NAME_LEN], nodes[256], line[1024];

	snprintf(line, sizeof(line),
		 "guest %s: its vCPUs run on %s, and what it has of %s is on node %u "
		 "(cpus = \"node:%u\" in its config)", domain_name(holding->domid, name),
		 nodes_text(set, nodes, sizeof(nodes)), inventory_name(inv, holding->uuid), node,
		 node);
	take(line, arg);
}

/* Was there a line about this guest and namespace before? */
static bool is_repeated(const struct inventory *inv, const struct xenpmem_holding *holding)
{
	const struct xenpmem_holding *h;

	for (h = inv->holdings; h < holding; h++)
		if (h->domid == holding->domid && !memcmp(h->uuid, holding->uuid, 16))
			return true;
	return false;
}

unsigned int far_each(const struct inventory *inv, const struct nodes *nodes,
		      void (*take)(const char *line, void *arg), void *arg)
{
	const struct xenpmem_holding *h;
	unsigned int nr = 0;
	uint64_t set;
	uint32_t node;

	for (h = inv->holdings; h < inv->holdings + inv->nr_holdings; h++) {
		if (holding_is_dead(h) || inventory_is_labels(inv, h->uuid) ||
		    is_repeated(inv, h))
			continue;
		node = nodes_of_memory(nodes, h->spa);
		set = node == NODE_UNKNOWN ? 0 : nodes_of_domain(nodes, h->domid);
		if (!set || set >> node & 1)
			continue;
		far_tell(inv, h, node, set, take, arg);
		nr++;
	}
	return nr;
}
