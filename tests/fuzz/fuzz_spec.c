/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any text as the spec of a vNVDIMM, and of RAM: nothing crashes; what is accepted is well-formed,
 * what is refused has a reason that fits its buffer.
 */
#include "fuzz.h"
#include "tool/host/spec.h"
#include "xen-pmem/xenpmem.h"

static void check(const struct vnvdimm_spec *e)
{
	must(e->name[0] && memchr(e->name, 0, sizeof(e->name)) && !strchr(e->name, ','));
	must(e->gpa == XENPMEM_ANYWHERE || !(e->gpa % 4096));
	must(!(e->size % 4096) && !(e->offset % 4096));
	must(e->label != LABEL_ON || (!e->size && !e->offset));
	must(!e->ram);
}

/* Of a pool that need not be named come whole slots of 1 GiB. */
static void ram_check(const struct vnvdimm_spec *e)
{
	must(memchr(e->name, 0, sizeof(e->name)) && !strchr(e->name, ','));
	must(e->ram && e->size && !(e->size % (1ull << 30)));
	must(e->gpa == XENPMEM_ANYWHERE && e->node == XENPMEM_NO_NODE && !e->offset);
	must(e->label == LABEL_DEFAULT && !e->ro);
}

static void why_check(const char why[SPEC_WHY_MAX])
{
	must(strstr(why, ": ") && strlen(why) < SPEC_WHY_MAX - 1);
}

/* The seeds are bytes, not texts: a byte from 0x80 on stands for a word that the parser knows. */
static size_t text_make(const uint8_t *data, size_t len, char *text, size_t max)
{
	static const char *const words[] = {
		"backend=", "ro", "node=", "gpa=", "label=", "on", "off", "size=", "offset=", ",",
		"4K", "xen-a", "own", "0", "1G",
	};
	size_t at = 0, i;

	for (i = 0; i < len && at + 16 < max; i++) {
		if (data[i] >= 0x80 && data[i] < 0x80 + sizeof(words) / sizeof(words[0]))
			at += (size_t)sprintf(text + at, "%s", words[data[i] - 0x80]);
		else
			text[at++] = (char)(data[i] ? data[i] : ',');
	}
	text[at] = '\0';
	return at;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char text[1024], why[SPEC_WHY_MAX];
	struct vnvdimm_spec entry;

	text_make(data, len, text, sizeof(text));
	memset(why, 0, sizeof(why));
	if (spec_parse(text, &entry, why, sizeof(why)))
		check(&entry);
	else
		why_check(why);
	memset(why, 0, sizeof(why));
	if (spec_parse_ram(text, &entry, why, sizeof(why)))
		ram_check(&entry);
	else
		why_check(why);
	return 0;
}
