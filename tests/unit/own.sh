# SPDX-License-Identifier: GPL-2.0-only
# Sourced by tests that run the tool outside of dom0, in a mount namespace of their own.
# shellcheck shell=bash

# dom0_own: an empty /run, and a /dev in which the tool finds what tells dom0
dom0_own() {
	mount -t tmpfs none /run && mount -t tmpfs none /dev &&
		mknod /dev/null c 1 3 && mknod /dev/zero c 1 5 && mknod /dev/full c 1 7 &&
		mknod /dev/urandom c 1 9 && ln -s /proc/self/fd /dev/fd &&
		mkdir /dev/xen && : >/dev/xen/privcmd
}
