/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * jobtake DISK COMMAND...: waits until xenhost has put this run's job onto the disk, and becomes
 * the command, whose standard input is the job's archive and what follows it. dom0 may have been
 * restored from a snapshot while it waited here: so the job also brings the time of day, and a seed
 * for the kernel's random numbers.
 *
 * The disk: one block of text, the lines "xenhost-job", "time SECONDS", "seed HEX" and "go"; then
 * the archive. xenhost writes the block of text last.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/random.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define BLOCK 4096

static _Alignas(BLOCK) char buffer[BLOCK];

struct job {
	long long time;
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
	return sscanf(buffer, "xenhost-job time %lld seed %128s %2s", &job->time, job->seed, go) ==
		       3 &&
	       strcmp(go, "go") == 0;
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

/*
 * The disk as standard input, from the archive on, without what the page cache has of it from
 * before.
 */
static int archive_open(const char *name)
{
	int disk = open(name, O_RDONLY);

	return disk < 0 || ioctl(disk, BLKFLSBUF) || lseek(disk, BLOCK, SEEK_SET) != BLOCK ||
	       dup2(disk, 0) < 0;
}

int main(int argc, char **argv)
{
	int disk = argc > 2 ? open(argv[1], O_RDONLY | O_DIRECT) : -1;
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
	if (archive_open(argv[1]))
		return die("cannot open the archive");
	execvp(argv[2], argv + 2);
	return die(argv[2]);
}
