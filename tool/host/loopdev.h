/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A file as a read-only block device of dom0 (loop(4)). Functions say why they fail and return
 * EXIT_REFUSED, or EXIT_DONE.
 */
#ifndef XEN_PMEM_TOOL_LOOPDEV_H
#define XEN_PMEM_TOOL_LOOPDEV_H

struct loop_node {
	char path[32];			/* "/dev/loop3" */
	unsigned int major, minor;
};

int loop_attach(const char *file, struct loop_node *node);

/* The block devices of this file end, as soon as nobody uses them any more. */
void loop_detach(const char *file);

#endif
