/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The description beside a copy: what is written is read back, and each thing that is wrong is
 * refused with its reason.
 */
#include "suite.h"
#include "tool/copy/description.h"
#include "tool/copy/crc32c_fast.h"

#define UUID_A	"11111111-aaaa-4aaa-8aaa-111111111111"
#define HEAD	"{\"xen-pmem-image\":1,\"backing\":\"b\","
#define TAIL	"\"done\":4096,\"crc32c\":\"00000000\",\"finished\":false}"
#define GOOD	HEAD "\"size\":8192," TAIL
#define OLD \
	"{\"xen-pmem-image\":1,\"backing\":\"namespace0.1 (xen-caf\xe9)\",\"size\":8192," TAIL
#define BAD(list) \
	"{\"xen-pmem-image\":2,\"backing\":\"b\",\"bad_blocks\":[" list "],\"size\":20000," \
	"\"done\":20000,\"crc32c\":\"00000000\",\"finished\":true}"
#define WRONG_PAIRS "bad_blocks: the pairs are not pages in order"
#define ZEROS	"5d87814f"	/* CRC-32C of 128 KiB of zeros */

/* A text, and what is wrong with it; NULL: it is good. */
static const struct text_row {
	const char *name, *text, *why;
} texts[] = {
	{ "the least", GOOD, NULL },
	{ "space around it", " \n" GOOD "\n", NULL },
	{ "of a namespace", HEAD "\"uuid\":\"" UUID_A "\",\"size\":8192," TAIL, NULL },
	{ "with a guest", HEAD "\"guest\":\"" UUID_A "\",\"size\":8192," TAIL, NULL },
	{ "labels, all zeros",
	  HEAD "\"uuid\":\"" UUID_A "\",\"labels\":\"\",\"labels_crc32c\":\"" ZEROS
	  "\",\"size\":8192," TAIL, NULL },
	{ "labels, zeros written out",
	  HEAD "\"uuid\":\"" UUID_A "\",\"labels\":\"0000\",\"labels_crc32c\":\"" ZEROS
	  "\",\"size\":8192," TAIL, NULL },
	{ "an odd size",
	  HEAD "\"size\":5000,\"done\":5000,\"crc32c\":\"00000000\",\"finished\":true}", NULL },
	{ "all done, but not finished",
	  HEAD "\"size\":5000,\"done\":5000,\"crc32c\":\"00000000\",\"finished\":false}", NULL },
	{ "a member twice: the last one", HEAD "\"size\":1,\"size\":8192," TAIL, NULL },
	{ "nothing", "", "not JSON: continue" },
	{ "no JSON", "image", "not JSON: unexpected character" },
	{ "cut off", HEAD "\"size\":81", "not JSON: continue" },
	{ "more behind it", GOOD "x", "not JSON: unexpected character" },
	{ "two of them", GOOD GOOD, "not JSON: unexpected character" },
	{ "a comma too many",
	  HEAD "\"size\":8192,\"done\":4096,\"crc32c\":\"00000000\",\"finished\":false,}",
	  "not JSON: unexpected character" },
	{ "a name without quotes", "{size:1}", "not JSON: " },
	{ "a comment", "/**/" GOOD, "not JSON: " },
	{ "nested", HEAD "\"size\":[[[[[[8192]]]]]]," TAIL, "not JSON: nesting too deep" },
	{ "a list", "[1]", "not the description of an image of xen-pmem's" },
	{ "a number", "1", "not JSON: continue" },
	{ "a text", "\"1\"", "not the description of an image of xen-pmem's" },
	{ "null", "null", "not JSON: " },
	{ "another object", "{\"size\":8192}", "not the description of an image of xen-pmem's" },
	{ "bad blocks", BAD("4096,4096"), NULL },
	{ "two runs of them", BAD("0,8192,12288,4096"), NULL },
	{ "up to an odd end", BAD("12288,7712"), NULL },
	{ "none of them", BAD(""), NULL },
	{ "bad blocks in version 1", HEAD "\"bad_blocks\":[0,4096],\"size\":8192," TAIL,
	  "bad_blocks is not known to version 1" },
	{ "version 2 without them", "{\"xen-pmem-image\":2,\"backing\":\"b\",\"size\":8192," TAIL,
	  "bad_blocks is missing" },
	{ "an offset without a length", BAD("0"),
	  "bad_blocks is not a list of pairs, 256 at most" },
	{ "no list", "{\"xen-pmem-image\":2,\"bad_blocks\":4096,\"backing\":\"b\",\"size\":8192,"
	  TAIL, "bad_blocks is not a list of pairs, 256 at most" },
	{ "a list of texts", BAD("\"0\",4096"), "bad_blocks is not a number" },
	{ "an offset below 0", BAD("-4096,4096"), "bad_blocks is not a number" },
	{ "a length that is too large", BAD("0,4611686018427387905"), "bad_blocks is too large" },
	{ "not in order", BAD("8192,4096,0,4096"), WRONG_PAIRS },
	{ "one over the other", BAD("0,8192,4096,4096"), WRONG_PAIRS },
	{ "side by side", BAD("0,4096,4096,4096"), WRONG_PAIRS },
	{ "inside of a page", BAD("512,4096"), WRONG_PAIRS },
	{ "half a page", BAD("4096,512"), WRONG_PAIRS },
	{ "of no length", BAD("4096,0"), WRONG_PAIRS },
	{ "behind what is done", BAD("16384,8192"), WRONG_PAIRS },
	{ "lists in the list", BAD("[0,4096],[8192,4096]"), "not JSON: nesting too deep" },
	{ "version 3", "{\"xen-pmem-image\":3,\"more\":1}",
	  "made by another version of xen-pmem (its format is 3, this one's 2)" },
	{ "version 0", "{\"xen-pmem-image\":0}",
	  "made by another version of xen-pmem (its format is 0, this one's 2)" },
	{ "version text", "{\"xen-pmem-image\":\"1\"}", "xen-pmem-image is not a number" },
	{ "unknown member", HEAD "\"size\":8192,\"colour\":1," TAIL,
	  "colour is not known to this version" },
	{ "no backing", "{\"xen-pmem-image\":1,\"size\":8192," TAIL, "backing is missing" },
	{ "empty backing", "{\"xen-pmem-image\":1,\"backing\":\"\",\"size\":8192," TAIL,
	  "backing is empty or too long" },
	{ "NUL in a text", "{\"xen-pmem-image\":1,\"backing\":\"a\\u0000b\",\"size\":8192," TAIL,
	  "backing is not a text" },
	{ "escaped NUL in a name",
	  "{\"xen-pmem-image\":1,\"backing\":\"a\\\\x00b\",\"size\":8192," TAIL,
	  "backing has a NUL byte in it" },
	{ "backing null", "{\"xen-pmem-image\":1,\"backing\":null,\"size\":8192," TAIL,
	  "backing is not a text" },
	{ "no size", HEAD TAIL, "size is missing" },
	{ "size 0", HEAD "\"size\":0," TAIL, "size is 0" },
	{ "size negative", HEAD "\"size\":-4096," TAIL, "size is not a number" },
	{ "size text", HEAD "\"size\":\"8192\"," TAIL, "size is not a number" },
	{ "size fraction", HEAD "\"size\":8192.0," TAIL, "size is not a number" },
	{ "size true", HEAD "\"size\":true," TAIL, "size is not a number" },
	{ "size beyond all", HEAD "\"size\":9223372036854775807," TAIL, "size is too large" },
	{ "size beyond 64 bits", HEAD "\"size\":99999999999999999999999," TAIL,
	  "size is too large" },
	{ "no UUID", HEAD "\"uuid\":\"1111\",\"size\":8192," TAIL, "uuid is not a UUID" },
	{ "UUID of zeros",
	  HEAD "\"uuid\":\"00000000-0000-0000-0000-000000000000\",\"size\":8192," TAIL,
	  "uuid is not a UUID" },
	{ "UUID number", HEAD "\"uuid\":1,\"size\":8192," TAIL, "uuid is not a text" },
	{ "guest of zeros",
	  HEAD "\"guest\":\"00000000-0000-0000-0000-000000000000\",\"size\":8192," TAIL,
	  "guest is not a UUID" },
	{ "labels without CRC", HEAD "\"uuid\":\"" UUID_A "\",\"labels\":\"\",\"size\":8192," TAIL,
	  "labels_crc32c is missing" },
	{ "CRC without labels",
	  HEAD "\"uuid\":\"" UUID_A "\",\"labels_crc32c\":\"" ZEROS "\",\"size\":8192," TAIL,
	  "labels is missing" },
	{ "labels of no namespace",
	  HEAD "\"labels\":\"\",\"labels_crc32c\":\"" ZEROS "\",\"size\":8192," TAIL,
	  "labels without a uuid" },
	{ "labels damaged",
	  HEAD "\"uuid\":\"" UUID_A "\",\"labels\":\"01\",\"labels_crc32c\":\"" ZEROS
	  "\",\"size\":8192," TAIL, "labels are damaged (their CRC does not fit)" },
	{ "half a byte of labels", HEAD "\"labels\":\"0\",\"size\":8192," TAIL,
	  "labels has 1 digits" },
	{ "labels that are none", HEAD "\"labels\":\"0g\",\"size\":8192," TAIL,
	  "labels is not made of hexadecimal digits" },
	{ "labels in capitals", HEAD "\"labels\":\"AA\",\"size\":8192," TAIL,
	  "labels is not made of hexadecimal digits" },
	{ "done beyond the end",
	  HEAD "\"size\":8192,\"done\":12288,\"crc32c\":\"00000000\",\"finished\":false}",
	  "done is not a multiple of 4096 up to size" },
	{ "done inside of a page",
	  HEAD "\"size\":8192,\"done\":100,\"crc32c\":\"00000000\",\"finished\":false}",
	  "done is not a multiple of 4096 up to size" },
	{ "no done", HEAD "\"size\":8192,\"crc32c\":\"00000000\",\"finished\":false}",
	  "done is missing" },
	{ "finished too early",
	  HEAD "\"size\":8192,\"done\":4096,\"crc32c\":\"00000000\",\"finished\":true}",
	  "finished, but not all is done" },
	{ "finished 1", HEAD "\"size\":8192,\"done\":8192,\"crc32c\":\"00000000\",\"finished\":1}",
	  "finished is not true or false" },
	{ "no finished", HEAD "\"size\":8192,\"done\":8192,\"crc32c\":\"00000000\"}",
	  "finished is missing" },
	{ "no CRC", HEAD "\"size\":8192,\"done\":8192,\"finished\":true}", "crc32c is missing" },
	{ "CRC too short",
	  HEAD "\"size\":8192,\"done\":8192,\"crc32c\":\"0000000\",\"finished\":true}",
	  "crc32c is not eight digits" },
	{ "CRC no digits",
	  HEAD "\"size\":8192,\"done\":8192,\"crc32c\":\"0000000x\",\"finished\":true}",
	  "crc32c is not made of hexadecimal digits" },
	{ "CRC number", HEAD "\"size\":8192,\"done\":8192,\"crc32c\":0,\"finished\":true}",
	  "crc32c is not a text" },
};

