// SPDX-License-Identifier: LGPL-2.1-only
/* Checks a payload's seal, reads what it says of itself, and fills in the running Xen. */
#include "extension_payload.h"

#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/crc32c.h"

#define PAYLOAD_MAX	(4u << 20)
#define NOTE_BUILD_ID	3u	/* NT_GNU_BUILD_ID */

struct note {
	uint32_t name_len, len, type;
	char name[4];
	uint8_t id[sizeof(((struct xen_pmem_build_id *)NULL)->bytes)];
};

/* Removes the seal and returns NULL, or returns what is wrong with it. */
static const char *seal_check(struct payload *p)
{
	struct xen_pmem_seal seal;

	if (p->len > PAYLOAD_MAX || p->len < sizeof(seal))
		return "no payload, or corrupted (checksum missing)";
	p->len -= sizeof(seal);
	memcpy(&seal, p->bytes + p->len, sizeof(seal));
	if (memcmp(seal.magic, XEN_PMEM_SEAL_MAGIC, sizeof(seal.magic)))
		return "no payload, or corrupted (checksum missing)";
	return seal.crc == crc32c(0, p->bytes, p->len) ? NULL : "corrupted (checksum)";
}

bool payload_read(const char *path, struct payload *p, const char **why)
{
	FILE *f = fopen(path, "re");

	*p = (struct payload){ 0 };
	if (!f) {
		*why = strerror(errno);
		return false;
	}
	p->bytes = malloc(PAYLOAD_MAX + 1);
	p->len = p->bytes ? fread(p->bytes, 1, PAYLOAD_MAX + 1, f) : 0;
	fclose(f);
	*why = p->bytes ? seal_check(p) : strerror(ENOMEM);
	if (!*why && p->len > sizeof(Elf64_Ehdr) && !memcmp(p->bytes, ELFMAG, SELFMAG) &&
	    p->bytes[EI_CLASS] == ELFCLASS64)
		return true;
	if (!*why)
		*why = "no payload: not an x86-64 ELF object";
	payload_free(p);
	return false;
}

void payload_free(struct payload *p)
{
	free(p->bytes);
	*p = (struct payload){ 0 };
}

static bool section_header(const struct payload *p, unsigned int index, Elf64_Shdr *section)
{
	Elf64_Ehdr header;
	uint64_t at;

	memcpy(&header, p->bytes, sizeof(header));
	at = header.e_shoff + index * (uint64_t)sizeof(*section);
	if (index >= header.e_shnum || header.e_shentsize != sizeof(*section) ||
	    header.e_shoff > p->len || at + sizeof(*section) > p->len)
		return false;
	memcpy(section, p->bytes + at, sizeof(*section));
	return section->sh_type == SHT_NOBITS ||
	       (section->sh_offset <= p->len && section->sh_size <= p->len - section->sh_offset);
}

static bool name_is(const struct payload *p, const Elf64_Shdr *names, uint32_t at, const char *name)
{
	size_t len = strlen(name) + 1;

	return at < names->sh_size && len <= names->sh_size - at &&
	       !memcmp(p->bytes + names->sh_offset + at, name, len);
}

/*
 * The bytes of the section; NULL: the section is missing, or it has fewer than `len` bytes in the
 * file.
 */
static uint8_t *section_find(const struct payload *p, const char *name, size_t len)
{
	Elf64_Shdr names, section;
	Elf64_Ehdr header;
	unsigned int i;

	memcpy(&header, p->bytes, sizeof(header));
	if (!section_header(p, header.e_shstrndx, &names) || names.sh_type == SHT_NOBITS)
		return NULL;
	for (i = 1; section_header(p, i, &section); i++)
		if (section.sh_type != SHT_NOBITS && section.sh_size >= len &&
		    name_is(p, &names, section.sh_name, name))
			return p->bytes + section.sh_offset;
	return NULL;
}

/* In place; with room for a build-id of 20 bytes, whatever it has. */
static uint8_t *note_find(const struct payload *p, const char *section, struct note *note)
{
	uint8_t *at = section_find(p, section, sizeof(*note));

	if (!at)
		return NULL;
	memcpy(note, at, sizeof(*note));
	return note->name_len == sizeof(note->name) && note->len <= sizeof(note->id) &&
	       note->type == NOTE_BUILD_ID && !memcmp(note->name, "GNU", 4) ? at : NULL;
}

bool payload_build_id(const struct payload *p, struct xen_pmem_build_id *id)
{
	struct note note;

	if (!note_find(p, ".livepatch.xen_depends", &note))
		return false;
	id->len = (uint8_t)note.len;
	memcpy(id->bytes, note.id, sizeof(id->bytes));
	return true;
}

bool payload_series(const struct payload *p, struct xen_pmem_series *series)
{
	const uint8_t *at = section_find(p, ".xen_pmem.series", sizeof(*series));

	if (at)
		memcpy(series, at, sizeof(*series));
	return at;
}

static uint8_t *layouts_find(const struct payload *p)
{
	return section_find(p, ".xen_pmem.build",
			    XEN_PMEM_LAYOUTS_MAX * sizeof(struct xen_pmem_layout));
}

bool payload_is_empty(const struct payload *p)
{
	const uint8_t *at = layouts_find(p);

	return at && !*at;
}

static bool note_fill(struct payload *p, const char *section, const struct xen_pmem_build_id *id)
{
	struct note note;
	uint8_t *at = note_find(p, section, &note);

	if (!at)
		return false;
	note.len = id->len;
	memcpy(note.id, id->bytes, sizeof(note.id));
	memcpy(at, &note, sizeof(note));
	return true;
}

bool payload_fill(struct payload *p, const struct xen_pmem_build_id *id,
		  const struct xen_pmem_layout *list, unsigned int nr)
{
	uint8_t *at = layouts_find(p);

	if (!at || nr > XEN_PMEM_LAYOUTS_MAX || !note_fill(p, ".livepatch.depends", id) ||
	    !note_fill(p, ".livepatch.xen_depends", id))
		return false;
	memcpy(at, list, nr * sizeof(*list));
	return true;
}

bool payload_accept_set(struct payload *p)
{
	uint8_t *accept = section_find(p, ".xen_pmem.accept", sizeof(uint32_t));
	const uint32_t yes = 1;

	if (accept)
		memcpy(accept, &yes, sizeof(yes));
	return accept;
}
