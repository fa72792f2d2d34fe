#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The host's power is cut at 10 random moments while a guest writes to ext4 with DAX on its vNVDIMM.
# After each the host starts as an installed one does, the guest's filesystem is clean, and every
# file that was synced is there and right. TAP. It runs itself: on the test's machine, in dom0
# (arguments BOOT MILLISECONDS SYNCED) and in the guest (argument guest, and the same).
#
# The guest syncs a file, then syncs a line with its checksum in a log; then it tells the test's
# machine, outside of the host, so that a filesystem that forgot both would not pass. The cut kills
# QEMU, whose NVDIMM is a file: stores have reached it. Whether the guest flushed the CPU's caches,
# which QEMU does not have, this cannot show. SEED=N repeats a run's moments.
set -u
cuts=10

# ---- in the guest ----

mount_dax() {
	mount -t ext4 -o dax=always /dev/pmem0 /mnt >/tmp/said 2>&1
}

filesystem_make() {
	{ ndctl create-namespace -f -e namespace0.0 -m fsdax --map=mem &&
		mkfs.ext4 -q -b 4096 /dev/pmem0; } >/tmp/said 2>&1 ||
		bail "no filesystem: $(cat /tmp/said)"
	mount_dax || bail "cannot mount: $(cat /tmp/said)"
	mkdir /mnt/{0..7} && : >/mnt/log && sync
}

# files_check BOOT SYNCED: of the log's lines only the last may be half; it is cut off then
files_check() {
	local lines
	grep -E '^[0-9a-f]{64}  [0-7]/[0-9]+$' /mnt/log >/tmp/log
	lines=$(wc -l </tmp/log)
	same "$1: no line of the log is lost" "$((lines >= $2)) $(($(wc -l </mnt/log) - lines))" \
		"1 0"
	(cd /mnt && sha256sum -c /tmp/log) >/tmp/sums 2>&1
	grep -v ': OK$' /tmp/sums >/tmp/said
	[ "$(grep -c ': OK$' /tmp/sums)" = "$lines" ]
	verdict $? "$1: every file that was synced is there and right"
	cp /tmp/log /mnt/log.new && sync && mv /mnt/log.new /mnt/log && sync
	echo "# $lines files were synced, the last of which the guest had told of: $2"
}

# filesystem_check BOOT SYNCED: what the last cut left
filesystem_check() {
	mount_dax
	verdict $? "$1: the filesystem can be mounted"
	umount /mnt
	e2fsck -f -n /dev/pmem0 >/tmp/said 2>&1
	verdict $? "$1: fsck finds it clean"
	mount_dax || bail "cannot mount: $(cat /tmp/said)"
	files_check "$1" "$2"
}

# Files of all sizes up to 512 KiB, each logged when it is synced, and told of when its line is.
keep_writing() {
	local i name
	i=$(wc -l </mnt/log)
	while :; do
		i=$((i + 1)) name=$((i % 8))/$i
		head -c $((RANDOM * 16 + 1)) /dev/urandom >/tmp/file
		dd if=/tmp/file of="/mnt/$name" bs=64K conv=fsync 2>/dev/null || return
		sha256sum </tmp/file | sed "s|-|$name|" |
			dd of=/mnt/log oflag=append conv=notrunc,fsync 2>/dev/null
		echo "= $i"
	done
}

# in_guest BOOT MILLISECONDS SYNCED: checks what the cut before left, writes, and cuts after that
# time; 0: never
in_guest() {
	if [ "$3" = new ]; then filesystem_make; else filesystem_check "$1" "$3"; fi
	if [ "$2" = 0 ]; then
		umount /mnt
		return
	fi
	keep_writing &
	usleep "$2"000
	echo POWER-CUT
	wait
	bail "the guest stopped writing: $(df /mnt)"
}

# ---- in dom0 ----

host_prepare() {
	namespaces_make xen-pmem:32M xen-a:512M
	{ xen-pmem init xen-pmem && xen-pmem enable xen-a; } >/tmp/said 2>&1 ||
		bail "cannot enable: $(cat /tmp/said)"
}

in_dom0() {
	[ "$3" != new ] || host_prepare
	printf '%s\n' 'name = "cut"' 'memory = 256' 'vnvdimms = [ "xen-a" ]' >cut.cfg
	testguest --add /root/tap.sh cut.cfg powercut.t guest "$@" || bail "the guest: $?"
	wait_for 30 no_guests
	verdict $? "no zombie is left"
	echo END
}

# ---- on the test's machine ----

here=$(dirname "$(readlink -f "$0")")
# shellcheck source-path=SCRIPTDIR
. "$here/tap.sh"
place_run "$@"
machine_begin
SEED=${SEED:-$RANDOM}
echo "# SEED=$SEED"
RANDOM=$SEED
synced=new
# Every third host boots. The others come from a snapshot of one that has not looked at its NVDIMM.
for ((cut = 1; cut <= cuts; cut++)); do
	fresh=()
	[ $((cut % 3)) != 0 ] || fresh=(--fresh)
	boot "cut-$cut" POWER-CUT ${fresh[@]+"${fresh[@]}"} --nvdimm "$work/nvdimm:2G" -- \
		$((200 + RANDOM % 4000)) "$synced"
	synced=$(tail -n 1 "$work/cut-$cut.facts")
	synced=${synced:-0}
done
boot last END --fresh --nvdimm "$work/nvdimm:2G" -- 0 "$synced"
result "the guest had told of files that it synced" [ "$synced" -gt $cuts ]
echo "1..$tests"
