#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Labels of a vNVDIMM, with ndctl in the guest: namespaces of every mode, made and destroyed again
# and again ($ROUNDS times), outlive the guest's reboot, the host's, and power cuts ($CUTS) while
# they change. Whose they are: no other guest's, dom0's only on demand; kept, given up, erased. TAP.
# It runs itself: on the test's machine, in dom0 and in the guest.
#
#   region0:  xen-pmem 32 MiB, with 4 label slots at its end | xen-a 512 MiB | xen-b 256 MiB |
#             xen-c, xen-d, xen-e 32 MiB each
set -u
ROUNDS=${ROUNDS:-20}
CUTS=${CUTS:-3}
modes="raw sector fsdax devdax"

# ---- in the guest ----

# by_name NAME: the namespace's fields, a line each
by_name() {
	ndctl list -N | tr -d ' ",' | awk -v RS='}' -v n="name:$1" '$0 ~ "(^|\n)" n "(\n|$)"'
}

# field NAME FIELD
field() {
	by_name "$1" | sed -n "s/^$2://p"
}

create() {
	local map=
	[[ $2 != *dax ]] || map=--map=mem
	ndctl create-namespace -r region0 -n "$1" -m "$2" -s "$3" $map
}

destroy() {
	ndctl destroy-namespace -f "$(field "$1" dev)"
}

# What the labels say, but for namespaces called "churn" and for the kernel's names of devices.
names_sum() {
	local each
	for each in $modes; do
		by_name "$each" | grep -E '^(name|uuid|mode|size|sector_size|align):' | sort
	done | sha256sum | cut -c 1-16
}

labels_good() {
	ndctl check-labels nmem0 >/tmp/said 2>&1
	verdict $? "$1: check-labels"
	ndctl read-labels -j nmem0 2>/tmp/said | tr -d ' \n' |
		grep -q '"index":\[{"signature":"NAMESPACE_INDEX'
	verdict $? "$1: read-labels"
}

pattern() {
	yes "$1" | head -c 65536
}

# Each mode's own way to its bytes.
data_write() {
	pattern raw | dd of="/dev/$(field raw blockdev)" bs=64K oflag=direct 2>/dev/null &&
		pattern sector |
		dd of="/dev/$(field sector blockdev)" bs=64K oflag=direct 2>/dev/null &&
		xfs_io -c "mmap -rw 0 2m" -c "mwrite -S 0x5a 0 65536" \
		"/dev/$(field devdax chardev)" >/tmp/said 2>&1 &&
		mkfs.ext4 -q -b 4096 "/dev/$(field fsdax blockdev)" &&
		mount -t ext4 -o dax=always "/dev/$(field fsdax blockdev)" /mnt &&
		names_sum >/mnt/sum && sync
}

data_check() {
	dd if="/dev/$(field raw blockdev)" bs=64K count=1 iflag=direct 2>/dev/null |
		cmp - <(pattern raw) >/tmp/said 2>&1
	verdict $? "$1: the raw namespace's bytes"
	dd if="/dev/$(field sector blockdev)" bs=64K count=1 iflag=direct 2>/dev/null |
		cmp - <(pattern sector) >/tmp/said 2>&1
	verdict $? "$1: the sector namespace's bytes"
	xfs_io -r -c "mmap -r 0 2m" -c "mread -v 0 16" "/dev/$(field devdax chardev)" >/tmp/said \
		2>&1
	[ "$(grep -o '5a' /tmp/said | wc -l)" = 16 ]
	verdict $? "$1: the devdax namespace's bytes"
	mount -t ext4 -o dax=always "/dev/$(field fsdax blockdev)" /mnt >/tmp/said 2>&1
	verdict $? "$1: the fsdax namespace's filesystem"
	same "$1: the labels say what they said" "$(names_sum)" "$(cat /mnt/sum)"
	umount /mnt
}

churn() {
	create churn fsdax 64M && destroy churn && create churn raw 32M && destroy churn
}

labels_make() {
	local each i
	{ ndctl disable-region all && ndctl init-labels nmem0 && ndctl enable-region all; } \
		>/tmp/said 2>&1
	verdict $? "init-labels"
	for each in $modes; do
		create "$each" "$each" 64M >/tmp/said 2>&1
		verdict $? "a namespace in mode $each"
	done
	for ((i = 0; i < ROUNDS; i++)); do
		churn >/tmp/said 2>&1 || break
	done
	same "namespaces made and destroyed, times" "$i" "$ROUNDS"
	data_write
	verdict $? "written to each"
	labels_good "before the guest's reboot"
	umount /mnt
	reboot -f
	sleep 100
}

