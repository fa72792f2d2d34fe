// SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only
/* Finds the sections of a PE file. */
#include "pe.h"

#define HEAD_AT		60u	/* where the file says where its PE header is */
#define HEAD_SIZE	24u	/* with the signature; the optional header follows */
#define MACHINE_AMD64	0x8664u
#define SECTION_SIZE	40u	/* of a section's header */
#define SYMBOL_SIZE	18u	/* the string table follows the symbols */
#define NAME_LEN	8u

/* A section is filled up to a round size in the file; what it has in memory is its own. */
static uint64_t section_len(const struct pe *pe, uint64_t header)
{
	const uint64_t own = image_number(&pe->file, header + 8, 4);
	const uint64_t filled = image_number(&pe->file, header + 16, 4);

	return own && own < filled ? own : filled;
}

/* The table's first 4 bytes are its length. */
static bool strings_are_there(const struct pe *pe)
{
	return pe->strings <= pe->file.len && pe->file.len - pe->strings >= 4 &&
	       image_number(&pe->file, pe->strings, 4) <= pe->file.len - pe->strings;
}

/* Of one without bytes in the file, as .bss, the place is 0. */
static const char *sections_check(const struct pe *pe)
{
	uint64_t i, header, at;

	if (pe->sections > pe->file.len || pe->nr > (pe->file.len - pe->sections) / SECTION_SIZE)
		return "truncated: it ends in the headers of its sections";
	for (i = 0; i < pe->nr; i++) {
		header = pe->sections + i * SECTION_SIZE;
		at = image_number(&pe->file, header + 20, 4);
		if (at > pe->file.len || (at && section_len(pe, header) > pe->file.len - at))
			return "truncated: it ends before the end of a section";
	}
	return NULL;
}

const char *pe_open(struct pe *pe, const uint8_t *file, size_t len)
{
	uint64_t head, symbols;

	*pe = (struct pe){ .file = { file, len } };
	head = image_number(&pe->file, HEAD_AT, 4);
	if (!image_has(&pe->file, 0, "MZ", 2) || !image_has(&pe->file, head, "PE\0", 4))
		return "not a PE file, as /boot/xen-*.efi is";
	if (image_number(&pe->file, head + 4, 2) != MACHINE_AMD64)
		return "a PE file for another machine than amd64";
	pe->nr = (uint32_t)image_number(&pe->file, head + 6, 2);
	pe->sections = head + HEAD_SIZE + image_number(&pe->file, head + 20, 2);
	symbols = image_number(&pe->file, head + 12, 4);
	if (symbols)
		pe->strings = symbols + image_number(&pe->file, head + 16, 4) * SYMBOL_SIZE;
	if (pe->strings && !strings_are_there(pe))
		return "truncated: it ends before the end of its string table";
	return sections_check(pe);
}

/* Does the string table have this name there, with its NUL? */
static bool long_name_is(const struct pe *pe, uint64_t header, const char *name, size_t len)
{
	uint64_t at = 0;
	unsigned int i;
	char c;

	for (i = 1; i < NAME_LEN; i++) {
		c = (char)pe->file.bytes[header + i];
		if (!c)
			break;
		if (c < '0' || c > '9')
			return false;
		at = at * 10 + (uint64_t)(c - '0');
	}
	return i > 1 && pe->strings && image_has(&pe->file, pe->strings + at, name, len + 1);
}

static bool name_is(const struct pe *pe, uint64_t header, const char *name)
{
	char padded[NAME_LEN] = { 0 };
	size_t len = 0;

	while (name[len])
		len++;
	if (pe->file.bytes[header] == '/')
		return long_name_is(pe, header, name, len);
	if (len > NAME_LEN)
		return false;
	memcpy(padded, name, len);
	return !memcmp(pe->file.bytes + header, padded, NAME_LEN);
}

bool pe_section_find(const struct pe *pe, const char *name, struct pe_section *section)
{
	uint64_t header, at;
	uint32_t i;

	for (i = 0; i < pe->nr; i++) {
		header = pe->sections + (uint64_t)i * SECTION_SIZE;
		at = image_number(&pe->file, header + 20, 4);
		if (!at || !name_is(pe, header, name))
			continue;
		*section = (struct pe_section){ pe->file.bytes + at, section_len(pe, header) };
		return true;
	}
	return false;
}
