#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A guest that runs is given a range, and has it taken away again, over and over, while it does to
# its physical map whatever it may; and dies in the middle of it. It is told of none of this (see
# docs/design/plug.md): its module (tests/system/hostile/) uses the addresses without its kernel's
# knowledge. TAP. On the test's machine it boots Xen, bare, and runs itself in dom0. PLUG_XEN: the
# versions, PLUG_ROUNDS: how often.
#
#   SPA 4 GiB  [ reserved area 128 MiB ]   5 GiB  [ A: 1 GiB, the guest's at 1 GiB ]
# shellcheck disable=SC2034,SC2154,SC2317 # guest.sh and tap.sh have the rest
set -u
reserved=11111111-1111-1111-1111-111111111111
A=aaaaaaaa-1111-1111-1111-111111111111
spa=0x8040000000 length=0x40000000
P=0x40000		# the guest's first page of A
M=0x8040000		# the frame of that page
gpa=$((P << 12))
running=16
nothing=0xffffffffffffffff	# what an address reads that nothing is at

# ---- in dom0 ----

# gives WHAT RC PART FIELD=VALUE...: the answer to the command has this return code, and PART
# somewhere
gives() {
	local what=$1 rc=$2 part=$3
	shift 3
	answer=$($raw uuid=$A domain="$v" "$@")
	echo "$answer" >/tmp/said
	case $answer in "rc=$rc "*"$part"*) verdict 0 "$what" ;; *) verdict 1 "$what" ;; esac
}

test_plug() {
	guest_start :
	gives "assign to a guest that runs" -1 "has run" op=5 spa=$spa gpa=$gpa length=$length
	gives "assign over its RAM, by the flag" -17 "something" op=5 spa=$spa gpa=0 \
		length=$length flags=$running
	gives "assign by the flag" 0 "" op=5 spa=$spa gpa=$gpa length=$length flags=$running
	gives "assign once more: it is assigned already" 0 "calls=1 " op=5 spa=$spa gpa=$gpa \
		length=$length flags=$running
	gives "again, read-only" -17 "other flags" op=5 spa=$spa gpa=$gpa length=$length \
		flags=$((running | 4))
	maps "it is one leaf of 1 GiB" $((P + 5)) "mfn=$(printf '%#x' $((M + 5))) type=0 order=18"
	word "the guest reads what is on the medium" $((P + 5)) 0 "$text"
	answers "the guest writes to it" 0 write $((P + 5)) 1 0xfeed
	gives "release" -16 "alive" op=6
	gives "release by the flag" 0 "count=262144 pending=0" op=6 flags=$running
	word "then nothing is there" $((P + 5)) 1 $nothing
	answers "what the guest writes there is lost" 0 write $((P + 5)) 1 0xdead
	gives "assign it read-only" 0 "" op=5 spa=$spa gpa=$gpa length=$length \
		flags=$((running | 4))
	word "what it wrote is there" $((P + 5)) 1 0xfeed
	answers "it writes" 0 write $((P + 5)) 1 0xdead
	gives "release that" 0 "count=262144 pending=0" op=6 flags=$running
	gives "assign 128 KiB uncached" 0 "" op=5 spa=$spa gpa=$gpa length=0x20000 \
		flags=$((running | 8))
	word "what it wrote when it had it read-only is not there" $((P + 5)) 1 0xfeed
	gives "release that, too" 0 "count=32 pending=0" op=6 flags=$running
	gives "nothing is held" -2 "" op=8 uuid=00000000-0000-0000-0000-000000000000 domain=0
}

# What is free of the guest's paging pool is taken from it; then there is none for a table.
test_small_pool() {
	echo "# $($raw --pool "$v" 4096)"
	gives "assign 4 MiB in pages, with nothing left in the paging pool" -12 "paging pool" op=5 \
		spa=$spa gpa=$gpa length=0x400000 flags=$((running | 3))
	gives "it has got nothing" -2 "" op=8 uuid=00000000-0000-0000-0000-000000000000 domain=0
	word "nor sees anything" $P 0 $nothing
	same "it gets its pool back" "$($raw --pool "$v" $((3 << 20)))" "rc=0"
	gives "assign 4 MiB in pages" 0 "" op=5 spa=$spa gpa=$gpa length=0x400000 \
		flags=$((running | 3))
	gives "release them" 0 "count=1024 pending=0" op=6 flags=$running
	gives "assign all of it, in leaves of 2 MiB, as tables are there by now" 0 "" op=5 \
		spa=$spa gpa=$gpa length=$length flags=$running
}

test_held() {
	ask grant $((P + 9)) 0 0
	./holdpage grant "$v" "$((out))" w 1 0xdead9 >/tmp/held 2>&1 &
	holder=$!
	wait_for 10 test -s /tmp/held
	same "dom0 maps a page by a grant" "$(cat /tmp/held)" "$text"
	answers "the guest moves a page" 0 move $((P + 10)) $((P + 262144))
	answers "it balloons one out" 1 decrease $((P + 11)) 0
	answers "Xen has vCPU 1's info on a page" 0 vcpu_info 1 $((P + 12))
	gives "all but two pages come back" 0 "count=262142 pending=2" op=6 flags=$running
	word "the one that was moved is not there any more" $((P + 262144)) 0 $nothing
	word "nor the one that dom0 has" $((P + 9)) 0 $nothing
	gives "the two are not given to it again" -16 "in use" op=5 spa=$spa gpa=$gpa \
		length=$length flags=$running
	kill $holder
	wait $holder 2>/dev/null
	gives "dom0 lets go: that one comes back" 0 "count=1 pending=1" op=6 flags=$running
	xl destroy v
	wait_for 60 all_taken
	released "the guest dies: so does the other" 1 0
}