# As long as the host lives. The cut before may have left one.
churn_on() {
	local i each
	for each in $(field churn dev); do
		ndctl destroy-namespace -f "$each" >/tmp/said 2>&1 ||
			echo "# $each stays: $(cat /tmp/said)"
	done
	for ((i = 0; ; i++)); do
		churn >/tmp/said 2>&1 || {
			echo "not ok - churn $i"
			sed 's/^/# /' /tmp/said
			return
		}
	done
}

in_guest() {
	case $1 in
	make)
		if [ -z "$(by_name fsdax)" ]; then labels_make; fi
		labels_good "after the guest's reboot"
		data_check "after the guest's reboot"
		;;
	check)
		labels_good "$2"
		data_check "$2"
		;;
	cut)
		labels_good "$2"
		data_check "$2"
		churn_on &
		usleep "$3"000
		echo POWER-CUT
		sleep 100
		;;
	none)
		same "$2" "$(ndctl list -N | tr -d ' ",' | grep -E '^(mode|size):' | sort |
			xargs)" "$3"
		ndctl read-labels nmem0 2>&1 | grep -o 'read [0-9]* nmem' >/tmp/labels
		same "$2: labels" "$(cat /tmp/labels)" "$4"
		;;
	esac
}

# ---- in dom0 ----

# guest NAME BACKEND STATUS ARG...: one run of a guest with this vNVDIMM
guest() {
	local name=$1 backend=$2 status=$3 rc
	shift 3
	printf '%s\n' "name = \"$name\"" 'memory = 512' "vnvdimms = [ \"$backend\" ]" >"$name.cfg"
	testguest --add /root/tap.sh "$name.cfg" labels.sh guest "$@"
	rc=$?
	[ "$rc" = "$status" ] || bail "the guest: $rc"
	wait_for 30 no_guests || bail "it does not go"
}

# What runs in the guest has the same settings.
guest_script() {
	sed "s/^ROUNDS=.*/ROUNDS=$1/" labels.t >labels.sh
	chmod +x labels.sh
}

host_begin() {
	guest_script "$1"
	modprobe -a virtio_blk ext4
}

state() {
	xen-pmem list --json | jq -r --arg n "$1" '.namespaces[] | select(.label == $n).state'
}

dom0_first() {
	host_begin "$1"
	namespaces_make xen-pmem:32M xen-a:512M xen-b:256M xen-c:32M xen-d:32M xen-e:32M
	{ xen-pmem init xen-pmem && for each in a b c d e; do xen-pmem enable xen-$each ||
		break; done; } >/tmp/said 2>&1 ||
		bail "cannot enable: $(cat /tmp/said)"
	xen-pmem status >/tmp/said
	same "status names the label area" \
		"$(grep -c '(xen-pmem) labels: 512K, 0B with guests' /tmp/said)" 1
	same "list does not count it" "$(xen-pmem list | wc -l)" 7
	accepts "enable again" xen-pmem enable xen-a
	guest one xen-a 0 make
	echo END
}

# of the boots that are cut: NAME MILLISECONDS
in_dom0() {
	host_begin 0
	same "enabled at boot, labels too" "$(xen-pmem status | grep -c labels)" 1
	guest one xen-a 0 cut "after the power cut" "$2"
}

# paused LIST: a guest is made, and goes
paused() {
	xen-pmem create -q -p -e paused.cfg "vnvdimms=[$1]"
}

paused_prepare() {
	mount -t ext4 -o ro /dev/vda /usr/lib/testbed/guest
	echo | cpio --quiet -o -H newc >empty 2>/dev/null
	printf '%s\n' 'name = "one"' 'type = "pvh"' 'memory = 128' \
		'kernel = "/usr/lib/testbed/guest/vmlinuz"' 'ramdisk = "/root/empty"' >paused.cfg
	sed 's/one/other/' paused.cfg >other.cfg
	echo 'vnvdimms = [ "xen-a" ]' >>other.cfg
}

gone() {
	{ xl destroy one && xen-pmem release; } >/tmp/said 2>&1
	verdict $? "$1"
}

slots() {
	refuses "more whole namespaces than label slots" \
		'paused.cfg: vnvdimms\[4\]: label: none of the 4 label slots is free: label=off' \
		paused '"xen-a","xen-b","xen-c","xen-d","xen-e"'
	same "the refused create leaves no guest" "$(xl list | wc -l)" 2
	accepts "the last one without labels" paused \
		'"xen-a","xen-b","xen-c","xen-d","xen-e,label=off"'
	xen-pmem status one >/tmp/said
	same "its labels are in status" "$(grep -c 'labels, 512K at guest address' /tmp/said)" 1
	same "the JSON of status shows the guest's labels" "$(xen-pmem status one --json |
		jq '[.guests[].vnvdimms[] | select(.role == "labels")] | length')" 1
	same "the JSON of list shows the label slots" \
		"$(xen-pmem list --json | jq '[.namespaces[] | select(.label_area)] | length')" 4
	gone "all of it is taken back"
	same "the label area is free again" \
		"$(xen-pmem status | grep -c '(xen-pmem) labels: 512K, 0B with guests')" 1
	refuses "label=on without a slot" 'vnvdimms\[0\]: label: none of the 4' paused \
		'"xen-e,label=on"'
	accepts "a read-only one that never had labels needs none" paused '"xen-e,ro"'
	gone "it goes"
}

