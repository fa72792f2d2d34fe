#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Where a range may lie: in a 256 MiB group of frames that others have a part of too - dom0, other
# namespaces, the reserved area, RAM - on another NVDIMM than the reserved area, over another
# domain's iomem; and in a 512 GiB slot that Xen left empty at boot, which the payload fills: there
# with guests of all types, and a process of dom0's, that are older than the load. TAP. On the
# test's machine it boots two hosts, and runs itself in dom0 and in guests. PLACEMENT_HOST=xpti or
# efi: boots the second alone, as such a host; PLACEMENT_XEN: with these versions of Xen.
#
#   one group:  xen-pmem 64M | xen-a 96M | linux 64M, which dom0 keeps | xen-b 288M, into
#               the next group
#   second NVDIMM:  xen-c 272M
set -u
raw=/root/rawcmd
images=/usr/lib/testbed/guest
nd=/sys/bus/nd

# ---- in the guest ----

in_guest() {
	local round=0 dev bad=''
	for dev in /dev/pmem[0-2]; do
		dd if=/dev/urandom bs=1M count=1 of="/tmp/${dev##*/}" 2>/dev/null
		cat "/tmp/${dev##*/}" | dd of="$dev" bs=1M oflag=direct iflag=fullblock 2>/dev/null
		dd if="/tmp/${dev##*/}" of="$dev" bs=1M \
			seek=$(($(blockdev --getsize64 "$dev") / 1048576 - 1)) oflag=direct \
			2>/dev/null || bad=1
	done
	while :; do
		for dev in /dev/pmem[0-2]; do
			dd if="$dev" bs=1M count=1 iflag=direct 2>/dev/null |
				cmp -s - "/tmp/${dev##*/}" || bad=1
			dd if="$dev" bs=1M skip=$(($(blockdev --getsize64 "$dev") / 1048576 - 1)) \
				iflag=direct 2>/dev/null | cmp -s - "/tmp/${dev##*/}" || bad=1
		done
		[ -z "$bad" ] && echo "round $((++round))" || echo "WRONG"
	done
}

guest_rounds() {
	local round=0
	while :; do
		echo "round $((++round))"
		sleep 0.3
	done
}

guest_once() {
	echo "once"
}

guest_dax() {
	ndctl create-namespace -f -e namespace0.0 -m fsdax --map=mem >/tmp/said 2>&1 &&
		mkfs.ext4 -q -b 4096 /dev/pmem0 && mkdir /m && mount -t ext4 -o dax /dev/pmem0 /m &&
		dd if=/dev/urandom of=/tmp/random bs=1M count=8 2>/dev/null &&
		cat /tmp/random >/m/random && sync &&
		echo 3 >/proc/sys/vm/drop_caches && cmp /tmp/random /m/random && echo "dax is well"
}

# ---- in dom0 ----

# gives WHAT ERRNO PART FIELD=VALUE...: the command's answer has this return code, and PART in its
# line
gives() {
	local what=$1 rc=$2 part=$3
	shift 3
	$raw "$@" >/tmp/said
	grep -q "^rc=$rc .*$part" /tmp/said
	verdict $? "$what"
}

device() {
	grep -lx "$1" $nd/devices/namespace*/alt_name | cut -d / -f 6
}

spa() {
	cat "$nd/devices/$(device "$1")/resource"
}

uuid() {
	cat "$nd/devices/$(device "$1")/uuid"
}

# range NAME: its fields
range() {
	echo "spa=$(spa "$1") length=$(cat "$nd/devices/$(device "$1")/size")"
}

metadata_gone() {
	$raw op=0 | grep -q ' used=0 '
}

# guest_build NAME TYPE [LINE...]: paused
guest_build() {
	printf '%s\n' "name = \"$1\"" "type = \"$2\"" 'memory = 128' 'tsc_mode = "native"' \
		"kernel = \"$images/vmlinuz\"" \
		"ramdisk = \"$images/initrd\"" "${@:3}" >"$1.cfg"
	xl create -p "$1.cfg"
}

