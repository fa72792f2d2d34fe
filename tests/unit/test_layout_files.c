/* SPDX-License-Identifier: GPL-2.0-only */
/* Files of layouts: which one a build's is taken from, and files that are not taken. */
#include "lib/extension_layouts.h"
#include "suite.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define KNOWN	"576c0736b3e38388c5afe9aaccc43a18d514e88e"	/* in hypervisor/layouts */
#define MADE	"00112233445566778899aabbccddeeff00112233"

static char root[] = "/tmp/layouts-XXXXXX", made[64], tested[64];
static struct xenpmem_handle h;

static void file_write(const char *path, const char *id)
{
	FILE *from = fopen("hypervisor/layouts", "r"), *to = fopen(path, "w");
	char line[256], *at;

	assert_non_null(from);
	assert_non_null(to);
	while (fgets(line, sizeof(line), from)) {
		at = strstr(line, KNOWN);
		if (at)
			memcpy(at, id, strlen(id));
		fputs(line, to);
	}
	fclose(from);
	fclose(to);
	assert_int_equal(chmod(path, 0644), 0);
}

static void folder_make(const char *path)
{
	char all[64];

	snprintf(all, sizeof(all), "%s/%s", root, path);
	if (mkdir(all, 0755))
		exit(1);
}

static void world_make(void)
{
	static const char *const folders[] = { "usr", "usr/lib", "usr/lib/xen-pmem", "var",
					       "var/lib", "var/lib/xen-pmem" };
	unsigned int i;

	if (!mkdtemp(root))
		exit(1);
	for (i = 0; i < NR(folders); i++)
		folder_make(folders[i]);
	snprintf(tested, sizeof(tested), "%s" XENPMEM_LAYOUTS, root);
	snprintf(made, sizeof(made), "%s" XENPMEM_LAYOUTS_MADE, root);
}

static int world_end(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", root);
	return system(command);
}

static int find(const char *id)
{
	h.error.line[0] = '\0';
	return xenpmem_layout_find(&h, root, id);
}

static void test_which(void **state)
{
	(void)state;
	assert_int_equal(find(KNOWN), -ENOENT);
	file_write(tested, KNOWN);
	assert_int_equal(find(KNOWN), XENPMEM_LAYOUT_TESTED);
	assert_int_equal(find(MADE), XENPMEM_LAYOUT_NONE);
	file_write(made, MADE);
	assert_int_equal(find(MADE), XENPMEM_LAYOUT_MADE);
	assert_int_equal(find("ffff" MADE), XENPMEM_LAYOUT_NONE);
	assert_int_equal(unlink(tested), 0);
	assert_int_equal(symlink(made, tested), 0);
	assert_int_equal(find(MADE), XENPMEM_LAYOUT_TESTED);
	assert_int_equal(unlink(tested), 0);
	file_write(tested, KNOWN);
	assert_int_equal(unlink(made), 0);
}

/* What somebody else could write, a folder, a pipe that nobody writes to, and what has no end. */
static void put_writable(void)
{
	file_write(made, MADE);
	assert_int_equal(chmod(made, 0646), 0);
}

static void put_group(void)
{
	file_write(made, MADE);
	assert_int_equal(chmod(made, 0664), 0);
}

static void put_folder(void)
{
	assert_int_equal(mkdir(made, 0755), 0);
}

static void put_pipe(void)
{
	assert_int_equal(mkfifo(made, 0644), 0);
}

static void put_endless(void)
{
	assert_int_equal(symlink("/dev/zero", made), 0);
}

static void put_large(void)
{
	file_write(made, MADE);
	assert_int_equal(truncate(made, 1 << 20), 0);
}

static void put_binary(void)
{
	file_write(made, MADE);
	assert_int_equal(truncate(made, (1 << 20) - 1), 0);
}

static void put_circle(void)
{
	assert_int_equal(symlink(made, made), 0);
}

static const struct row {
	const char *name;
	void (*put)(void);
	const char *wrong;
} rows[] = {
	{ "all may write it", put_writable, "not root alone can write it" },
	{ "its group may write it", put_group, "not root alone can write it" },
	{ "a folder", put_folder, "not a file" },
	{ "a pipe", put_pipe, "not a file" },
	{ "a device", put_endless, "not a file" },
	{ "1 MiB", put_large, "too large" },
	{ "zeros at its end", put_binary, "not a name and a value" },
	{ "a link to itself", put_circle, "symbolic links" },
};

/* Nothing is said of what the package's file has: it is read first, and the other is not needed. */
static void refused(void **state)
{
	const struct row *row = *state;

	row->put();
	assert_true(find(MADE) < 0);
	assert_non_null(strstr(h.error.line, row->wrong));
	assert_non_null(strstr(h.error.line, made));
	assert_int_equal(find(KNOWN), XENPMEM_LAYOUT_TESTED);
	assert_int_equal(remove(made), 0);
}

int main(void)
{
	int rc;

	world_make();
	suite_add("a build's file, and a link to one", test_which);
	suite_add_rows(refused, rows);
	rc = suite_run("layout_files");
	return world_end() ? 1 : rc;
}
