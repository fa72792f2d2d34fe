/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The specification of a vNVDIMM, as an item of vnvdimms or an operand of attach spells it, or of
 * RAM, as an item of pmem_ram does. This part knows nothing of the host.
 */
#ifndef XEN_PMEM_TOOL_SPEC_H
#define XEN_PMEM_TOOL_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPEC_KEYS	"backend, ro, node, gpa, label, size, offset, badblocks"
#define SPEC_RAM_KEYS	"size, backend, node"
#define SPEC_NAME_MAX	256
#define SPEC_TEXT_MAX	512
#define SPEC_WHY_MAX	200

enum label_choice { LABEL_DEFAULT, LABEL_ON, LABEL_OFF };
enum bad_choice { BAD_DEFAULT, BAD_LIST, BAD_REFUSE };

struct vnvdimm_spec {
	char name[SPEC_NAME_MAX];	/* a namespace, by any of its names, or a path */
	uint64_t gpa;			/* or XENPMEM_ANYWHERE; a multiple of 4096 */
	uint64_t size;			/* 0: up to the namespace's end; multiples of 4096 */
	uint64_t offset;
	uint32_t node;			/* or XENPMEM_NO_NODE */
	enum label_choice label;	/* LABEL_ON excludes size and offset */
	enum bad_choice badblocks;
	bool ro;
	bool ram;			/* an item of pmem_ram; these members mean something: */
	bool own_node;			/* besides name, which may be "", and size, in whole GiB */
};

/*
 * Reads "backend=NAME[,ro][,node=N][,gpa=ADDR][,label=on|off][,size=SIZE][,offset=OFF]
 * [,badblocks=list|refuse]", in any order; "backend=" may be left out. false: `why` is "KEY:
 * reason" for people, of len bytes at most (SPEC_WHY_MAX always suffice).
 */
bool spec_parse(const char *text, struct vnvdimm_spec *spec, char *why, size_t len);

/* Reads "size=SIZE[,backend=NAME][,node=own|0]" in the same way. */
bool spec_parse_ram(const char *text, struct vnvdimm_spec *spec, char *why, size_t len);

#endif
