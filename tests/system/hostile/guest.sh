# SPDX-License-Identifier: GPL-2.0-only
# What tests share whose guest v does nothing but take orders for the hostile module through
# xenstore. Sourced in dom0, after tap.sh; make.sh is there. $A is the range's UUID, at $spa,
# $length long; its first frame $M goes to the guest's page $P. The reserved area is 1 GiB
# below it.
# shellcheck shell=bash disable=SC2154

# shellcheck source-path=SCRIPTDIR
. ./make.sh

# host_begin: the guests' initramfs, the extension, the probe, and what is served
host_begin() {
	modprobe -a virtio_blk ext4 && mount -t ext4 -o ro /dev/vda $images ||
		bail "no guests' kernel"
	ramdisk_make
	livepatch_load "/root/payload/$(xl info build_id).livepatch"
	probe_load
	{ $raw op=1 uuid=$reserved spa=$((spa - (1 << 30))) length=0x8000000 &&
		$raw op=3 uuid=$A spa=$spa length=$length; } >/tmp/said ||
		bail "cannot serve: $(cat /tmp/said)"
}

# host_end: all of it is dom0's again
host_end() {
	{ $raw op=4 uuid=$A && $raw op=2; } >/tmp/said
	verdict $? "the range goes back to dom0"
}

ready() {
	[ "$(xenstore-read "/local/domain/$v/data/did" 2>/dev/null)" = "0 ready" ]
}

up_or_gone() {
	ready || ! xl domid v >/dev/null 2>&1
}

# guest_try PREPARE: a guest v, its number in $v; PREPARE runs before it is started. False if its
# kernel died on the way, as some do early: QEMU's defect 3 in docs/testbed.md.
guest_try() {
	guest_make v
	v=$(xl domid v)
	number=0
	"$1"
	xl unpause v
	wait_for 90 up_or_gone || bail "the guest does not come up"
	ready
}

# guest_start PREPARE
guest_start() {
	local try
	for try in 1 2 3; do
		guest_try "$1" && return
		wait_for 60 all_taken
	done
	bail "the guest does not come up ($try times)"
}

# tell OPERATION ARG...: without waiting
tell() {
	number=$((number + 1))
	xenstore-write "/local/domain/$v/data/do" "$number $*"
}

answered() {
	got=$(xenstore-read "/local/domain/$v/data/did" 2>/dev/null)
	[ "${got%% *}" = $number ]
}

# ask OPERATION ARG...: sets $got to Xen's answer, $out to what came with it
ask() {
	tell "$@"
	wait_for 120 answered || { got='none' out=; return; }
	out=${got##* }
	got=${got#* }
	got=${got%% *}
}

# answers WHAT WANTED OPERATION ARG...
answers() {
	local what=$1 wanted=$2
	shift 2
	ask "$@"
	same "$what: the answer is $wanted" "$got" "$wanted"
}

# word WHAT GFN NUMBER WANTED: what the guest reads there
word() {
	ask read "$2" "$3"
	same "$1" "$out" "$4"
}

# maps WHAT GFN WANTED
maps() {
	same "$1" "$(probe p2m "$v" $(($2)) | sed 's/ access=[0-9]*//')" "$3"
}

# all_taken: RELEASE, if it is granted; what it says is in $answer
all_taken() {
	answer=$($raw op=6 uuid=$A domain="$v")
	case $answer in *"is alive"*) return 1 ;; esac
}

# released WHAT PAGES PENDING: by the RELEASE before
released() {
	same "$1" "$(sed 's/.* \(count=[0-9]* pending=[0-9]*\) .*/\1/' <<<"$answer")" \
		"count=$2 pending=$3"
}
