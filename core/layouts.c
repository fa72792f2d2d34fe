// SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only
/* Reads the text of a layouts file. */
#include "layouts.h"

#define FIELD(name, size)	{ #name, offsetof(struct xen_pmem_layout, name), size }

const struct layout_field layout_fields[LAYOUT_FIELDS] = {
	FIELD(next_in_list, 8), FIELD(options, 4), FIELD(is_dying, 4), FIELD(creation_finished, 1),
	FIELD(iommu_ops, 8), FIELD(iommu_need_sync, 1), FIELD(iomem_caps, 8),
	FIELD(ioport_caps, 8), FIELD(refcnt, 4), FIELD(p2m, 8), FIELD(max_vcpus, 4),
	FIELD(vcpus, 8), FIELD(paging_mode, 4), FIELD(vcpu_domain, 8), FIELD(vcpu_next, 8),
	FIELD(monitor_table, 8), FIELD(p2m_domain, 8), FIELD(p2m_access, 4),
	FIELD(rangeset_domain, 8),
};
#undef FIELD

struct word {
	const char *at;
	size_t len;
};

static bool word_is(const struct word *w, const char *text)
{
	size_t i;

	for (i = 0; i < w->len; i++)
		if (!text[i] || text[i] != w->at[i])
			return false;
	return !text[i];
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool build_id_parse(const char *text, size_t len, struct xen_pmem_build_id *id)
{
	size_t i;

	if (len != 40 && len != 32)
		return false;
	*id = (struct xen_pmem_build_id){ .len = (uint8_t)(len / 2) };
	for (i = 0; i < len; i++) {
		if (digit(text[i]) < 0)
			return false;
		id->bytes[i / 2] = (uint8_t)(id->bytes[i / 2] << 4 | digit(text[i]));
	}
	return true;
}

static bool offset_parse(const struct word *w, uint16_t *offset)
{
	uint32_t value = 0;
	size_t i;

	if (w->len < 3 || w->len > 5 || w->at[0] != '0' || w->at[1] != 'x')
		return false;
	for (i = 2; i < w->len; i++) {
		if (digit(w->at[i]) < 0)
			return false;
		value = value << 4 | (uint32_t)digit(w->at[i]);
	}
	*offset = (uint16_t)value;
	return value <= LAYOUT_OFFSET_MAX;
}

static bool char_is_version(char c)
{
	return digit(c) >= 0 || (c >= 'g' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
	       c == '+' || c == '-' || c == '~' || c == ':';
}

bool layout_version_parse(const char *text, size_t len, char version[64])
{
	size_t i;

	if (len < 4 || len > 63 || text[0] != '4' || text[1] != '.' || text[2] < '0' ||
	    text[2] > '9' || text[3] < '0' || text[3] > '9' ||
	    (len > 4 && text[4] >= '0' && text[4] <= '9'))
		return false;
	for (i = 0; i < len; i++)
		if (!char_is_version(text[i]))
			return false;
	memset(version, 0, 64);
	memcpy(version, text, len);
	return true;
}

void layouts_open(struct layouts *l, const char *text, size_t len)
{
	*l = (struct layouts){ .at = text, .end = text + len };
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct word word_take(const char **at, const char *end)
{
	struct word w;

	while (*at < end && is_blank(**at))
		++*at;
	w.at = *at;
	while (*at < end && !is_blank(**at))
		++*at;
	w.len = (size_t)(*at - w.at);
	return w;
}

/* The next line that says something: its words. false: the text has ended, or the line is wrong. */
static bool line_take(struct layouts *l, struct word *name, struct word *value)
{
	const char *at, *end;

	while (l->at < l->end) {
		at = end = l->at;
		while (end < l->end && *end != '\n')
			end++;
		l->at = end < l->end ? end + 1 : end;
		l->line++;
		*name = word_take(&at, end);
		if (!name->len || *name->at == '#')
			continue;
		*value = word_take(&at, end);
		if (value->len && !word_take(&at, end).len)
			return true;
		l->wrong = "not a name and a value";
		return false;
	}
	return false;
}

static const char *id_line(struct xen_pmem_layout *out, const struct word *value)
{
	struct xen_pmem_build_id *id = out->id[0].len ? &out->id[1] : &out->id[0];

	if (id->len)
		return "a third build-id";
	return build_id_parse(value->at, value->len, id) ? NULL
							 : "not a build-id of 20 or 16 bytes";
}

static const char *field_line(struct xen_pmem_layout *out, const struct word *name,
			      const struct word *value, uint32_t *seen)
{
	uint16_t offset;
	unsigned int i;

	for (i = 0; i < LAYOUT_FIELDS && !word_is(name, layout_fields[i].name); i++)
		;
	if (i == LAYOUT_FIELDS)
		return "no such field";
	if (*seen & 1u << i)
		return "a field twice";
	if (!offset_parse(value, &offset))
		return "not an offset from 0x0 to 0xff8";
	if (offset % layout_fields[i].size)
		return "not an offset at which Xen has such a field";
	memcpy((char *)out + layout_fields[i].at, &offset, sizeof(offset));
	*seen |= 1u << i;
	return NULL;
}

/* The stanza's lines after the first one. */
static const char *stanza_take(struct layouts *l, struct xen_pmem_layout *out)
{
	const char *before = l->at, *wrong = NULL;
	unsigned int line = l->line;
	struct word name, value;
	uint32_t seen = 0;

	while (!wrong && line_take(l, &name, &value) && !word_is(&name, "xen")) {
		wrong = word_is(&name, "build-id") ? id_line(out, &value)
						   : field_line(out, &name, &value, &seen);
		before = l->at;
		line = l->line;
	}
	if (wrong || l->wrong)
		return wrong ? wrong : l->wrong;
	l->at = before;
	l->line = line;
	if (!out->id[0].len)
		return "a build without its build-id";
	return seen == (1u << LAYOUT_FIELDS) - 1 ? NULL : "a build that lacks a field";
}

int layouts_next(struct layouts *l, struct xen_pmem_layout *out)
{
	struct word name, value;

	*out = (struct xen_pmem_layout){ .version = "" };
	if (!line_take(l, &name, &value))
		return l->wrong ? -1 : 0;
	if (!word_is(&name, "xen"))
		l->wrong = "before the first line that begins with xen";
	else if (!layout_version_parse(value.at, value.len, out->version))
		l->wrong = "not a version of Xen";
	else
		l->wrong = stanza_take(l, out);
	return l->wrong ? -1 : 1;
}

bool layout_has_id(const struct xen_pmem_layout *layout, const uint8_t *id, size_t len)
{
	unsigned int i;

	for (i = 0; i < 2; i++)
		if (len && layout->id[i].len == len && !memcmp(layout->id[i].bytes, id, len))
			return true;
	return false;
}

int layout_minor(const struct xen_pmem_layout *layout)
{
	const char *v = layout->version;

	return v[0] == '4' ? (v[2] - '0') * 10 + v[3] - '0' : -1;
}