kept() {
	refuses "disable asks" "xen-a.*holds data of guest" xen-pmem disable xen-a
	accepts "disable --keep" xen-pmem disable --keep xen-a
	same "its labels are kept" "$(xen-pmem list | grep -c 'xen-a .*dom0 .*labels kept')" 1
	same "but it is not recorded as enabled" "$(xen-pmem list --json |
		jq '.namespaces[] | select(.label == "xen-a").recorded')" false
	refuses "another guest does not get the slot" \
		"none of the 4 label slots is free (xen-pmem disable --erase" paused '"xen-e"'
	accepts "enable --all leaves it alone" xen-pmem enable --all
	same "it is dom0's" "$(state xen-a)" dom0
	refuses "erase of what is disabled" "not enabled" xen-pmem erase xen-a
	accepts "enable" xen-pmem enable xen-a
	guest one xen-a 0 check "after disable --keep and enable"
}

dom0_last() {
	local each
	host_begin 0
	guest one xen-a 0 check "after the last power cut"
	guest one xen-a,label=off 0 none "without labels it is one namespace" \
		"mode:raw size:536870912" "read 0 nmem"
	guest one xen-a 0 check "after a start without labels"
	paused_prepare
	slots
	kept
	refuses "another guest" \
		"other.cfg: vnvdimms\[0\]: backend: xen-a: it holds data of guest" xen-pmem \
		create -q other.cfg
	accepts "erase" xen-pmem erase --force xen-a
	guest other xen-a 0 none "then another guest sees no names" "mode:raw size:536870912" \
		"read 1 nmem"
	accepts "disable --keep, for it is that one's" xen-pmem disable --keep xen-a
	refuses "disable once more" "not enabled; labels of guest .* are kept for it" xen-pmem \
		disable xen-a
	accepts "a dry run of disable --erase" xen-pmem disable --dry-run --erase xen-a
	same "its labels are kept still" "$(xen-pmem list | grep -c 'labels kept')" 1
	accepts "gives its labels up on demand" xen-pmem disable --erase xen-a
	same "none are kept" "$(xen-pmem list | grep -c 'labels kept')" 0
	for each in b c d e; do
		xen-pmem disable --erase xen-$each || bail "cannot disable xen-$each"
	done >/dev/null
	accepts "unload, with nothing but labels served" xen-pmem unload
	accepts "load" xen-pmem load
	accepts "enable" xen-pmem enable xen-c
	accepts "disable" xen-pmem disable xen-c
	accepts "the reserved area goes, labels and all" xen-pmem disable xen-pmem
	same "nothing is served" "$(xen-pmem status)" "reserved area: none"
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

# slot N: where it stands in the medium, from 1; the label area ends with the reserved namespace, 32
# MiB from the start
slot_at() {
	echo $(((32 << 20) - (5 - $1) * 131072))
}

slot_blank() {
	cmp -s -n 131072 -i "$(slot_at "$1"):0" "$work/nvdimm" /dev/zero
}

# Slots are erased when they are given, whatever stood there.
truncate -s $(((2 << 30) + 262144)) "$work/nvdimm"
yes secret | head -c $((32 << 20)) | dd of="$work/nvdimm" conv=notrunc bs=1M 2>/dev/null
boot first END --nvdimm "$work/nvdimm:2G" -- "$ROUNDS"
result "the slot that was given holds labels" grep -aq NAMESPACE_INDEX \
	<(dd if="$work/nvdimm" bs=131072 skip=$(($(slot_at 1) / 131072)) count=1 2>/dev/null)
result "the slot holds nothing of what was there before" [ \
	"$(dd if="$work/nvdimm" bs=131072 skip=$(($(slot_at 1) / 131072)) count=1 2>/dev/null |
	grep -ac secret)" = 0 ]
result "the next one is untouched" [ \
	"$(dd if="$work/nvdimm" bs=131072 skip=$(($(slot_at 2) / 131072)) count=1 2>/dev/null |
	grep -ac secret)" != 0 ]
for ((i = 1; i <= CUTS; i++)); do
	boot cut-$i POWER-CUT --nvdimm "$work/nvdimm:2G" -- $((500 + RANDOM % 4000))
done
boot last END --nvdimm "$work/nvdimm:2G"
result "an erased slot is zeros" slot_blank 1
echo "1..$tests"
