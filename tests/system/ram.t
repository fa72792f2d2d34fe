#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Guests whose RAM is on an NVDIMM: pools and what is refused; a guest that fills, balloons and
# grants such RAM, and reboots; the host's power cut while one runs; tools killed while they erase;
# a hostile guest. Nothing of a guest is left on the medium for the next one, which is read here,
# outside of the host. All of it is in a 512 GiB slot that Xen leaves empty at boot. TAP.
# Here is what the test's machine does: it boots a host five times over the same NVDIMM. ram.dom0
# and ram.*.dom0 run in dom0, ram.guest in the guests.
#
#   xen-pmem 128M | xen-ram 3584M: 3 slots and a rest | xen-two 1G | xen-data 2G | xen-small 64M
#
# Before the first of them boots, the last page of each MiB is given a secret.
# shellcheck disable=SC2034 # the seeds are named by their variable
set -u
here=$(dirname "$(readlink -f "$0")")
# shellcheck source-path=SCRIPTDIR
. "$here/tap.sh"
size=7168 pool_at=128 pool_size=3072 two_at=3712 small_at=6784	# MiB
secret=0x5ec2e701
# What guests fill their RAM with: in one life; before the cut, in two lives; before and while tools
# are killed.
life=0x11feb0a1 lost=0x105711fe cut=0x0c0ffee1 old=0x01dc0de5 new=0xfee1600d

# medium_find SEED [FROM COUNT]: how many words of it are on the medium, or in these MiB of it
medium_find() {
	"$built/system/nodemem" find "$work/nvdimm" "$@"
}

secrets_write() {
	truncate -s $((size * 1048576 + 262144)) "$work/nvdimm"
	perl -e 'my ($file, $n, $seed) = @ARGV; open my $f, "+<", $file or die;
		my $page = pack "Q<512", map { hex($seed) << 32 | $_ } 0 .. 511;
		for (1 .. $n) { seek $f, $_ * 1048576 - 4096, 0; print $f $page }' \
		"$work/nvdimm" $size $secret
}

# medium_is WHAT SEED OPERATOR NUMBER [FROM COUNT]
medium_is() {
	local what=$1 found
	found=$(medium_find "${!2}" "${@:5}")
	echo "# $what: $found words"
	result "$what" [ "${found:--1}" "$3" "$4" ]
}

# stage NAME END OPTION...
stage() {
	local name=$1 end=$2
	shift 2
	boot "$name" "$end" --nvdimm "$work/nvdimm:${size}M@0x8000000000" "${added[@]}" "$@"
}

pools_stage() {
	secrets_write
	medium_is "secrets are found where they were written" secret -eq $((size * 512))
	stage pools END
	medium_is "nothing that stood in the pool before it was one is left" secret -eq 0 \
		$pool_at $pool_size
	medium_is "what lies behind its last whole slot is as it was" secret -eq \
		$((512 * (two_at - pool_at - pool_size))) $((pool_at + pool_size)) \
		$((two_at - pool_at - pool_size))
	medium_is "what lies behind the pools is as it was" secret -eq \
		$((512 * (size - small_at))) $small_at $((size - small_at))
}

guest_stage() {
	stage guest END -- $life
	medium_is "nothing of what guests that ended had in their RAM is on the medium" life -eq 0
}

cut_stage() {
	stage cut POWER-CUT -- $lost $cut
	medium_is "after a power cut the medium has what the guest had in its RAM" cut -gt 1000000
	medium_is "it has what the guest left when it rebooted: no slot was erased for that" \
		lost -gt 100000
	stage after END
	medium_is "after the next boot's erase nothing of the guest is left" cut -eq 0
	medium_is "nor of its life before that" lost -eq 0
}

kills_stage() {
	stage kills POWER-CUT -- $old $new
	medium_is "a guest gets no slot that was not erased, whoever was killed" old -eq 0
	medium_is "what that guest wrote is there" new -gt 1000000
	stage last END
	medium_is "a pool that was disabled has nothing of a guest" new -eq 0
}

room=8 machine_begin build/system/nodemem build/system/idle.elf build/system/endguest \
	build/system/killpoint.so build/system/holdpage build/hostile/hostile.ko \
	build/inject/inject.ko
added=()
for each in "$built"/{system/{nodemem,idle.elf,endguest,holdpage},hostile/hostile.ko} \
	"$built/inject/inject.ko" "$top/tests/system/hostile/make.sh"; do
	added+=(--add "$each")
done
for each in ${STAGES-pools guest cut kills}; do
	"${each}_stage"
done
echo "1..$tests"