static void text_parses(void **state)
{
	const struct text_row *row = *state;
	static struct description image;
	char why[DESCRIPTION_WHY_MAX] = "";
	bool good = description_parse(row->text, strlen(row->text), &image, why, sizeof(why));

	if (!row->why) {
		assert_string_equal(why, "");
		assert_true(good);
		return;
	}
	assert_false(good);
	if (strncmp(why, row->why, strlen(row->why)))
		assert_string_equal(why, row->why);
	assert_true(!strncmp(row->why, "not JSON", 8) || !strcmp(why, row->why));
}

static void description_fill(struct description *image, uint64_t *random)
{
	size_t i, len = random_next(random) % (XEN_PMEM_LABEL_SIZE + 1);

	memset(image, 0, sizeof(*image));
	snprintf(image->backing, sizeof(image->backing), "a \"%llx\" \\ \xe9 \xc3\xa9 \x7f/\n",
		 (unsigned long long)random_next(random));
	image->size = random_next(random) >> 2 | 1;
	image->crc = (uint32_t)random_next(random);
	image->done = image->size / 8192 * 4096;
	image->uuid[3] = 1;
	image->guest[15] = random_next(random) & 1;
	image->has_labels = random_next(random) & 1;
	for (i = 0; image->has_labels && i < len; i++)
		image->labels[i] = (uint8_t)random_next(random);
	if (random_next(random) & 1) {
		image->finished = true;
		image->done = image->size;
	}
	for (i = random_next(random) % 8; i < 8 && image->done > 16 * 8192; i++)
		assert_true(description_bad_add(image, i * 8192, 4096));
}

