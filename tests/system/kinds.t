#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What a guest may do with each kind of page: one that it has read-only it cannot change by any way
# that it, or dom0 for it, has; of one that it has uncached nobody else gets hold. The guest runs
# nothing but the hostile module (tests/system/hostile/), which takes orders through xenstore. TAP.
# On the test's machine it boots each tested Xen, bare, and runs itself in dom0.
#
#   SPA 4 GiB  [ reserved area 128 MiB ]
#       5 GiB  [ A, 64 MiB: read-only, 32 MiB | uncached, 128 KiB | nobody's, up to 34 MiB |
#                writable ]
#
# A is the guest's at 1 GiB. On the medium it is text, but for two words, which look like an entry
# of a page table, on two pages.
# shellcheck disable=SC2034,SC2154,SC2317 # guest.sh and tap.sh have the rest
set -u
reserved=11111111-1111-1111-1111-111111111111
A=aaaaaaaa-1111-1111-1111-111111111111
spa=0x140000000 length=0x4000000
P=0x40000		# the guest's first page of A: read-only
M=0x140000		# the frame of that page
U=$((P + 0x2000))	# its first uncached page
W=$((P + 0x2200))	# its first writable page

# ---- in dom0 ----

assign() {
	$raw op=5 uuid=$A domain="$v" spa=$((spa + $1)) gpa=$(((P << 12) + $1)) length="$2" \
		flags="$3" >/tmp/said || bail "cannot assign: $(cat /tmp/said)"
}

assign_kinds() {
	assign 0 0x2000000 4
	assign 0x2000000 0x20000 8
	assign 0x2200000 0x1e00000 0
}

# not_held WHAT ARG...: dom0 does not get hold of it
not_held() {
	local what=$1
	shift
	timeout 5 ./holdpage "$@" >/tmp/said 2>&1
	same "$what" $? 1
}

# not_granted WHAT GFN READ-ONLY r|w
not_granted() {
	ask grant "$2" 0 "$3"
	not_held "$1" grant "$v" "$((out))" "$4"
}

test_readonly() {
	maps "a read-only page is Xen's type 3" $P "mfn=$M type=3 order=9"
	state_is "Xen has no reference to such pages" \
		"guest=7680 ro=8192 uncached=32 guests=$v:15904"
	ask read $((P + 7)) 1
	text=$out
	answers "the guest writes to it" 0 write $((P + 7)) 1 0xdead
	word "and reads what was there" $((P + 7)) 1 "$text"
	answers "20000 such writes" 0 stores $((P + 8)) 20000
	slow=$((out))
	answers "20000 to a page that it can write" 0 stores $((W + 8)) 20000
	echo "# a dropped write costs the guest $((slow / 20000)) ns, another $((out / 20000)) ns"
	answers "balloon it out" 0 decrease $((P + 1)) 0
	answers "balloon out 2 MiB" 0 decrease $((P + 512)) 9
	answers "move it to where it would be writable" -22 move $((P + 2)) $((P + 0x10000))
	answers "move it in a batch" -22 batch $((P + 2)) $((P + 0x10000))
	answers "map it as a foreign page" -1 foreign "$v" $((P + 2)) $((P + 0x10000))
	answers "exchange it" -95 exchange $((P + 3)) $((P + 3))
	answers "remove it" -2 remove $((P + 3))
	not_granted "dom0 does not map it by a grant to write" $((P + 4)) 0 w
	not_granted "nor by one to read" $((P + 4)) 1 r
	not_held "nor as a foreign page" foreign "$v" $((P + 4)) w
	not_held "not even to read" foreign "$v" $((P + 4)) r
	ask copy $((W + 9)) $((P + 4))
	[ "$got" != 0 ]
	verdict $? "Xen copies no page over it: $got"
}

