#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# copy-out of a file to a disk that is full, and when it is killed: each of its calls that write
# fails, alone or with all after it, or is where it is killed; and a real disk has room for 0 pages,
# 1 page, and so on. Each time it says one line, and a new copy, or --resume, makes the whole image.
# Needs neither Xen nor an NVDIMM, but root, for a /run and a disk of its own. TAP.
set -u
top=$(cd "$(dirname "$(readlink -f "$0")")/../.." && pwd)
B=${B:-$top/build}
B=$(readlink -f "$B")
[ -n "${FULL_OWN:-}" ] || { export FULL_OWN=1; exec unshare -m --propagation private "$0"; }
calls=_open_write_pwrite_ftruncate_fsync_rename_
nr=0 bad=0

work=$(mktemp -d)
trap 'umount "$work/disk" 2>/dev/null; rm -rf "$work"' EXIT
. "$top/tests/unit/own.sh"
mkdir "$work/disk" && dom0_own || { echo "Bail out! no /run and /dev of its own"; exit 1; }

verdict() {
	nr=$((nr + 1))
	[ "$1" = 0 ] && { echo "ok $nr - $2"; return; }
	echo "not ok $nr - $2"
	sed 's/^/# /' "$work/why"
}

pmem() {
	"$B/tool/xen-pmem" "$@" 2>&1 >/dev/null | grep -v '^xencall:' >"$work/said"
	return "${PIPESTATUS[0]}"
}

# spoiled NAME=VALUE...: copy-out with one of its calls spoiled
spoiled() {
	dd if=/dev/zero of="$work/point" bs=4096 count=1 2>/dev/null
	(
		export "$@" KILLPOINT="$work/point" KILLPOINT_CALLS="$calls" \
		LD_PRELOAD="$B/system/killpoint.so"
		pmem copy-out "$work/source" "$work/disk/image"
	) 2>/dev/null
}

spoiled_at() {
	dd if="$work/point" bs=4 skip=1 2>/dev/null | tr -d '\0'
}

# Its very last call, the sync of the folder, may fail.
finished() {
	grep -qs '"finished":true' "$work/disk/image.xen-pmem"
}

# Nothing is left of it and a new copy can be made, or it can be resumed; then the image is whole.
whole_then() {
	{ finished || pmem copy-out "$work/source" "$work/disk/image" ||
		pmem copy-out --resume "$work/source" "$work/disk/image"; } &&
		finished && cmp "$work/source" "$work/disk/image" &&
		[ "$(cd "$work/disk" && echo *)" = "image image.xen-pmem" ]
}

# why WHAT STATUS: of a bad one, for the report
why() {
	{ echo "$1: status $2"; cat "$work/said"; ls -l "$work/disk"; } >>"$work/why"
	bad=$((bad + 1))
}