static void comes_back(void **state)
{
	static struct description image, back;
	uint64_t random = 5;
	char why[DESCRIPTION_WHY_MAX], *text;
	int i;

	(void)state;
	for (i = 0; i < 100; i++) {
		description_fill(&image, &random);
		text = description_print(&image);
		assert_non_null(text);
		assert_true(strlen(text) < DESCRIPTION_TEXT_MAX);
		assert_true(description_parse(text, strlen(text), &back, why, sizeof(why)));
		assert_memory_equal(&back, &image, sizeof(image));
		free(text);
	}
}

/*
 * A description that is cut off anywhere is refused. One with a flipped bit is accepted, or refused
 * with a reason that fits its buffer.
 */
static void cut_and_flipped(void **state)
{
	static struct description image;
	char why[DESCRIPTION_WHY_MAX], *text;
	size_t len, at;

	(void)state;
	image = (struct description){
		.backing = "xen-a", .size = 8192, .has_labels = true, .labels = { 1, 2, 3 },
		.uuid = { 7 }, .guest = { 9 },
	};
	text = description_print(&image);
	len = strlen(text) - 1;
	for (at = 0; at < len; at++)
		assert_false(description_parse(text, at, &image, why, sizeof(why)));
	for (at = 0; at < 8 * len; at++) {
		text[at / 8] ^= 1 << at % 8;
		why[0] = '\0';
		assert_true(description_parse(text, len, &image, why, sizeof(why)) || why[0]);
		text[at / 8] ^= 1 << at % 8;
	}
	free(text);
}

