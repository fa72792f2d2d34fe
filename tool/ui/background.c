// SPDX-License-Identifier: GPL-2.0-only
/* Takes a process to the background: a session of its own, and a log in place of a terminal. */
#include "ui/background.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "paths.h"
#include "ui/ui.h"

void background_enter(const char *name)
{
	char path[512];
	int log, null = open("/dev/null", O_RDWR);

	snprintf(path, sizeof(path), LOG_DIR "/xen-pmem-%s.log", name);
	log = open(path, O_WRONLY | O_CREAT | O_APPEND, 0640);
	if (log < 0)
		warn(path, "%s", strerror(errno));
	setsid();
	dup2(null, STDIN_FILENO);
	dup2(log < 0 ? null : log, STDOUT_FILENO);
	dup2(log < 0 ? null : log, STDERR_FILENO);
	if (null > STDERR_FILENO)
		close(null);
	if (log > STDERR_FILENO)
		close(log);
}
