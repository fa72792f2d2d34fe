#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A host of Debian 13: Xen 4.20, and Linux 6.12 as dom0 and in the guest. The extension is loaded,
# beside guests too, and payloads for others are refused by name. A guest with a vNVDIMM writes
# until the power is cut. The next host enables it at boot, and the guest finds what it had synced.
# All is given back and unloaded. TAP. It runs itself: on the test's machine, in dom0 (arguments
# first, second SUM) and in the guest (arguments guest, and the same).
set -u
payloads=/usr/lib/xen-pmem

# ---- in the guest ----

guest_first() {
	case $(uname -r) in 6.12.*) ;; *) bail "the guest is $(uname -r)" ;; esac
	{ ndctl create-namespace -f -e namespace0.0 -m fsdax --map=mem &&
		mkfs.ext4 -q -b 4096 /dev/pmem0 && mount -t ext4 -o dax=always /dev/pmem0 /mnt; } \
		>/tmp/said 2>&1
	verdict $? "the guest has a filesystem with DAX on its vNVDIMM"
	dd if=/dev/urandom of=/mnt/file bs=1M count=64 conv=fsync 2>/dev/null
	echo "= $(sha256sum </mnt/file)"
	while :; do dd if=/dev/urandom of=/mnt/late bs=1M count=4 2>/dev/null; done &
	sleep 1
	echo POWER-CUT
	wait
}

guest_second() {
	mount -t ext4 -o dax=always /dev/pmem0 /mnt >/tmp/said 2>&1
	verdict $? "the filesystem can be mounted after the power cut"
	same "what the guest had synced is there" "$(sha256sum </mnt/file)" "$1"
	umount /mnt
	e2fsck -f -n /dev/pmem0 >/tmp/said 2>&1
	verdict $? "fsck finds it clean"
}

# ---- in dom0 ----

guest_run() {
	printf '%s\n' 'name = "guest"' 'memory = 256' 'vnvdimms = [ "xen-a" ]' >guest.cfg
	testguest --add /root/tap.sh guest.cfg debian13.t guest "$@" || bail "the guest: $?"
}

check_releases() {
	xl info >info
	same "Xen is 4.20" "$(sed -n 's/^xen_version *: \(4\.[0-9]*\).*/\1/p' info)" 4.20
	same "dom0 is Linux 6.12" "$(uname -r | cut -d . -f 1,2)" 6.12
	id=$(sed -n 's/^build_id *: //p' info)
	xen-pmem check >check.out 2>&1
	same "xen-pmem check finds Xen, its build and the kernel good" \
		"$(grep -cE '^OK   (Xen|Xen build|kernel|driver|extension) ' check.out)" 5
	same "status says the build" "$(xenhypfs cat /pmem/status | grep -o 'Xen 4.20[^,]*' |
		cut -d + -f 1)" "Xen 4.20.4"
}

# The layout of this build is out of the way, then the payload of its series.
check_payloads() {
	local other
	accepts "it is unloaded" xen-pmem unload
	sed -i.known "s/$id/ffff${id:4}/" "$payloads/layouts"
	refuses "a build without a layout, by name" "$id .*not in the tested list" xen-pmem load
	accepts "that, as an untested one, beside layouts for 4.17" xen-pmem load --accept-build
	accepts "it is unloaded again" xen-pmem unload
	mv "$payloads/layouts.known" "$payloads/layouts"
	other=$(find /root/payload -name '*.livepatch' ! -name "$id.*" | head -n 1)
	refuses "a payload for another build" "made for Xen build .*$id is running" \
		xen-pmem load --payload "$other"
	refuses "one for another series" "not for Xen 4.20, which is running" \
		xen-pmem load --accept-build --payload "$payloads/4.17.livepatch"
	mv "$payloads/4.18.livepatch" /tmp
	refuses "to load without a payload of this series" "no payload for Xen 4.20 in" \
		xen-pmem load
	mv "/tmp/4.18.livepatch" "$payloads"
}

# Guests show the extension more of Xen's structures, and so have it check more. A paused one has
# not run; the other runs.
check_beside_guests() {
	local each
	for each in a b; do
		printf '%s\n' "name = \"$each\"" 'type = "pvh"' 'memory = 32' 'vcpus = 2' \
			'tsc_mode = "native"' 'kernel = "/root/idle.elf"' >$each.cfg
	done
	{ xl create -q a.cfg && xl create -q -p b.cfg; } >/tmp/said 2>&1 ||
		bail "no guests: $(cat /tmp/said)"
	accepts "it is loaded beside guests" xen-pmem load
	xl destroy a
	xl destroy b
	wait_for 30 no_guests
	verdict $? "the guests go"
}

# The probe is another witness than the extension.
check_pages_gone() {
	local spa
	spa=$(xenhypfs cat /pmem/status | sed -n 's/^range .* spa \(0x[0-9a-f]*\), 512 MiB.*/\1/p')
	probe_load
	same "Xen knows the range's pages no more" "$(probe_pages "$spa" $((512 << 20)))" \
		none=131072
	xen-livepatch revert "probe-$id" >/tmp/said 2>&1 &&
		xen-livepatch unload "probe-$id" >/tmp/said 2>&1
	verdict $? "the probe goes"
}

dom0_first() {
	check_releases
	check_payloads
	check_beside_guests
	namespaces_make xen-pmem:32M xen-a:512M
	accepts "init" xen-pmem init xen-pmem
	accepts "enable" xen-pmem enable xen-a
	guest_run first
}

dom0_second() {
	id=$(xl info build_id)
	xen-pmem list >/tmp/said
	grep -q ' xen-a .* free ' /tmp/said
	verdict $? "it is enabled at boot"
	guest_run second "$@"
	wait_for 30 no_guests
	verdict $? "no zombie is left"
	check_pages_gone
	accepts "disable" xen-pmem disable --keep xen-a
	accepts "disable the reserved area" xen-pmem disable xen-pmem
	accepts "unload" xen-pmem unload
	echo END
}

# ---- on the test's machine ----

here=$(dirname "$(readlink -f "$0")")
# shellcheck source-path=SCRIPTDIR
. "$here/tap.sh"
place_run "$@"
XENHOST_DEBIAN=13
machine_begin
boot first POWER-CUT --nvdimm "$work/nvdimm:1G" --add "$built/system/idle.elf"
sum=$(tail -n 1 "$work/first.facts")
result "the guest had told of its file" [ -n "$sum" ]
boot second END --fresh --nvdimm "$work/nvdimm:1G" -- "$sum"
echo "1..$tests"
