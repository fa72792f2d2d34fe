// SPDX-License-Identifier: GPL-2.0-only
/* Takes and drops the claim on a guest: a locked file, so that a killed keeper's claim ends with it. */
#include "claim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "paths.h"
#include "tool.h"

static void claim_path(const uint8_t uuid[16], char *path, size_t len)
{
	struct uuid_buf text;

	snprintf(path, len, RUN_DIR "/%s", uuid_text(uuid, &text));
}

int claim_take(const uint8_t uuid[16])
{
	struct stat ours, there;
	char path[128];
	int fd;

	if (mkdir(RUN_DIR, 0700) && errno != EEXIST)
		return -1;
	claim_path(uuid, path, sizeof(path));
	/* Between open and lock somebody else may have dropped the file: a lock on a file without a name is none. */
	for (;;) {
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		if (fd < 0)
			return -1;
		if (flock(fd, LOCK_EX | LOCK_NB)) {
			close(fd);
			errno = EWOULDBLOCK;
			return -1;
		}
		if (!fstat(fd, &ours) && !stat(path, &there) && ours.st_ino == there.st_ino)
			return fd;
		close(fd);
	}
}

void claim_drop(int claim, const uint8_t uuid[16])
{
	char path[128];

	claim_path(uuid, path, sizeof(path));
	unlink(path);
	close(claim);
}

void claim_leave(int claim)
{
	close(claim);
}