# A page that a process of dom0 maps and writes all the while. hold_begin SPA; hold_end WHAT
hold_begin() {
	coproc HOLD { exec $raw --hold "$1"; }
	hold_pid=$HOLD_PID
	exec 6<&"${HOLD[0]}" 7>&"${HOLD[1]}" {HOLD[1]}>&-
	read -r -u 6 || bail "cannot map $1"
}

hold_end() {
	local said
	exec 7>&-
	read -r -u 6 said
	exec 6<&-
	wait "$hold_pid"
	echo "$said" >/tmp/said
	[[ $said == *[1-9]*" wrong=0" ]]
	verdict $? "$1"
}

# dom0 writes its own namespace all the while, through its driver.
writer() {
	local n=0
	while [ ! -e /tmp/writer.stop ]; do
		dd if=/dev/urandom of=/tmp/writer.data bs=64K count=1 2>/dev/null
		dd if=/tmp/writer.data of="$linux" bs=64K seek=$((n % 1000)) oflag=direct \
			conv=notrunc 2>/dev/null &&
			dd if="$linux" bs=64K skip=$((n % 1000)) count=1 iflag=direct 2>/dev/null |
			cmp -s - /tmp/writer.data || echo "round $n" >>/tmp/writer.wrong
		echo $((++n)) >/tmp/writer.new && mv /tmp/writer.new /tmp/writer.rounds
	done
}

writer_begin() {
	rm -f /tmp/writer.*
	echo 0 >/tmp/writer.rounds
	linux=/dev/pmem$(sed 's/.*namespace\([0-9]*\)\..*/\1/' <<<"$(device linux)")
	[ -b "$linux" ] || linux=/dev/$(basename "$nd/devices/$(device linux)/block/"*)
	writer &
	writer_pid=$!
}

# writer_end WHAT: it went on until now, and all was right
writer_end() {
	local rounds
	rounds=$(cat /tmp/writer.rounds)
	more() { [ "$(cat /tmp/writer.rounds)" -gt $((rounds + 2)) ]; }
	wait_for 30 more
	local rc=$?
	touch /tmp/writer.stop
	wait $writer_pid
	cat /tmp/writer.wrong >/tmp/said 2>/dev/null && rc=1
	verdict $rc "$1"
}

test_ram() {
	# RAM ends at 1900 MiB, inside a group: what Xen was told to leave follows, then what the
	# firmware reserved, which Xen calls dom0's.
	gives "reserved area in the last group of RAM" -34 "overlaps RAM" op=1 \
		uuid="$(uuid xen-pmem)" spa=0x7fe00000 length=0x200000
	accepts "init" xen-pmem init xen-pmem
	accepts "enable, on the reserved area's NVDIMM" xen-pmem enable xen-a
	gives "a range in the last group of RAM" -34 "shares a 256 MiB group of frames with RAM" \
		op=3 uuid="$(uuid linux)" spa=0x7fff0000 length=0x10000
	gives "a range that begins there and leaves it" \
		-34 "shares a 256 MiB group of frames with RAM" op=3 uuid="$(uuid linux)" \
		spa=0x7fff0000 length=0x8000000
	gives "a range that ends where RAM does" -34 "overlaps RAM" op=3 uuid="$(uuid linux)" \
		spa=0x70000000 length=0x6c00000
	gives "a range right behind RAM, of what Xen was told to leave" -34 "overlaps RAM" op=3 \
		uuid="$(uuid linux)" spa=0x76c00000 length=0x1000000
	gives "the local APIC" -1 "not dom0's to give" op=3 uuid="$(uuid linux)" spa=0xfee00000 \
		length=0x1000
}

