// SPDX-License-Identifier: GPL-2.0-only
/* Asks the kernel's loop driver. */
#include "host/loopdev.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <linux/loop.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "ui/ui.h"

#define CONTROL	"/dev/loop-control"
#define TRIES	64	/* another process may take each free device before us */

/* 0, or -errno. */
static int node_take(int control, int file, struct loop_node *node)
{
	struct loop_config config = { .fd = file, .info.lo_flags = LO_FLAGS_READ_ONLY };
	int number = ioctl(control, LOOP_CTL_GET_FREE), fd, rc;
	struct stat st;

	if (number < 0)
		return -errno;
	snprintf(node->path, sizeof(node->path), "/dev/loop%d", number);
	fd = open(node->path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	rc = ioctl(fd, LOOP_CONFIGURE, &config) || fstat(fd, &st) ? -errno : 0;
	close(fd);
	if (rc)
		return rc;
	node->major = major(st.st_rdev);
	node->minor = minor(st.st_rdev);
	return 0;
}

int loop_attach(const char *file, struct loop_node *node)
{
	int control = open(CONTROL, O_RDWR | O_CLOEXEC), fd = -1, rc = -EBUSY;
	unsigned int i;

	if (control < 0)
		return refuse(CONTROL, "%s (modprobe loop)", strerror(errno));
	fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		rc = -errno;
	for (i = 0; i < TRIES && rc == -EBUSY; i++)
		rc = node_take(control, fd, node);
	if (fd >= 0)
		close(fd);
	close(control);
	return rc ? refuse(file, "no loop device for it: %s", strerror(-rc)) : EXIT_DONE;
}

static bool node_is_of(const char *sysfs, const char *file)
{
	char text[PATH_MAX] = "";
	FILE *f = fopen(sysfs, "re");

	if (!f)
		return false;
	if (fgets(text, sizeof(text), f))
		text[strcspn(text, "\n")] = '\0';
	fclose(f);
	return !strcmp(text, file);
}

static void node_end(const char *sysfs)
{
	unsigned int number;
	char path[32];
	int fd;

	if (sscanf(sysfs, "/sys/block/loop%u/", &number) != 1)
		return;
	snprintf(path, sizeof(path), "/dev/loop%u", number);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	ioctl(fd, LOOP_CLR_FD);
	close(fd);
}

void loop_detach(const char *file)
{
	glob_t found;
	size_t i;

	if (glob("/sys/block/loop*/loop/backing_file", 0, NULL, &found))
		return;
	for (i = 0; i < found.gl_pathc; i++)
		if (node_is_of(found.gl_pathv[i], file))
			node_end(found.gl_pathv[i]);
	globfree(&found);
}