# a number below $1
pick() {
	echo $(((RANDOM << 15 | RANDOM) % $1))
}

# One command at random. Sets $answer.
plug_random() {
	local at size=$((512 << $(pick 4))) kind=$((4 * $(pick 3)))
	at=$(($(pick $((262144 / size))) * size))
	case $(pick 6) in
	0) answer=$($raw op=6 uuid=$A domain="$v" flags=$running) ;;
	1) answer=$($raw op=5 uuid=$A domain="$v" spa=$((spa + (at << 12))) \
		gpa=$((gpa + (at << 12))) length=0x200000 flags=$((running | 3))) ;;
	2) answer=$($raw op=9 uuid=$A spa=$((spa + (at << 12))) length=0x4000) ;;
	*) answer=$($raw op=5 uuid=$A domain="$v" spa=$((spa + (at << 12))) \
		gpa=$((gpa + (at << 12))) length=$((size << 12)) flags=$((running | kind))) ;;
	esac
}

# odd_none WHAT
odd_none() {
	local seen
	seen=$(probe_pages $spa $length)
	echo "$seen" >/tmp/said
	[[ ! $seen =~ odd ]]
	verdict $? "$1"
	echo "# $seen"
}

# storm NUMBER: until the guest is through with its requests, or Xen has crashed it for one: a
# request of a high order may reach beyond the range, where the guest maps grants, and Xen crashes a
# guest that maps anything over them. Counts in $done and $refused.
storm() {
	guest_start :
	tell storm 200000 "$1" $P 262144
	until answered || ! xl domid v >/dev/null 2>&1; do
		plug_random
		case $answer in
		"rc=0 "*) done=$((done + 1)) ;;
		*) refused=$((refused + 1)) ;;
		esac
	done
	echo "# storm $1: $done commands done so far, $refused refused; the last: $answer;" \
		"the guest: $got"
}

# storms ROUNDS: where guests die before much is done, up to five times as many
storms() {
	local i refused=0 'done'=0
	for ((i = 1; i <= $1 || (i <= 5 * $1 && done <= 3 * $1); i++)); do
		storm "$i"
		odd_none "a guest storms through its map and gets and loses pages: none is odd"
		deaths
	done
	[ $done -gt $((3 * $1)) ]
	verdict $? "commands are done while guests storm"
}

# A storm goes on, ranges come and go, and the guest is destroyed at some moment.
deaths() {
	if xl domid v >/dev/null 2>&1; then
		wait_for 60 answered
		tell storm 200000 99 $P 262144
	fi
	{ sleep "0.$(pick 10)"; xl destroy v >/dev/null 2>&1; } &
	while :; do
		plug_random
		case $answer in
		*"is dying"* | *"no such guest"* | *"torn down"*) break ;;
		*"nothing of this range"*) xl domid v >/dev/null 2>&1 || break ;;
		esac
	done
	wait
	taken() { all_taken && [[ $answer != *"torn down"* ]]; }
	wait_for 60 taken
	pages_none() { [[ ! $(probe_pages $spa $length) =~ guest|gone|ro=|uncached|held|odd ]]; }
	wait_for 60 pages_none
	verdict $? "it is destroyed in the middle, and every page comes back"
}

in_dom0() {
	. ./guest.sh
	host_begin
	text=$3
	test_plug
	test_small_pool
	test_held
	storms "$2"
	wait_for 30 no_guests
	verdict $? "no zombie is left"
	host_end
	echo END
}

# ---- on the test's machine ----

here=$(dirname "$(readlink -f "$0")")
# shellcheck source-path=SCRIPTDIR
. "$here/tap.sh"
place_run "$@"

# word_at PAGE WORD: of A, as it is on the medium
word_at() {
	od -An -tx8 -j $(((1 << 30) + $1 * 4096 + $2 * 8)) -N 8 "$work/nvdimm" | tr -d ' ' |
		sed 's/^0*//'
}

# try VERSION: each page of A begins with the same word
try() {
	rm -f "$work/nvdimm"
	truncate -s $(((2 << 30) + 262144)) "$work/nvdimm"
	yes "persistent $(printf '%4084s' "$1")" |
		dd of="$work/nvdimm" bs=1M count=1 seek=1024 iflag=fullblock conv=notrunc \
		status=none
	boot "$1" END --cpus 2 --bare --xen-version "$1" --nvdimm "$work/nvdimm:2G@0x8000000000" \
		--add "$top/build/hostile/hostile.ko" \
		--add "$here/hostile/guest.sh" --add "$here/hostile/make.sh" \
		--add "$top/build/system/holdpage" -- "${PLUG_ROUNDS:-2}" "0x$(word_at 5 0)"
}

machine_begin build/hostile/hostile.ko build/system/holdpage
for version in ${PLUG_XEN:-4.17.7}; do
	try "$version"
done
echo "1..$tests"