/* Runs grow, what is listed already stays, and there is an end. */
static void bad_blocks_are_added(void **state)
{
	static struct description image;
	unsigned int i;

	(void)state;
	image = (struct description){ .size = 1 };
	assert_true(description_bad_add(&image, 4096, 4096));
	assert_true(description_bad_add(&image, 8192, 4096));
	assert_true(description_bad_add(&image, 4096, 4096));
	assert_int_equal(image.nr_bad, 1);
	assert_int_equal(image.bad[0].length, 8192);
	assert_false(description_bad_at(&image, 4095));
	assert_true(description_bad_at(&image, 4096));
	assert_true(description_bad_at(&image, 12287));
	assert_false(description_bad_at(&image, 12288));
	for (i = 1; i < DESCRIPTION_BAD_MAX; i++)
		assert_true(description_bad_add(&image, i * 32768, 4096));
	assert_false(description_bad_add(&image, i * 32768, 4096));
	assert_true(description_bad_add(&image, (i - 1) * 32768 + 4096, 100));
}

/* A copy without bad blocks is one that older versions read. */
static void version_is_the_oldest(void **state)
{
	static struct description image = { .backing = "b", .size = 8192, .done = 8192 };
	char *text;

	(void)state;
	text = description_print(&image);
	assert_non_null(strstr(text, "\"xen-pmem-image\":1,"));
	free(text);
	assert_true(description_bad_add(&image, 0, 4096));
	text = description_print(&image);
	assert_non_null(strstr(text, "\"xen-pmem-image\":2,"));
	free(text);
}

