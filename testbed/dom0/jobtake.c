/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Waits until xenhost has put this run's job onto the disk given, and writes the job's archive to
 * standard output. dom0 may have been restored from a snapshot while it waited here: so the job also
 * brings the time of day, and a seed for the kernel's random numbers.
 *
 * The disk: one block of text, the lines "xenhost-job", "time SECONDS", "seed HEX", "length BYTES" and
 * "go"; then the archive. xenhost writes the block of text last.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/random.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define BLOCK 4096
#define CHUNK (1 << 20)

static _Alignas(BLOCK) char buffer[CHUNK];

struct job {
	long long time, length;
	char seed[129];
};

static int die(const char *what)
{
	fprintf(stderr, "jobtake: %s: %s\n", what, strerror(errno));
	return 1;
}

/* Without the page cache, which would keep the first block as it was before the job came. */
static int job_read(int disk, struct job *job)
{
	char go[3];

	if (pread(disk, buffer, BLOCK, 0) != BLOCK)
		return -1;
	buffer[BLOCK - 1] = '\0';
	return sscanf(buffer, "xenhost-job time %lld seed %128s length %lld %2s",
		      &job->time, job->seed, &job->length, go) == 4 && strcmp(go, "go") == 0;
}

static int random_seed(const char *seed)
{
	int fd = open("/dev/urandom", O_WRONLY);
	int rc = -1;

	if (fd < 0)
		return -1;
	if (write(fd, seed, strlen(seed)) == (ssize_t)strlen(seed))
		rc = ioctl(fd, RNDRESEEDCRNG);
	close(fd);
	return rc;
}

static int archive_copy(int disk, long long length)
{
	long long at = 0;
	ssize_t n, want;

	while (at < length) {
		n = pread(disk, buffer, CHUNK, BLOCK + at);
		if (n <= 0)
			return -1;
		want = length - at < n ? length - at : n;
		if (write(STDOUT_FILENO, buffer, want) != want)
			return -1;
		at += want;
	}
	return 0;
}

int main(int argc, char **argv)
{
	int disk = argc == 2 ? open(argv[1], O_RDONLY | O_DIRECT) : -1;
	struct job job;
	int rc;

	if (disk < 0)
		return die("no disk");
	while ((rc = job_read(disk, &job)) == 0)
		usleep(20000);
	if (rc < 0)
		return die("cannot read the job");
	if (clock_settime(CLOCK_REALTIME, &(struct timespec){ .tv_sec = job.time }))
		return die("cannot set the time");
	if (random_seed(job.seed))
		return die("cannot seed the random numbers");
	return archive_copy(disk, job.length) ? die("cannot copy the job") : 0;
}
