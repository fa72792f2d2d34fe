#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# copy-out and copy-in: what a guest had, filesystem and labels, comes back after its namespace was erased, or destroyed and made anew; each byte and the
# checksum are compared with the medium; copies are killed, and the power is cut; what is damaged, half, in use or somebody's is refused. Files, block and
# dax devices too. TAP.
# It runs itself: on the test's machine, in dom0 and in the guest.
#
#   region0:  xen-pmem 96 MiB | xen-a 256 MiB | xen-b 256 MiB | xen-c 32 MiB, with a pattern written before the host boots
#   region1:  xen-images, ext4 with DAX, where images go | xen-dax, devdax, 64 MiB | xen-disk, fsdax, 64 MiB; they stay dom0's, and in the second boot
#             guests have files on them, or them
set -u
MIB=1048576
a_at=96 c_at=608 c_size=32	# MiB

# ---- in the guest ----

guest_make() {
	{ ndctl disable-region all && ndctl init-labels nmem0 && ndctl enable-region all; } >/tmp/said 2>&1 || bail "no labels: $(cat /tmp/said)"
	{ ndctl create-namespace -r region0 -n first -m raw -s 32M && ndctl create-namespace -r region0 -n files -m fsdax --map=mem -s 96M; } >/tmp/said 2>&1 ||
		bail "no namespaces: $(cat /tmp/said)"
	disk=$(ndctl list -n "$(ndctl list -N | tr -d ' ",' | awk -v RS='}' '/name:files/' | sed -n 's/^dev://p')" | sed -n 's/.*"blockdev": *"\([^"]*\)".*/\1/p')
	{ mkfs.ext4 -q -b 4096 "/dev/$disk" && mount -t ext4 -o dax=always "/dev/$disk" /mnt; } >/tmp/said 2>&1 || bail "no filesystem: $(cat /tmp/said)"
	head -c $((24 << 20)) /dev/urandom >/mnt/file && (cd /mnt && sha256sum file >sum) && umount /mnt
	verdict $? "the guest makes namespaces and a filesystem"
}

guest_check() {
	same "$1: the guest's namespaces" "$(ndctl list -N | tr -d ' ",' | sed -n 's/^name://p' | sort | xargs)" "files first"
	disk=$(ndctl list -N | tr -d ' ",' | awk -v RS='}' '/name:files/' | sed -n 's/^blockdev://p')
	mount -t ext4 -o dax=always "/dev/$disk" /mnt >/tmp/said 2>&1 && (cd /mnt && sha256sum -c sum) >>/tmp/said 2>&1
	verdict $? "$1: its filesystem, and what is in it"
	umount /mnt
	e2fsck -f -n "/dev/$disk" >/tmp/said 2>&1
	verdict $? "$1: fsck finds it clean"
}

# ---- in dom0 ----

# guest make|check WHAT: one run of the guest
guest() {
	printf '%s\n' 'name = "one"' 'memory = 384' 'vnvdimms = [ "xen-a" ]' >one.cfg
	testguest --add /root/tap.sh one.cfg copy.t guest "$@" || bail "the guest: $?"
	wait_for 30 no_guests || bail "it does not go"
}

# Guests that never run, to be in the way.
paused_prepare() {
	modprobe -a virtio_blk ext4
	mount -t ext4 -o ro /dev/vda /usr/lib/testbed/guest
	echo | cpio --quiet -o -H newc >empty 2>/dev/null
	printf '%s\n' 'type = "pvh"' 'memory = 128' 'kernel = "/usr/lib/testbed/guest/vmlinuz"' 'ramdisk = "/root/empty"' 'vnvdimms = [ "xen-a" ]' >rest
	{ echo 'name = "one"'; cat rest; } >paused.cfg
	{ echo 'name = "other"'; cat rest; } >other.cfg
}

paused_end() {
	{ xl destroy "$1" && xen-pmem release; } >/tmp/said 2>&1 || bail "$1 does not go: $(cat /tmp/said)"
}

uuid_of() {
	ndctl list -N | tr -d ' ",' | awk -v RS='}' "/name:$1/" | sed -n 's/^uuid://p'
}

# field NAME NAMESPACE: of list
field() {
	xen-pmem list --json | jq -r --arg key "$1" --arg name "$2" '.namespaces[] | select(.label == $name)[$key] // empty'
}