test_iomem() {
	local frames
	frames=$(printf '%x,%x' $(($(spa xen-c) >> 12)) 16)
	guest_build incumbent pv "iomem = [ \"$frames\" ]" >/tmp/said 2>&1 ||
		bail "no PV guest with iomem: $(cat /tmp/said)"
	refuses "enable what a PV guest was given by iomem=" \
		"another domain was given the range as I/O memory" xen-pmem enable xen-c
	xl destroy incumbent
	wait_for 20 no_guests
	guest_build incumbent pvh "iomem = [ \"$frames@40000\" ]" >/tmp/said 2>&1 ||
		bail "no PVH guest with iomem: $(cat /tmp/said)"
	refuses "or a PVH guest" "another domain was given the range as I/O memory" xen-pmem \
		enable xen-c
	xl destroy incumbent
	wait_for 20 no_guests
	accepts "enable when they are gone, on another NVDIMM than the reserved area" xen-pmem \
		enable xen-c
	! guest_build incumbent pv "iomem = [ \"$frames\" ]" >/tmp/said 2>&1 &&
		grep -q "failed give domain access to iomem" /tmp/said
	verdict $? "then Xen lets xl give it to no PV guest"
	xl destroy incumbent 2>/dev/null
	wait_for 20 no_guests
}

# dom0's part of a group, mapped by its driver before the group has page_info and while it has
test_driver() {
	local dev=/tmp/guest.out
	writer_begin
	printf 'name = "g"\nmemory = 192\nvnvdimms = [ "xen-a", "xen-b", "xen-c" ]\n' >g.cfg
	testguest --add tap.sh g.cfg placement.t guest >$dev 2>&1 &
	guest_pid=$!
	round() { [ "$(grep -c ^round $dev)" -ge "$1" ]; }
	wait_for 180 round 1
	verdict $? "a guest has both its neighbours, and what lies on the other NVDIMM"
	writer_end "dom0 goes on writing its part of their group"
	echo "$(device linux)" >$nd/drivers/nd_pmem/unbind
	echo "$(device linux)" >$nd/drivers/nd_pmem/bind
	verdict $? "dom0 lets go of what it mapped before, and maps it again"
	writer_begin
	wait_for 60 round $(($(grep -c ^round $dev) + 2))
	xl destroy g
	wait $guest_pid
	grep -v ^round $dev >/tmp/said
	! grep -q WRONG $dev
	verdict $? "the guest finds what it wrote all the while"
	xen-pmem release >/tmp/said 2>&1
	wait_for 30 metadata_gone
	verdict $? "the group goes when the guest is gone"
	writer_end "dom0 goes on writing"
	echo "$(device linux)" >$nd/drivers/nd_pmem/unbind
	verdict $? "dom0 lets go of what it mapped while the group was there"
}

# assign UUID-OF: to the paused guest g; makes its group
assign() {
	# shellcheck disable=SC2046
	$raw op=5 uuid="$(uuid "$1")" $(range "$1") gpa="$2" domain="$(xl domid g)"
}

# joins WHAT: every page of dom0's part of the group is an I/O page that nobody has counted, or
# SERVE could not take it
joins() {
	# shellcheck disable=SC2046
	gives "$1" 0 "" op=3 uuid="$(uuid linux)" $(range linux)
	gives "$1: and back" 0 "" op=4 uuid="$(uuid linux)"
}

group_build() {
	guest_build g pvh >/dev/null 2>&1
	assign xen-a 0x40000000 >/tmp/said
}

group_drop() {
	xl destroy g
	$raw op=6 uuid="$(uuid xen-a)" domain="$1" >/tmp/said
	wait_for 30 metadata_gone && wait_for 30 no_guests
}

# The same by hand, a page at a time. SPA WHAT
orders() {
	local at=$1 what=$2 domain
	hold_begin "$at"
	group_build
	verdict $? "$what: dom0 maps it, then its group is built"
	domain=$(xl domid g)
	hold_end "$what: dom0 unmaps it, the group being there"
	[ "$what" != "beside a guest's range" ] || joins "$what: nothing was counted"
	hold_begin "$at"
	hold_end "$what: mapped and unmapped, the group being there"
	hold_begin "$at"
	group_drop "$domain"
	verdict $? "$what: dom0 maps it, then its group goes"
	hold_end "$what: dom0 unmaps it, the group being gone"
}

