#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# In dom0 of a host with 2 GiB of RAM and an NVDIMM of 520 GiB that no module touches: counts what
# serving and assigning take, by raw commands. Prints "= NAME VALUE...". The NVDIMM begins at 4 GiB;
# Xen has mapped addresses below 512 GiB only, so 502 GiB is what it can serve here.
set -u
# shellcheck source=bench/lib.sh
. /root/lib.sh

uuid() {
	echo "$1-0000-4000-8000-000000000001"
}

used() {
	command op=0
	field used
}

longest() {
	command op=0
	echo $(($(field 'done')))
}

# ranges: UUID's first digits, SPA, GiB
one="11111111 $((10 * G)) 1"
sixteen="22222222 $((11 * G)) 16"
many="33333333 $((27 * G)) 256"
rest="44444444 $((283 * G)) 229"

serve() {
	command op=3 uuid="$(uuid "$1")" spa="$2" length=$(($3 * G))
}

guest_build() {
	xl create -p /root/guest.cfg >/dev/null 2>&1 || failed "cannot make a guest"
	xl domid bench
}

# Until a dead guest's pages and everything made for them are back.
guest_end() {
	local until=$((SECONDS + 30))
	xl destroy bench
	command op=6 uuid="$(uuid "$1")" domain="$2"
	while xl domid bench >/dev/null 2>&1 && [ $SECONDS -lt $until ]; do sleep 0.1; done
	while [ "$(used)" -gt $((4 << 20)) ] && [ $SECONDS -lt $until ]; do sleep 0.1; done
}

# assign UUID SPA GIB: all of it to a new guest
assign() {
	local domain before
	domain=$(guest_build) || exit 1
	before=$($raw --free)
	command op=5 uuid="$(uuid "$1")" domain="$domain" spa="$2" gpa=$((4 * G)) length=$(($3 * G))
	echo "= calls$3 $(field calls)"
	echo "= ram_assigned$3 $(((before - $($raw --free)) * 4))"
	echo "= used$3 $(used)"
	echo "= longest$3 $(longest)"
	xenhypfs write /leaves/domain "$domain" && echo "= leaves$3 $(xenhypfs cat /leaves/count)"
	guest_end "$1" "$domain"
}

# Another guest that only reads its clock. It has a processor of its own, as dom0 has: what stops it
# then is Xen, or the test's machine.
spinner_start() {
	mkdir spinner && cp stall spinner/init &&
		(cd spinner && find . | cpio --quiet -o -H newc) >spinner.img 2>/dev/null
	sed 's/"bench"/"spinner"/; /^ramdisk/d' guest.cfg >spinner.cfg
	printf '%s\n' 'ramdisk = "/root/spinner.img"' 'extra = "console=hvc0 loglevel=1"' \
		'cpus = "1"' >>spinner.cfg
	xl vcpu-pin 0 0 0 && xl create -q spinner.cfg >/dev/null 2>&1 ||
		failed "cannot make the spinner"
	seconds_wait 3
}

seconds_seen() {
	grep -c '^gap ' /var/log/xen/console/guest-spinner.log
}

# seconds_wait N: until the spinner has measured so many more
seconds_wait() {
	local until=$((SECONDS + 120)) wanted=$(($(seconds_seen) + $1))
	until [ "$(seconds_seen)" -ge $wanted ]; do
		[ $SECONDS -lt $until ] || failed "the spinner stopped at $(seconds_seen)"
		sleep 0.1
	done
}

# stall NAME FROM TO: its longest gap in those of its seconds, and how many they are
stall() {
	sed -n 's/^gap \([0-9]*\).*/\1/p' /var/log/xen/console/guest-spinner.log |
		sed -n "$(($2 + 1)),$3p" | sort -n |
		awk -v name="$1" '{ most = $1; n++ } END { print "= " name, most, n }'
}

# stall_beside UUID SPA GIB: while all of it is assigned, and for as many seconds while nothing is
# done
stall_beside() {
	local domain begin end
	spinner_start
	domain=$(guest_build) || exit 1
	begin=$(seconds_seen)
	command op=5 uuid="$(uuid "$1")" domain="$domain" spa="$2" gpa=$((4 * G)) length=$(($3 * G))
	seconds_wait 1
	end=$(seconds_seen)
	seconds_wait $((end - begin))
	stall stall_assign "$begin" "$end"
	stall stall_idle "$end" $((2 * end - begin))
	guest_end "$1" "$domain"
}

id=$(xl info build_id)
free=$($raw --free)
xen-livepatch load "/root/payload/$id.livepatch" >/dev/null ||
	failed "cannot load the extension"
command op=1 uuid="$(uuid 99999999)" spa=$((4 * G)) length=$((5 * G + G / 2))
# shellcheck disable=SC2086
serve $one
echo "= ram1 $(((free - $($raw --free)) * 4))"
# shellcheck disable=SC2086
serve $sixteen && serve $many && serve $rest
echo "= ram502 $(((free - $($raw --free)) * 4))"
echo "= used0 $(used)"
xen-livepatch load "/root/leaves-$id.livepatch" --nodeps >/dev/null ||
	failed "cannot load the counter of leaves"
modprobe -a virtio_blk ext4
mount -t ext4 -o ro /dev/vda $images
cat >guest.cfg <<X
name = "bench"
type = "pvh"
memory = 128
tsc_mode = "native"
kernel = "$images/vmlinuz"
ramdisk = "$images/initrd"
X
for range in "$one" "$sixteen" "$many"; do
	# shellcheck disable=SC2086
	assign $range
done
# shellcheck disable=SC2086
stall_beside $many