# about NAME FILE: what the description says
about() {
	jq -r --arg key "$1" 'if has($key) then .[$key] else empty end' "$2.xen-pmem"
}

half() {
	xen-pmem list | grep -c "$1.*interrupted"
}

claims() {
	local each
	for each in /run/xen-pmem/*-*; do
		[ ! -e "$each" ] || echo "$each: $(xargs <"$each")"
	done
}

lent() {
	xl list | grep -c xen-pmem-copy-
}

copied_some() {
	local bytes
	bytes=$(about "done" "$1" 2>/dev/null)
	[ "${bytes:-0}" -gt 0 ]
}

begun() {
	[ "$(half "$1")" = 1 ]
}

# A disk for images, and one for dax, both dom0's.
backups_open() {
	local disk
	disk=$(ndctl list -N | tr -d ' ",' | awk -v RS='}' '/name:xen-images/' | sed -n 's/^blockdev://p')
	mkdir -p /backup
	[ "$1" = old ] || mkfs.ext4 -q -b 4096 "/dev/$disk" >/tmp/said 2>&1 || bail "no disk for images: $(cat /tmp/said)"
	mount -t ext4 -o dax=always "/dev/$disk" /backup || bail "no /backup"
	backup_disk=/dev/$disk
}

begin() {
	local each
	{ ndctl disable-region all && ndctl init-labels -f -V 1.2 all && ndctl enable-region all; } >/tmp/said 2>&1 || bail "no label areas: $(cat /tmp/said)"
	for each in xen-pmem:96M xen-a:256M xen-b:256M xen-c:32M; do
		ndctl create-namespace -r region0 -m raw -n "${each%:*}" -s "${each##*:}" >/tmp/said 2>&1 || bail "create $each: $(cat /tmp/said)"
	done
	{ ndctl create-namespace -r region1 -m fsdax --map=mem -n xen-images -s 1G && ndctl create-namespace -r region1 -m devdax -n xen-dax --map=mem -s 64M &&
		ndctl create-namespace -r region1 -m fsdax -n xen-disk --map=mem -s 64M; } >/tmp/said 2>&1 ||
		bail "no namespaces of dom0's: $(cat /tmp/said)"
	backups_open new
	{ xen-pmem init xen-pmem && for each in a b c; do xen-pmem enable xen-$each || break; done; } >/tmp/said 2>&1 || bail "cannot enable: $(cat /tmp/said)"
	paused_prepare
}

out_in_use() {
	xen-pmem create -q -p -e paused.cfg >/tmp/said 2>&1 || bail "no paused guest: $(cat /tmp/said)"
	refuses "copy-out of what a guest has" "guest one holds this namespace" xen-pmem copy-out xen-a /backup/no
	refuses "copy-in to what a guest has" "guest one holds this namespace" xen-pmem copy-in --overwrite /backup/c xen-a
	xl destroy one
	accepts "what a dead guest had is taken back first" xen-pmem copy-out xen-a /backup/dead
	rm -f /backup/dead*
	refuses "the reserved area" "reserved area" xen-pmem copy-out xen-pmem /backup/no
	refuses "nothing of this name" "xen-z: no such namespace" xen-pmem copy-out xen-z /backup/no
	same "no file was made of that" "$(find /backup -name 'no*')" ""
}

nobody() {
	! pidof xen-pmem >/dev/null
}

# A guest's keeper between two of its lives, when Xen knows of no guest
out_between() {
	local keeper
	xen-pmem create -q -p paused.cfg >/tmp/said 2>&1 || bail "no paused guest: $(cat /tmp/said)"
	keeper=$(pidof xen-pmem)
	kill -STOP "$keeper"
	xl destroy one
	refuses "copy-out of what a guest will have in a moment" "guest one is being started or ended" xen-pmem copy-out xen-a /backup/no
	kill -CONT "$keeper"
	wait_for 60 nobody || bail "the keeper stays"
}

# A copy that is killed, and all that may come then
out_killed() {
	xen-pmem copy-out xen-a /backup/a >/tmp/out 2>&1 &
	wait_for 60 copied_some /backup/a || bail "it does not begin: $(cat /tmp/out)"
	same "xl shows what it is lent to" "$(lent)" 1
	refuses "a second copy of it" "guest xen-pmem-copy-.* holds this namespace" xen-pmem copy-out xen-a /backup/no
	refuses "a guest with what is being copied" "guest xen-pmem-copy-.* holds this namespace" xen-pmem create -q -p -e paused.cfg
	refuses "disable of what is being copied" "guest xen-pmem-copy-.* holds this namespace" xen-pmem disable --keep xen-a
	kill -KILL $!
	wait $! 2>/dev/null
	same "killed in the middle" "$(about finished /backup/a)" false
	xen-pmem list >/tmp/said 2>&1
	same "list tells of it" "$(grep -c 'xen-pmem: warning: xen-pmem-copy-namespace.*killed' /tmp/said)" 1
	accepts "enable finds nothing to do" xen-pmem enable xen-a
	refuses "an unfinished image" "not finished" xen-pmem copy-in --overwrite /backup/a xen-a
	refuses "a new copy to the same file" "there is an image of this name already" xen-pmem copy-out xen-a /backup/a
	xen-pmem copy-out --resume xen-a /backup/a >/tmp/out 2>&1
	verdict $? "--resume"
	same "it takes back what was lent first" "$(grep -c 'warning: xen-pmem-copy-namespace.*comes back' /tmp/out)" 1
	cp /tmp/out /tmp/said
	grep -q '^xen-a: copied to /backup/a, 256M, [0-9.]*[KM] of it data, with labels, CRC-32C [0-9a-f]\{8\}$' /tmp/said
	verdict $? "it says what it did"
	same "nothing is lent any more" "$(lent)" 0
	same "and nobody has a claim" "$(claims)" ""
	refuses "--resume of what is finished" "finished" xen-pmem copy-out --resume xen-a /backup/a
	same "whose data they are" "$(about guest /backup/a)" "$(field data_of xen-a)"
	[ "$(du -m /backup/a | cut -f 1)" -lt 40 ] && [ "$(stat -c %s /backup/a)" = $((256 * MIB)) ]
	verdict $? "the image is sparse, and has the size"
	echo "= $(sha256sum </backup/a | cut -c 1-64)"
}

out_changed() {
	xen-pmem copy-out xen-a /backup/changed >/tmp/out 2>&1 &
	wait_for 60 copied_some /backup/changed || bail "it does not begin: $(cat /tmp/out)"
	refuses "going on with a copy that goes on" "another xen-pmem copies to it" xen-pmem copy-out --resume xen-a /backup/changed
	kill -TERM $!
	wait $!
	same "a signal ends it" "$? $(grep -c 'interrupted; --resume goes on from here' /tmp/out)" "1 1"
	refuses "going on with another namespace" "this is an image of namespace.*xen-a" xen-pmem copy-out --resume xen-b /backup/changed
	same "and gives all back" "$(lent) $(claims)" "0 "
	xen-pmem erase --force xen-a >/tmp/said 2>&1 || bail "erase: $(cat /tmp/said)"
	refuses "--resume of what has changed since" "changed since this copy of it was begun" xen-pmem copy-out --resume xen-a /backup/changed
	rm -f /backup/changed*
}

# Nothing of this may touch the namespace, which is zeros.
in_refused() {
	local byte
	refuses "a size that does not fit" "it has 268435456 bytes, and the image 33554432" xen-pmem copy-in /backup/c xen-a
	refuses "labels elsewhere" "xen-b.*ndctl create-namespace -m raw -u $(about uuid /backup/a)" xen-pmem copy-in /backup/a xen-b
	mv /backup/a.xen-pmem /backup/x
	refuses "without its description" "a.xen-pmem: No such file" xen-pmem copy-in /backup/a xen-a
	head -c 100 /backup/x >/backup/a.xen-pmem
	refuses "with half of it" "a.xen-pmem: not JSON" xen-pmem copy-in /backup/a xen-a
	mv /backup/x /backup/a.xen-pmem
	truncate -s $((256 * MIB + 4096)) /backup/a
	refuses "an image that grew" "damaged: it has" xen-pmem copy-in /backup/a xen-a
	truncate -s $((256 * MIB)) /backup/a
	byte=$(od -An -tu1 -j $((200 * MIB)) -N 1 /backup/a)
	# shellcheck disable=SC2059
	printf "\\$(printf %o $(((byte + 1) % 256)))" | dd of=/backup/a bs=1 seek=$((200 * MIB)) conv=notrunc 2>/dev/null
	refuses "one byte changed" "damaged: its CRC-32C" xen-pmem copy-in /backup/a xen-a
	# shellcheck disable=SC2059
	printf "\\$(printf %o "$byte")" | dd of=/backup/a bs=1 seek=$((200 * MIB)) conv=notrunc 2>/dev/null
	same "nothing was begun" "$(half xen-a)" 0
	xen-pmem copy-out --json xen-a /backup/zeros >/tmp/said 2>&1
	same "not a byte was written" "$(jq '.images[0].data' /tmp/said)" 0
	rm -f /backup/zeros*
}

in_killed() {
	xen-pmem copy-in /backup/a xen-a >/tmp/out 2>&1 &
	wait_for 60 begun xen-a || bail "it does not begin: $(cat /tmp/out)"
	kill -KILL $!
	wait $! 2>/dev/null
	xen-pmem release >/dev/null 2>&1
	same "release takes back what was lent" "$(lent)" 0
	refuses "a guest, of what is half restored" "interrupted" xen-pmem create -q -p -e paused.cfg
	refuses "dom0, of it" "interrupted" xen-pmem disable xen-a
	refuses "a copy of it" "interrupted" xen-pmem copy-out xen-a /backup/no
	accepts "the same command goes on" xen-pmem copy-in /backup/a xen-a
	same "and it is the guest's again" "$(field data_of xen-a) $(half xen-a)" "$(about guest /backup/a) 0"
	refuses "another guest" "holds data of" xen-pmem create -q -p -e other.cfg
	refuses "overwriting a guest's data unasked" "it holds data of guest .*: --overwrite" xen-pmem copy-in /backup/a xen-a
}

# The namespace is lost, and made anew.
made_anew() {
	local uuid
	uuid=$(uuid_of xen-a)
	{ xen-pmem disable --erase xen-a && ndctl destroy-namespace -f "$(ndctl list -N | tr -d ' ",' | awk -v RS='}' '/name:xen-a/' | sed -n 's/^dev://p')" &&
		ndctl create-namespace -r region0 -m raw -n xen-a -s 256M -u "$uuid" && xen-pmem enable xen-a; } >/tmp/said 2>&1 ||
		bail "cannot make it anew: $(cat /tmp/said)"
	refuses "copy-in to what is not enabled" "not enabled" sh -c 'xen-pmem disable xen-a >/dev/null && xen-pmem copy-in /backup/a xen-a'
	xen-pmem enable xen-a >/dev/null 2>&1
	accepts "copy-in to a namespace that was made anew" xen-pmem copy-in /backup/a xen-a
}

first() {
	begin
	guest make
	xen-pmem copy-out --json xen-c /backup/c >/tmp/said 2>&1
	verdict $? "copy-out of what nobody has had"
	echo "= $(jq -r '.images[0].crc32c' /tmp/said)"
	same "its checksum is in the description" "$(about crc32c /backup/c)" "$(jq -r '.images[0].crc32c' /tmp/said)"
	echo "= $(sha256sum </backup/c | cut -c 1-64)"
	same "nobody's data" "$(about guest /backup/c)" ""
	out_in_use
	out_between
	out_killed
	out_changed
	in_refused
	in_killed
	guest check "after copy-in"
	made_anew
	guest check "after copy-in to a new namespace"
	xen-pmem erase --force xen-a >/tmp/said 2>&1 || bail "erase: $(cat /tmp/said)"
	xen-pmem copy-in /backup/a xen-a >/tmp/out 2>&1 &
	wait_for 60 begun xen-a || bail "it does not begin: $(cat /tmp/out)"
	umount -l /backup
	sync
	echo END
	echo POWER-CUT
	sleep 60
}

# Paths: not of guests, but opened in the same way
files() {
	truncate -s 8M /root/f && dd if=/dev/urandom of=/root/f bs=1M seek=2 count=1 conv=notrunc 2>/dev/null
	sleep 60 3>>/root/f &
	refuses "a file that somebody writes to" "another program has it open for writing" xen-pmem copy-out /root/f /backup/f
	kill $!
	wait $! 2>/dev/null
	accepts "a file" xen-pmem copy-out /root/f /backup/f
	cmp /root/f /backup/f >/tmp/said 2>&1
	verdict $? "its image is the same"
	same "with holes" "$(du -m /backup/f | cut -f 1)" 1
	cp /root/f /root/g && dd if=/dev/urandom of=/root/g bs=4K seek=1000 count=3 conv=notrunc 2>/dev/null
	refuses "to a file unasked" "/root/g: xen-pmem does not know whose" xen-pmem copy-in /backup/f /root/g
	sleep 60 3</root/g &
	refuses "to a file that somebody has open" "another program has it open" xen-pmem copy-in --overwrite /backup/f /root/g
	kill $!
	wait $! 2>/dev/null
	accepts "to a file" xen-pmem copy-in --overwrite --json /backup/f /root/g
	cmp /root/f /root/g >/tmp/said 2>&1
	verdict $? "which is the same then"
	refuses "an image to itself" "this is the image itself" xen-pmem copy-in --overwrite /backup/f /backup/f
	refuses "a folder" "neither a file" xen-pmem copy-out /root /backup/no
	refuses "a device that is none of these" "neither a file" xen-pmem copy-out /dev/zero /backup/no
	refuses "an empty file" "empty" sh -c ': >/root/empty2; xen-pmem copy-out /root/empty2 /backup/no'
	refuses "a file that is not there" "No such file" xen-pmem copy-out /root/none /backup/no
	refuses "a disk that is mounted" "in use" xen-pmem copy-out "$backup_disk" /root/no
	xen-pmem copy-out xen-a - >/tmp/said 2>&1
	same "no pipes" "$?" 2
}

# given WHAT PATH: what a guest has, which never runs; then it has not
given() {
	{ echo 'name = "given"'; grep -v vnvdimms rest; echo "vnvdimms = [ \"$2\" ]"; } >given.cfg
	accepts "a guest has a $1" xen-pmem create -q -p -e given.cfg
	refuses "copy-out of that" "$2: guest given has it" xen-pmem copy-out "$2" /backup/no
	refuses "copy-in to it" "$2: guest given has it" xen-pmem copy-in --overwrite /backup/f "$2"
	paused_end given
}

given_file() {
	xen-pmem create-file 16M /backup/given >/tmp/said 2>&1 || bail "no file: $(cat /tmp/said)"
	given "file" /backup/given
	accepts "then it can be copied" xen-pmem copy-out /backup/given /backup/given.img
	cmp /backup/given /backup/given.img >/tmp/said 2>&1
	verdict $? "the same bytes"
}

# What a later writer does to a copy under way: it waits for us, and we give up.
disturbed() {
	truncate -s 300M /root/big
	xen-pmem copy-out /root/big /backup/big >/tmp/out 2>&1 &
	wait_for 60 copied_some /backup/big
	dd if=/dev/zero of=/root/big bs=4K count=1 conv=notrunc 2>/dev/null
	wait $!
	same "a file that somebody begins to write to" "$? $(grep -c 'another program has opened it for writing' /tmp/out)" "1 1"
	rm -f /root/big /backup/big*
}

# device WHAT PATH BYTES
device() {
	head -c $(($3 - 2 * MIB)) /dev/urandom >/root/r
	truncate -s "$3" /root/r
	xen-pmem copy-out /root/r /root/r.img >/tmp/said 2>&1
	accepts "to a $1" xen-pmem copy-in --overwrite /root/r.img "$2"
	accepts "from a $1" xen-pmem copy-out "$2" /backup/d
	cmp /root/r /backup/d >/tmp/said 2>&1
	verdict $? "the same bytes"
	rm -f /root/r /root/r.img* /backup/d*
	given "$1" "$2"
}

devices() {
	local dax disk
	dax=$(ndctl list -N -X | sed -n 's/.*"chardev": *"\([^"]*\)".*/\1/p' | head -n 1)
	device "dax device" "/dev/$dax" "$(cat "/sys/bus/dax/devices/$dax/size")"
	disk=$(ndctl list -N | tr -d ' ",' | awk -v RS='}' '/name:xen-disk/' | sed -n 's/^blockdev://p')
	device "block device" "/dev/$disk" $(($(cat "/sys/block/$disk/size") * 512))
}

