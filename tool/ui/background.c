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

void background_enter(const char *log)
{
	char path[512];
	int file, null = open("/dev/null", O_RDWR);

	snprintf(path, sizeof(path), LOG_DIR "/%s", log);
	file = open(path, O_WRONLY | O_CREAT | O_APPEND, 0640);
	if (file < 0)
		warn(path, "%s", strerror(errno));
	setsid();
	dup2(null, STDIN_FILENO);
	dup2(file < 0 ? null : file, STDOUT_FILENO);
	dup2(file < 0 ? null : file, STDERR_FILENO);
	if (null > STDERR_FILENO)
		close(null);
	if (file > STDERR_FILENO)
		close(file);
}