# each_call WHAT STATUS LINES NAME=VALUE...: every call is spoiled in turn
each_call() {
	local what=$1 wanted=$2 lines=$3 i rc
	shift 3
	: >"$work/why"
	bad=0
	for ((i = 1; ; i++)); do
		rm -f "$work"/disk/*
		spoiled KILLPOINT_AT=$i "$@"
		rc=$?
		[ -n "$(spoiled_at)" ] || break
		# That /run has no room for the name of who has the lock does not matter to the
		# copy.
		{ [ $rc = "$wanted" ] && [ "$(wc -l <"$work/said")" = "$lines" ]; } ||
			{ [ $rc = 0 ] && finished; } || why "call $i, $(spoiled_at)" $rc
		whole_then >>"$work/why" 2>&1 || why "call $i, $(spoiled_at): not repaired" $?
	done
	echo "# $what: $((i - 1)) calls"
	[ $bad = 0 ] && [ $i -gt 10 ]
	verdict $? "$what"
}

# A disk of so many pages, then of enough; and one of so many names
each_size() {
	local size rc
	: >"$work/why"
	bad=0
	for size in size={1..40..3}k,nr_inodes=9 size=1m,nr_inodes={1..4}; do
		mount -t tmpfs -o "$size" none "$work/disk"
		pmem copy-out "$work/small" "$work/disk/image"
		rc=$?
		[ $rc = 0 ] || { [ $rc = 1 ] && [ "$(wc -l <"$work/said")" = 1 ]; } ||
			why "$size" $rc
		mount -o remount,size=8m,nr_inodes=99 "$work/disk"
		[ $rc = 0 ] || whole_then >>"$work/why" 2>&1 || why "$size: not repaired" $?
		umount "$work/disk"
	done
	[ $bad = 0 ]
	verdict $? "a disk of a few pages, or a few names"
}

# Data in its first and last chunks, more than is copied between two descriptions
truncate -s 66M "$work/large"
head -c 20000 /dev/urandom | dd of="$work/large" conv=notrunc 2>/dev/null
head -c 30000 /dev/urandom | dd of="$work/large" bs=1M seek=65 conv=notrunc 2>/dev/null
head -c 25000 /dev/urandom >"$work/small"
ln -s large "$work/source"
each_call "each call that writes fails, ENOSPC" 1 1 KILLPOINT_ERRNO=28
each_call "it is killed at each of them" 137 0
ln -sf small "$work/source"
each_call "it fails, and all after it" 1 1 KILLPOINT_ERRNO=28 KILLPOINT_ON=1
each_size

rm -f "$work"/disk/*
echo full >"$work/disk/image"
pmem copy-out "$work/source" "$work/disk/image"
[ $? = 1 ] && grep -q 'image: File exists (to go on' "$work/said" &&
	[ "$(cat "$work/disk/image")" = full ]
verdict $? "a file that the copy did not make is left as it is"
truncate -s 0 "$work/disk/image" && ln "$work/disk/image" "$work/disk/link"
pmem copy-out "$work/source" "$work/disk/image" || pmem copy-out "$work/source" "$work/none/image"
[ $? = 1 ] && [ ! -s "$work/disk/link" ]
verdict $? "an empty file with two names is left as it is"

# A dry run refuses what a run refuses, and leaves no file and no byte.
dry() {
	pmem "$1" --dry-run "${@:2}"
}
mkdir "$work/dry" && cp "$work/small" "$work/target"
dry copy-out "$work/source" "$work/dry/image" && [ -z "$(ls -A "$work/dry")" ]
verdict $? "a dry run of copy-out makes no file"
! dry copy-out "$work/source" "$work/none/image" &&
	grep -q "none/image: No such file" "$work/said" &&
	! dry copy-out "$work/source" "$work/disk/link" && grep -q "link: File exists" "$work/said"
verdict $? "it refuses a folder that there is not, and a file of somebody's"
ln -s nowhere "$work/dangling"
! dry copy-out "$work/source" "$work/dangling" && [ ! -e "$work/nowhere" ] &&
	! pmem copy-out "$work/source" "$work/dangling" && [ ! -e "$work/nowhere" ]
verdict $? "it refuses a symlink to no file, as a run does"
pmem copy-out "$work/source" "$work/dry/image" && cp -a "$work/dry" "$work/before" &&
	! dry copy-out --resume "$work/source" "$work/dry/image" &&
	grep -q "is finished" "$work/said" &&
	head -c 25000 /dev/zero >"$work/target" &&
	dry copy-in --overwrite "$work/dry/image" "$work/target" &&
	cmp -s "$work/target" <(head -c 25000 /dev/zero) && diff -r "$work/dry" "$work/before" &&
	! dry copy-in "$work/dry/image" "$work/target" &&
	pmem copy-in --overwrite "$work/dry/image" "$work/target" &&
	cmp -s "$work/target" "$work/small"
verdict $? "a dry run of copy-in writes nothing, and a run does"

"$B/tool/xen-pmem" --help >/dev/full 2>"$work/said"
[ $? = 1 ] && grep -q '^xen-pmem: standard output: ' "$work/said"
verdict $? "a list that could not be written is a failure"
echo "1..$nr"