not_enabled() {
	xen-pmem disable xen-c >/tmp/said 2>&1 || bail "disable: $(cat /tmp/said)"
	accepts "copy-out of what is not enabled" xen-pmem copy-out xen-c /backup/c2
	cmp /backup/c /backup/c2 >/tmp/said 2>&1
	verdict $? "the same bytes"
	xen-pmem disable xen-b >/tmp/said 2>&1 || bail "disable: $(cat /tmp/said)"
	xen-pmem copy-out xen-b /backup/b >/tmp/out 2>&1 &
	wait_for 60 copied_some /backup/b || bail "it does not begin: $(cat /tmp/out)"
	accepts "enable while it is copied" xen-pmem enable xen-b
	wait $!
	same "ends the copy" "$? $(grep -c 'Xen has it' /tmp/out)" "1 1"
	accepts "which goes on as a copy of what is enabled" xen-pmem copy-out --resume xen-b /backup/b
	accepts "disable --keep" xen-pmem disable --keep xen-a
	accepts "copy-out of one whose labels are kept" xen-pmem copy-out xen-a /backup/kept
	same "labels too" "$(about labels /backup/kept | md5sum)" "$(about labels /backup/a | md5sum)"
}

overwritten() {
	xen-pmem enable xen-a >/tmp/said 2>&1 || bail "enable: $(cat /tmp/said)"
	accepts "copy-in over what the guest has changed since" xen-pmem copy-in --overwrite /backup/a xen-a
}

