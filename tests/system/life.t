#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# 20 lives of a guest with two vNVDIMMs in one host boot, ended in turn by a reboot, a crash, xl
# destroy (both while it writes) and a shutdown. Each life finds what those before it had synced;
# after all of them Xen has every page back, of the NVDIMM and of RAM. TAP. It runs itself: on the
# test's machine, in dom0 (argument dom0) and in the guest (argument guest).
set -u
rounds=5
ways=(shutdown reboot crash destroy)	# life N ends in way N % 4

# ---- in the guest ----

file_write() {
	dd if=/dev/urandom of="/mnt/$1" bs=256K count=1 conv=fsync 2>/dev/null
}

filesystem_mount() {
	mount -t ext4 -o dax=always /dev/pmem0 /mnt 2>/dev/null
}

filesystem_make() {
	ndctl create-namespace -f -e namespace0.0 -m fsdax --map=mem >/tmp/said 2>&1 &&
		mkfs.ext4 -q -b 4096 /dev/pmem0 >/tmp/said 2>&1
}

# life_begin N: each life has written a file and a line in the list of checksums
life_begin() {
	if [ "$1" -gt 1 ]; then
		(cd /mnt && sha256sum -c list) >/tmp/said 2>&1
		verdict $? "life $1: the files of the lives before it are there and right"
	fi
	{ file_write "file-$1" && (cd /mnt && sha256sum "file-$1") >>/mnt/list && sync; } ||
		bail "cannot write"
}

keep_writing() {
	while file_write "scratch-$((RANDOM % 8))"; do :; done
}

writing() {
	ls /mnt/scratch-* >/dev/null 2>&1
}

life_end() {
	case $1 in
	reboot)
		reboot -f
		;;
	crash)
		keep_writing &
		wait_for 20 writing
		echo c >/proc/sysrq-trigger
		;;
	destroy)
		keep_writing &
		wait_for 20 writing
		echo DESTROY
		;;
	shutdown)
		umount /mnt
		e2fsck -f -n /dev/pmem0 >/tmp/said 2>&1
		verdict $? "fsck finds the filesystem clean"
		exit 0
		;;
	esac
	sleep 1000
}

in_guest() {
	local n way
	same "the vNVDIMMs' sizes" "$(cat /sys/bus/nd/devices/region[01]/size | xargs)" \
		"$((512 << 20)) $((256 << 20))"
	filesystem_mount || { filesystem_make && filesystem_mount; } ||
		bail "no filesystem: $(cat /tmp/said)"
	rm -f /mnt/scratch-*
	n=$(cat /mnt/file-* 2>/dev/null | wc -c)
	n=$((n / (256 << 10) + 1))
	way=${ways[n % 4]}
	life_begin $n
	echo "= life $n: $way"
	life_end "$way"
}

# ---- in dom0 ----

# lead WAY STATUS: the guest's lives up to the one that ends in WAY, of which testguest says STATUS
lead() {
	local line rc
	: >/tmp/console
	testguest --add /root/tap.sh life.cfg life.t guest 2>&1 | while IFS= read -r line; do
		case $line in
		DESTROY) xl destroy life ;;
		"ok - "* | "not ok - "* | "# "* | "= "* | "Bail out!"*) echo "$line" ;;
		*) echo "$line" >>/tmp/console ;;
		esac
	done
	rc=${PIPESTATUS[0]}
	same "the guest ends by $1" "$rc" "$2"
	[ "$rc" = "$2" ] || sed 's/^/# /' /tmp/console
}

served_pages() {
	xenhypfs cat /pmem/status | sed -n 's/^range .* served: \(.*\)$/\1/p' | sort
}

in_dom0() {
	local free round
	namespaces_make xen-pmem:64M xen-a:512M xen-b:256M
	{ xen-pmem init xen-pmem && xen-pmem enable xen-a && xen-pmem enable xen-b; } >/tmp/said \
		2>&1 || bail "cannot enable: $(cat /tmp/said)"
	# Xen keeps a page or two for good when its first guest starts.
	printf '#!/bin/sh\n' >nothing
	printf 'name = "life"\nmemory = 256\n' >life.cfg
	testguest life.cfg nothing || bail "a guest without vNVDIMM does not run"
	wait_for 30 no_guests || bail "it does not go"
	wait_for 60 free_steady || bail "Xen's free memory does not come to rest"
	echo 'vnvdimms = [ "xen-a", "xen-b" ]' >>life.cfg
	for ((round = 0; round < rounds; round++)); do
		lead crash 126
		lead destroy 125
		lead shutdown 0
	done
	wait_for 30 no_guests
	verdict $? "no zombie is left"
	same "every page is free" "$(served_pages | xargs)" \
		"128 pages free, 0 with guests 131072 pages free, 0 with guests"\
" 65536 pages free, 0 with guests"
	wait_for 20 free_is "$free"
	same "Xen's free memory is as before, to the page" "$(free_pages)" "$free"
	xen-pmem disable --keep xen-a >/tmp/said 2>&1 &&
		xen-pmem disable --keep xen-b >/tmp/said 2>&1 && xen-pmem unload >/tmp/said 2>&1
	verdict $? "all can be disabled and unloaded"
	echo END
}

# ---- on the test's machine ----

here=$(dirname "$(readlink -f "$0")")
# shellcheck source-path=SCRIPTDIR
. "$here/tap.sh"
place_run "$@"
machine_begin
boot dom0 END --nvdimm "$work/nvdimm:2G"
result "$((4 * rounds)) lives were lived" [ "$(wc -l <"$work/dom0.facts")" = $((4 * rounds)) ]
echo "1..$tests"