test_readonly_xen() {
	answers "have vCPU 1's info there" -22 vcpu_info 1 $((P + 5))
	answers "have vCPU 1's events there" -22 fifo_control 1 $((P + 5))
	answers "have events there" -22 fifo_array $((P + 5))
	answers "have a hypercall's answer there" -14 answer $((P + 6))
	answers "have it on a page that it can write" 0 answer $((W + 6))
	answers "have Xen mark the entries of a page table there as used" -14 tables $((P + 9))
	word "they are not" $((P + 9)) 0 "$(printf "%#x" $((((W + 1) << 12) + 3)))"
	answers "on a page that it can write" 0 tables $W
	word "there they are" $W 0 "$(printf "%#x" $(((W + 1) << 12 | 0x63)))"
	ask runstate 0 $((P + 5))
	echo "# the run state there: $got"
	ask time 0 $((P + 5))
	echo "# the time there: $got"
	answers "set its type" -38 mem_type $((P + 5)) 0
	answers "turn on altp2m" -95 altp2m 2 1
	for i in 7 8 9 10; do
		answers "a device model's operation $i" -1 dm $i $((P + 5)) "$v"
	done
	answers "move RAM over a page" 0 ram
	answers "the page is not mapped any more" 0 move $((out)) $((P + 10))
	state_is "nothing else has changed" "guest=7680 ro=8192 uncached=32 guests=$v:15904"
}

test_uncached() {
	maps "an uncached page is Xen's type 5" $U \
		"mfn=$(printf '%#x' $((M + 0x2000))) type=5 order=0"
	answers "the guest writes to it" 0 write $((U + 1)) 3 0xbeef
	word "and reads what it wrote" $((U + 1)) 3 0xbeef
	answers "balloon it out" 0 decrease $((U + 1)) 0
	answers "move it to where it would be cached" -22 move $((U + 1)) $((P + 0x10001))
	answers "move RAM over it" 0 ram
	answers "that is not allowed" -1 move $((out)) $((U + 2))
	answers "map the shared info over it" -1 hook 0 0 $((U + 2))
	answers "remove it" -2 remove $((U + 1))
	answers "have vCPU 1's info there" -22 vcpu_info 1 $((U + 1))
	not_granted "dom0 does not map it by a grant" $((U + 1)) 0 w
	not_held "nor as a foreign page" foreign "$v" $((U + 1)) r
}

# Xen crashes whoever populates over I/O memory.
test_crash() {
	tell populate $((U + 3)) 0
	wait_for 60 all_taken
	verdict $? "the guest populates over an uncached page, and dies of it"
}

test_storm() {
	ask storm 5000 7 $P 0x2000
	echo "# 5000 requests at random on the read-only part: $got, Xen accepted $((out))"
	answer=$(probe_pages $spa $length)
	echo "$answer" >/tmp/said
	[[ $answer == *"ro=8192 uncached=32"* && ! $answer =~ odd|held ]]
	verdict $? "every page is still of its kind"
}

in_dom0() {
	. ./guest.sh
	host_begin
	guest_start assign_kinds
	test_readonly
	test_readonly_xen
	test_storm
	test_uncached
	test_crash
	released "all of it comes back" 15904 0
	host_end
	echo END
}

# ---- on the test's machine ----

here=$(dirname "$(readlink -f "$0")")
# shellcheck source-path=SCRIPTDIR
. "$here/tap.sh"
place_run "$@"

# A begins at 1 GiB of the medium.
readonly_part() {
	dd if="$work/nvdimm" bs=1M skip=1024 count=32 status=none | sha256sum
}

# entry_put PAGE: of A, its first word
entry_put() {
	perl -e 'open my $f, "+<", $ARGV[0] or die; seek $f, (1 << 30) + $ARGV[1] * 4096, 0;
		print $f pack "Q<", $ARGV[2]' "$work/nvdimm" "$1" $((((W + 1) << 12) + 3))
}

# try VERSION
try() {
	local before
	rm -f "$work/nvdimm"
	truncate -s $(((1536 << 20) + 262144)) "$work/nvdimm"
	yes "persistent $1" |
		dd of="$work/nvdimm" bs=1M count=64 seek=1024 iflag=fullblock conv=notrunc \
		status=none
	entry_put 9
	entry_put $((W - P))
	before=$(readonly_part)
	boot "$1" END --cpus 2 --bare --xen-version "$1" --nvdimm "$work/nvdimm:1536M" \
		--add "$top/build/hostile/hostile.ko" \
		--add "$here/hostile/guest.sh" --add "$here/hostile/make.sh" \
		--add "$top/build/system/holdpage"
	result "Xen $1: the read-only part is as it was, byte for byte" [ "$before" \
		= "$(readonly_part)" ]
}

machine_begin build/hostile/hostile.ko build/system/holdpage
for version in 4.17.7 4.17.5; do
	try "$version"
done
echo "1..$tests"