second() {
	{ xen-pmem enable xen-images && xen-pmem enable xen-dax && xen-pmem enable xen-disk; } >/tmp/said 2>&1 || bail "cannot enable: $(cat /tmp/said)"
	backups_open old
	paused_prepare
	same "after the power cut in copy-in it is half restored" "$(half xen-a)" 1
	accepts "enable --all has nothing to say" xen-pmem enable --all
	accepts "check neither" xen-pmem check
	refuses "no guest gets it" "interrupted" xen-pmem create -q -p -e paused.cfg
	accepts "copy-in goes on" xen-pmem copy-in /backup/a xen-a
	guest check "after a power cut in copy-in"
	files
	given_file
	disturbed
	devices
	not_enabled
	overwritten
	umount /backup
	echo END
}

# ---- on the test's machine ----

here=$(dirname "$(readlink -f "$0")")
# shellcheck source-path=SCRIPTDIR
. "$here/tap.sh"
case ${1:-} in
first | second) "$1"; exit ;;
guest) "guest_$2" "${3:-}"; exit ;;
esac
machine_begin

# region FROM COUNT: so many MiB of the medium
region() {
	dd if="$work/nvdimm" bs=$MIB skip="$1" count="$2" 2>/dev/null
}

crc32c() {
	perl -e 'my @t = map { my $x = $_; $x = $x & 1 ? $x >> 1 ^ 0x82f63b78 : $x >> 1 for 1 .. 8; $x } 0 .. 255; my $c = 0xffffffff;
		while (read STDIN, my $b, 65536) { $c = $c >> 8 ^ $t[($c ^ $_) & 255] for unpack "C*", $b } printf "%08x\n", $c ^ 0xffffffff'
}

truncate -s $((1024 * MIB + 262144)) "$work/nvdimm"
yes "a pattern" | head -c $((5 * MIB)) | dd of="$work/nvdimm" bs=$MIB seek=$((c_at + 7)) conv=notrunc 2>/dev/null
region $c_at $c_size >"$work/c"
boot first END --nvdimm "$work/nvdimm:1G" --nvdimm "$work/images:2G"
result "the image has the medium's bytes" [ "$(sed -n 2p "$work/first.facts")" = "$(sha256sum <"$work/c" | cut -c 1-64)" ]
result "and its checksum is right" [ "$(sed -n 1p "$work/first.facts")" = "$(crc32c <"$work/c")" ]
result "the medium was not changed by copying" cmp -s "$work/c" <(region $c_at $c_size)
boot second END --nvdimm "$work/nvdimm:1G" --nvdimm "$work/images:2G"
result "in the end the medium has what the image of the guest's namespace has" \
	[ "$(sed -n 3p "$work/first.facts")" = "$(region $a_at 256 | sha256sum | cut -c 1-64)" ]
echo "1..$tests"
