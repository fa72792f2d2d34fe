/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any text as a description: nothing crashes; what is accepted holds together and is written back
 * the same; what is refused has a reason.
 */
#include "fuzz.h"
#include "tool/copy/description.h"

/* The seeds are bytes, not texts: a byte from 0x80 on stands for a word that the parser knows. */
static size_t text_make(const uint8_t *data, size_t len, char *text, size_t max)
{
	static const char *const words[] = {
		"{\"xen-pmem-image\":1,\"backing\":\"x\",", "\"uuid\":", "\"guest\":",
		"\"11111111-aaaa-4aaa-8aaa-111111111111\"", "\"size\":", "\"done\":",
		"\"crc32c\":\"00000000\"", "\"finished\":", "true", "false",
		"\"labels\":\"\",\"labels_crc32c\":\"5d87814f\"", "4096", "8192", ",", "}",
		"\"labels\":\"",
		("{\"xen-pmem-image\":1,\"backing\":\"x\",\"size\":4096,\"done\":0,"
		 "\"crc32c\":\"00000000\",\"finished\":false}"),
		"{\"xen-pmem-image\":2,\"backing\":\"x\",\"bad_blocks\":[",
	};
	size_t at = 0, i, nr = sizeof(words) / sizeof(words[0]);

	for (i = 0; i < len && at + 128 < max; i++) {
		if (data[i] >= 0x80)
			at += (size_t)sprintf(text + at, "%s", words[data[i] % nr]);
		else
			text[at++] = (char)data[i];
	}
	return at;
}

static void check(const struct description *image)
{
	static struct description back;
	char why[DESCRIPTION_WHY_MAX], *text;
	unsigned int i;

	must(image->size && image->done <= image->size &&
	     (!image->finished || image->done == image->size));
	for (i = 0; i < image->nr_bad; i++)
		must(image->bad[i].length && !(image->bad[i].offset % 4096) &&
		     image->bad[i].offset + image->bad[i].length <= image->done &&
		     (!i || image->bad[i].offset >
				    image->bad[i - 1].offset + image->bad[i - 1].length));
	must(image->backing[0] && memchr(image->backing, 0, sizeof(image->backing)));
	text = description_print(image);
	must(text && strlen(text) < DESCRIPTION_TEXT_MAX);
	must(description_parse(text, strlen(text), &back, why, sizeof(why)));
	must(!memcmp(&back, image, sizeof(back)));
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct description image;
	char text[4096], why[DESCRIPTION_WHY_MAX];

	len = text_make(data, len, text, sizeof(text));
	memset(why, 0, sizeof(why));
	if (description_parse(text, len, &image, why, sizeof(why)))
		check(&image);
	else
		must(why[0] && memchr(why, 0, sizeof(why)));
	return 0;
}
