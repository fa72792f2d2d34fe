// SPDX-License-Identifier: GPL-2.0-only
/* Reads files, and what commands print, for a report. */
#define _GNU_SOURCE
#include "report/source.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define SIZE_MAX_READ	(32u << 20)	/* twice what a log can have */
#define SECONDS_MAX	60
#define WORDS_MAX	16

static void why_add(struct bytes *to, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void why_add(struct bytes *to, const char *format, ...)
{
	size_t len = strlen(to->why);
	va_list args;

	if (len && len + 3 < sizeof(to->why))
		len += strlen(strcpy(to->why + len, "; "));
	va_start(args, format);
	vsnprintf(to->why + len, sizeof(to->why) - len, format, args);
	va_end(args);
}

/* To the end of the file: the size of a file in /proc is not known before. */
static void descriptor_read(int fd, struct bytes *to)
{
	size_t room = 0;
	ssize_t got = 1;
	char *larger;

	while (got > 0 && to->size < SIZE_MAX_READ) {
		if (to->size == room) {
			room += 64 << 10;
			larger = realloc(to->at, room + 1);
			if (!larger)
				break;
			to->at = larger;
		}
		got = read(fd, to->at + to->size, room - to->size);
		to->size += got > 0 ? got : 0;
	}
	if (to->at)
		to->at[to->size] = '\0';
	if (got)
		why_add(to, "%s", got < 0 ? strerror(errno) : "too large: the rest is left out");
}

void source_read_file(const char *path, struct bytes *to)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	*to = (struct bytes){ .at = NULL };
	if (fd < 0) {
		why_add(to, "%s", strerror(errno));
		return;
	}
	descriptor_read(fd, to);
	close(fd);
}

static void file_append(FILE *text, const char *path)
{
	struct bytes one;

	source_read_file(path, &one);
	fprintf(text, "%s: ", path);
	if (one.size)
		fwrite(one.at, 1, one.size, text);
	if (one.why[0])
		fprintf(text, "(%s)", one.why);
	if (!one.size || one.at[one.size - 1] != '\n')
		fputc('\n', text);
	free(one.at);
}

void source_read_files(const char *pattern, struct bytes *to)
{
	glob_t found = { .gl_pathc = 0 };
	FILE *text;
	size_t i;

	*to = (struct bytes){ .at = NULL };
	if (glob(pattern, GLOB_BRACE, NULL, &found)) {
		why_add(to, "no such file");
		return;
	}
	text = open_memstream(&to->at, &to->size);
	for (i = 0; text && i < found.gl_pathc; i++)
		file_append(text, found.gl_pathv[i]);
	globfree(&found);
	if (!text || fclose(text))
		why_add(to, "%s", strerror(errno));
}

static void words_split(char *text, char *words[WORDS_MAX + 1])
{
	char *word = strtok(text, " ");
	size_t nr;

	for (nr = 0; word && nr < WORDS_MAX; nr++, word = strtok(NULL, " "))
		words[nr] = word;
	words[nr] = NULL;
}

/* In the child. */
static void command_exec(const char *command, int out, int err)
{
	char text[WHY_MAX], *words[WORDS_MAX + 1];
	int none = open("/dev/null", O_RDONLY);

	snprintf(text, sizeof(text), "%s", command);
	words_split(text, words);
	setenv("LC_ALL", "C", 1);
	if (none >= 0 && dup2(none, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0 &&
	    dup2(err, STDERR_FILENO) >= 0) {
		if (!strcmp(words[0], "xen-pmem"))
			execv("/proc/self/exe", words);
		else
			execvp(words[0], words);
	}
	dprintf(err, "%s\n", strerror(errno));
	_exit(127);
}

/* A child that sleeps in the kernel may outlive its kill, so nothing waits for it then. */
static void child_wait(pid_t child, struct bytes *to)
{
	struct pollfd end = { .fd = pidfd_open(child, 0), .events = POLLIN };
	int status = 0;

	if (end.fd >= 0 && !poll(&end, 1, SECONDS_MAX * 1000)) {
		kill(child, SIGKILL);
		waitpid(child, &status, WNOHANG);
		why_add(to, "killed: not done after %d seconds", SECONDS_MAX);
	} else if (waitpid(child, &status, 0) < 0) {
		why_add(to, "%s", strerror(errno));
	} else if (WIFSIGNALED(status)) {
		why_add(to, "ended by signal %d", WTERMSIG(status));
	} else if (WEXITSTATUS(status) && WEXITSTATUS(status) != 127) {
		why_add(to, "exit status %d", WEXITSTATUS(status));
	}
	if (end.fd >= 0)
		close(end.fd);
}

/* Its messages, on one line. */
static void messages_add(int err, struct bytes *to)
{
	struct bytes said = { .at = NULL };
	char *line, *rest;

	descriptor_read(err, &said);
	rest = said.at;
	while (rest && (line = strsep(&rest, "\n")))
		if (line[0])
			why_add(to, "%s", line);
	free(said.at);
}

void source_run_command(const char *command, struct bytes *to)
{
	int out = memfd_create("output", MFD_CLOEXEC), err = memfd_create("messages", MFD_CLOEXEC);
	pid_t child = -1;

	*to = (struct bytes){ .at = NULL };
	if (out >= 0 && err >= 0)
		child = fork();
	if (!child)
		command_exec(command, out, err);
	if (child < 0) {
		why_add(to, "%s", strerror(errno));
	} else {
		child_wait(child, to);
		lseek(out, 0, SEEK_SET);
		lseek(err, 0, SEEK_SET);
		descriptor_read(out, to);
		messages_add(err, to);
	}
	if (out >= 0)
		close(out);
	if (err >= 0)
		close(err);
}