# A range beside one that a guest has: joins and leaves the live group, and dom0 has it meanwhile.
test_neighbour() {
	local domain at
	at=$(spa linux)
	group_build
	domain=$(xl domid g)
	joins "served while the group is there"
	# shellcheck disable=SC2046
	gives "what dom0 maps is refused then too" -16 "PV domain maps" --holding "$at" op=3 \
		uuid="$(uuid linux)" $(range linux)
	# shellcheck disable=SC2046
	gives "the range is served when dom0 does not map it" 0 "" op=3 uuid="$(uuid linux)" \
		$(range linux)
	gives "assigned beside the first" 0 "" op=5 uuid="$(uuid linux)" domain="$domain" \
		spa="$at" gpa=0x80000000 length=0x1000000
	gives "released" 0 "count=4096 pending=0" op=6 uuid="$(uuid linux)" domain="$domain"
	gives "given back" 0 "" op=4 uuid="$(uuid linux)"
	hold_begin "$at"
	hold_end "dom0 has it again"
	group_drop "$domain"
	verdict $? "the group goes when its guest is gone"
}

dom0_shared() {
	modprobe -a virtio_blk ext4
	mount -t ext4 -o ro /dev/vda $images
	namespaces_make xen-pmem:64M xen-a:96M linux:64M xen-b:288M
	ndctl create-namespace -r region1 -m raw -n xen-c -s 272M >/tmp/said 2>&1 ||
		bail "xen-c: $(cat /tmp/said)"
	for name in xen-pmem xen-a linux xen-b xen-c; do echo "# $name $(range $name)"; done
	same "dom0's namespace shares a group with others" \
		"$(($(spa xen-a) >> 28)) $(($(spa xen-b) >> 28))" \
		"$(($(spa linux) >> 28)) $(($(spa linux) >> 28))"
	test_ram
	test_iomem
	accepts "enable a third one" xen-pmem enable xen-b
	test_driver
	orders "$(spa linux)" "beside a guest's range"
	orders $(($(spa xen-c) + (272 << 20))) "in a group that nobody has"
	orders 0x7fff0000 "in the last group of RAM"
	test_neighbour
	for name in xen-a xen-b xen-c; do
		accepts "disable $name" xen-pmem disable --keep $name
	done
	accepts "unload" xen-pmem unload
	echo END
}

# placement.high.dom0 has it.
dom0_high() {
	# shellcheck disable=SC1091
	. /root/placement.high.dom0
	# shellcheck disable=SC1091
	. /root/placement.hosts.dom0
	high_run "$1"
}

# ---- on the test's machine ----

efi_options() {
	make -s -C "$top" bed-efi >"$work/make.log" 2>&1 ||
		{ echo "Bail out! $(tail -n 1 "$work/make.log")"; exit 1; }
	options=(--efi)
	for each in "$top"/build/testbed/pkg/lib/modules/*/kernel/fs/efivarfs/efivarfs.ko; do
		options+=(--add "$each")
	done
}

here=$(dirname "$(readlink -f "$0")")
# shellcheck source-path=SCRIPTDIR
. "$here/tap.sh"
place_run "$@"
machine_begin build/system/holdpage build/system/idle.elf build/system/poke.elf
if [ -z "${PLACEMENT_HOST:-}" ]; then
	boot shared END --xen-args mem=1900M --nvdimm "$work/one:1G" --nvdimm "$work/two:1G"
fi
xen_args=guest_loglvl=all options=()
case ${PLACEMENT_HOST:=plain} in
xpti) xen_args+=" xpti=true" ;;
efi) efi_options ;;
esac
for version in ${PLACEMENT_XEN:-4.17.5}; do
	rm -f "$work/high"
	boot high END --xen-version "$version" --bare --xen-args "$xen_args" \
		${options[@]+"${options[@]}"} --add "$top/build/system/holdpage" \
		--add "$top/build/system/idle.elf" --add "$top/build/system/poke.elf" \
		--nvdimm "$work/high:4G@0x7f80000000" -- "$PLACEMENT_HOST"
done
echo "1..$tests"