static void labels_fit(void **state)
{
	static struct description image;
	char *text = malloc(2 * XEN_PMEM_LABEL_SIZE + 512), why[DESCRIPTION_WHY_MAX];
	size_t at;

	(void)state;
	at = (size_t)sprintf(text, "%s\"uuid\":\"%s\",\"labels\":\"", HEAD, UUID_A);
	memset(text + at, '0', 2 * XEN_PMEM_LABEL_SIZE + 2);
	at += 2 * XEN_PMEM_LABEL_SIZE;
	sprintf(text + at, "\",\"labels_crc32c\":\"" ZEROS "\",\"size\":8192," TAIL);
	assert_true(description_parse(text, strlen(text), &image, why, sizeof(why)));
	sprintf(text + at, "00\",\"labels_crc32c\":\"" ZEROS "\",\"size\":8192," TAIL);
	assert_false(description_parse(text, strlen(text), &image, why, sizeof(why)));
	assert_string_equal(why, "labels has 262146 digits");
	free(text);
}

/* A name of len characters; NULL: it is taken. */
static const char *backing_try(size_t len)
{
	static struct description image;
	static char text[1024], why[DESCRIPTION_WHY_MAX];
	int at = sprintf(text, "{\"xen-pmem-image\":1,\"size\":8192,\"backing\":\"");

	memset(text + at, 'b', len);
	strcpy(text + at + len, "\"," TAIL);
	return description_parse(text, strlen(text), &image, why, sizeof(why)) ? NULL : why;
}

static void backing_fits(void **state)
{
	(void)state;
	assert_null(backing_try(511));
	assert_string_equal(backing_try(512), "backing is empty or too long");
}

/* A name may be any bytes; the description is UTF-8. A name that was written unescaped is read. */
static void name_not_utf8(void **state)
{
	static struct description image = { .backing = "namespace0.1 (xen-caf\xe9)", .size = 8192 },
		back;
	char why[DESCRIPTION_WHY_MAX], *text = description_print(&image);
	const char *at;

	(void)state;
	for (at = text; *at; at++)
		assert_true((unsigned char)*at < 0x80);
	assert_non_null(strstr(text, "\"namespace0.1 (xen-caf\\\\xe9)\""));
	assert_true(description_parse(text, strlen(text), &back, why, sizeof(why)));
	assert_string_equal(back.backing, image.backing);
	free(text);
	assert_true(description_parse(OLD, strlen(OLD), &back, why, sizeof(why)));
	assert_string_equal(back.backing, image.backing);
}

/* The text ends where it is said to end. */
static void zeros_behind(void **state)
{
	static const char text[] = GOOD "\0{";
	static struct description image;
	char why[DESCRIPTION_WHY_MAX];

	(void)state;
	assert_false(description_parse(text, sizeof(text) - 1, &image, why, sizeof(why)));
	assert_string_equal(why, "not the description of an image of xen-pmem's");
	assert_true(description_parse(text, sizeof(text) - 3, &image, why, sizeof(why)));
}

static void sums(void **state)
{
	uint8_t bytes[300];
	uint64_t random = 3;
	size_t i, from, len;

	(void)state;
	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)random_next(&random);
	for (from = 0; from < 16; from++)
		for (len = 0; from + len <= sizeof(bytes); len++) {
			assert_int_equal(crc32c_fast(0, bytes + from, len),
					 slow_crc32c(bytes + from, len));
			assert_int_equal(crc32c_fast(crc32c_fast(0, bytes + from, len / 3),
						     bytes + from + len / 3, len - len / 3),
					 slow_crc32c(bytes + from, len));
		}
}

int main(void)
{
	suite_add_rows(text_parses, texts);
	suite_add("what is written is read back", comes_back);
	suite_add("cut, and bits flipped", cut_and_flipped);
	suite_add("bad blocks are added", bad_blocks_are_added);
	suite_add("the version is the oldest that will do", version_is_the_oldest);
	suite_add("labels of all sizes up to a slot's", labels_fit);
	suite_add("names of all sizes", backing_fits);
	suite_add("a name that is not UTF-8", name_not_utf8);
	suite_add("zeros behind it", zeros_behind);
	suite_add("the sum is CRC-32C", sums);
	return suite_run("image");
}
