// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes the ELF: header | headers of the sections, the first of them empty | names | the sections'
 * bytes.
 */
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "layout/elf.h"

/* Those that say what types there are. The first one must be there. */
static const char *const names[] = {
	".debug_info", ".debug_abbrev", ".debug_str", ".debug_line_str", ".debug_str_offsets",
};
#define NAMES		(sizeof(names) / sizeof(names[0]))
#define NAME_SIZE	24u		/* of each in the image, filled up with NULs */
#define HEADERS		(NAMES + 2)	/* with the empty one and that of the names */
#define NAMES_AT	(sizeof(Elf64_Ehdr) + HEADERS * sizeof(Elf64_Shdr))

static void head_fill(Elf64_Ehdr *head)
{
	*head = (Elf64_Ehdr){
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
			     EV_CURRENT },
		.e_type = ET_REL, .e_machine = EM_X86_64, .e_version = EV_CURRENT,
		.e_shoff = sizeof(*head), .e_ehsize = sizeof(*head),
		.e_shentsize = sizeof(Elf64_Shdr), .e_shnum = HEADERS, .e_shstrndx = 1,
	};
}

/* Where a section without bytes would be, there is nothing; libdw passes over it. */
static void sections_put(char *image, const struct pe_section sections[NAMES])
{
	Elf64_Shdr *headers = (Elf64_Shdr *)(image + sizeof(Elf64_Ehdr));
	size_t at = NAMES_AT + HEADERS * NAME_SIZE, i;

	headers[1] = (Elf64_Shdr){ .sh_name = NAME_SIZE, .sh_type = SHT_STRTAB,
				   .sh_offset = NAMES_AT, .sh_size = HEADERS * NAME_SIZE };
	strcpy(image + NAMES_AT + NAME_SIZE, ".shstrtab");
	for (i = 0; i < NAMES; i++) {
		headers[i + 2] = (Elf64_Shdr){
			.sh_name = (Elf64_Word)((i + 2) * NAME_SIZE), .sh_type = SHT_PROGBITS,
			.sh_offset = at, .sh_size = sections[i].len, .sh_addralign = 1,
		};
		strcpy(image + NAMES_AT + (i + 2) * NAME_SIZE, names[i]);
		if (sections[i].len)
			memcpy(image + at, sections[i].bytes, sections[i].len);
		at += sections[i].len;
	}
}

const char *elf_make(const struct pe *pe, char **image, size_t *len)
{
	struct pe_section sections[NAMES];
	size_t i;

	*image = NULL;
	*len = NAMES_AT + HEADERS * NAME_SIZE;
	for (i = 0; i < NAMES; i++) {
		if (!pe_section_find(pe, names[i], &sections[i]))
			sections[i] = (struct pe_section){ .len = 0 };
		*len += sections[i].len;
	}
	if (!sections[0].len)
		return "it has no DWARF (Debian's xen-4.17-amd64.efi has none)";
	*image = calloc(1, *len);
	if (!*image)
		return "no memory";
	head_fill((Elf64_Ehdr *)*image);
	sections_put(*image, sections);
	return NULL;
}
