#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Host ranges by raw commands: dom0 maps them and Xen counts it; guests are given extents of them,
# in any order, and dom0 gets them back. What is refused, what a killed tool leaves, and what dom0
# may do to its own pages. TAP.
# On the test's machine it boots each tested Xen, bare, and runs itself in dom0; then once more,
# with nd_pmem and a DAX filesystem on a host range.
#
#   SPA 4 GiB  [ reserved area 128 MiB ]   5 GiB  [ A: 1 GiB, host ]   6 GiB  [ B: 64 MiB, host ]   7 GiB  [ P: 64 MiB, plain ]   8 GiB  [ M: 4 GiB, host ]
# shellcheck disable=SC2034,SC2154,SC2317 # tap.sh has the rest
set -u
reserved=11111111-1111-1111-1111-111111111111
A=aaaaaaaa-1111-1111-1111-111111111111
B=bbbbbbbb-1111-1111-1111-111111111111
P=cccccccc-1111-1111-1111-111111111111
M=dddddddd-1111-1111-1111-111111111111
spa=0x140000000 length=0x40000000
raw=/root/rawcmd
gpa=0x40000000

# ---- in dom0 ----

# gives WHAT RC PART FIELD=VALUE...: the answer to the command has this return code, and PART
# somewhere
gives() {
	local what=$1 rc=$2 part=$3
	shift 3
	$raw "$@" >/tmp/said 2>&1
	grep -q "^rc=$rc .*$part" /tmp/said
	verdict $? "$what"
}

# pages_are WHAT SPA LENGTH WANTED
pages_are() {
	same "$1" "$(probe_pages "$2" "$3")" "$4"
}

guest_make() {
	printf '%s\n' "name = \"$1\"" 'type = "pvh"' 'memory = 32' 'vcpus = 1' \
		'tsc_mode = "native"' 'kernel = "/root/idle.elf"' 'on_poweroff = "preserve"' \
		>"$1.cfg"
	xl create -p "$1.cfg" >/tmp/said 2>&1 || bail "cannot create a guest: $(cat /tmp/said)"
	xl domid "$1"
}

# extents SPA LENGTH...: the list
extents() {
	printf '%#x %#x\n' $(for each; do echo $((each)); done) >list
}

# at DOMAIN GPA: what is there: frame and order
at() {
	probe p2m "$1" $(($2 >> 12)) | sed 's/ type=0 access=7//'
}

# word DOMAIN GPA: the first word of the guest's page, which is its SPA
word() {
	local said
	exec {hold}< <(exec /root/holdpage foreign "$1" $(($2 >> 12)) r)
	held=$!
	read -r -u "$hold" said
	kill "$held"
	exec {hold}<&-
	echo "$said"
}

holding_is() {
	probe_pages "$1" "$2" | grep -q "mapped=1 refs=1"
}

# hold SPA: until let_go, a process of dom0 maps the page
hold() {
	mkfifo /tmp/hold
	$raw --hold "$1" </tmp/hold >/tmp/holding &
	exec {holds}>/tmp/hold
	rm /tmp/hold
	wait_for 20 grep -q holding /tmp/holding || bail "cannot hold a page"
}

let_go() {
	exec {holds}>&-
	wait $!
	wait_for 20 grep -q 'wrong=0' /tmp/holding
	verdict $? "what dom0 wrote there it read"
}

test_serve() {
	gives "reserve" 0 "" op=1 uuid=$reserved spa=0x100000000 length=0x8000000
	gives "what is too large for the reserved area" -28 "too small" op=3 uuid=$A spa=$spa \
		length=0x400000000 flags=1
	gives "what a process of dom0 maps" -16 "PV domain maps" --holding 0x150000000 op=3 \
		uuid=$A spa=$spa length=$length flags=1
	gives "serve, as dom0's own" 0 "done=$length" op=3 uuid=$A spa=$spa length=$length flags=1
	pages_are "every page is dom0's, and mapped nowhere" $spa $length "host=262144"
	same "not as I/O memory" "$(probe caps $((spa >> 12)) 0x40000)" none
	gives "again" 0 "calls=1 " op=3 uuid=$A spa=$spa length=$length flags=1
	gives "again, but not so" -17 "as dom0's own" op=3 uuid=$A spa=$spa length=$length
	gives "the range's state" 0 "state=3 used=10485760" op=7
	xenhypfs cat /pmem/status | grep -q "dom0's own: 262144 pages dom0's, 0 with guests"
	verdict $? "the status names it"
	gives "erase it" -1 "can erase it itself" op=9 uuid=$A
	gives "serve a plain range" 0 "" op=3 uuid=$P spa=0x1c0000000 length=0x4000000
	gives "make that dom0's own" -17 "but not as" op=3 uuid=$P spa=0x1c0000000 \
		length=0x4000000 flags=1
	same "dom0 writes each page" "$(./hostpage fill $spa 0x40000)" 0
	same "and reads it" "$(./hostpage check $spa 0x40000)" 0
	pages_are "none is mapped after that" $spa $length "host=262144"
}

# Ways that are left in the middle, each after a few calls.
test_killed() {
	local n
	for n in 3 12 15 17; do
		gives "B and what is behind it: $n calls" 0 "" op=3 uuid=$B spa=0x180000000 \
			length=$length flags=1 calls=$n
		gives "back" 0 "" op=4 uuid=$B
		pages_are "nothing is left of it" 0x190000000 0x30000000 "none=196608"
		same "dom0 may map it" "$(probe caps 0x180000 0x40000)" all
	done
	gives "17 calls" 0 "" op=3 uuid=$B spa=0x180000000 length=$length flags=1 calls=17
	gives "it is being checked" 0 "state=1" op=7 index=2
	gives "no guest gets it" -2 "not served yet" op=5 uuid=$B domain=1 spa=0x180000000 \
		gpa=$gpa length=0x1000
	gives "the same goes on" 0 "done=$length" op=3 uuid=$B spa=0x180000000 length=$length \
		flags=1
	pages_are "to the end" 0x180000000 $length "host=262144"
	gives "back: 7 calls" -11 "on their way" op=4 uuid=$B calls=7
	probe_pages 0x180000000 $length
	gives "it is being checked" 0 "state=1" op=7 index=2
	gives "forth again" 0 "done=$length" op=3 uuid=$B spa=0x180000000 length=$length flags=1
	pages_are "to the end" 0x180000000 $length "host=262144"
	gives "back: 7 calls" -11 "on their way" op=4 uuid=$B calls=7
	hold 0x180001000
	gives "dom0 maps a page by then" -16 "dom0 maps" op=4 uuid=$B
	pages_are "all is as it was" 0x180000000 $length "host=262143 mapped=1 refs=1 typed=1"
	gives "and served" 0 "state=3" op=7 index=2
	let_go
	gives "back" 0 "" op=4 uuid=$B
}

test_mapped() {
	hold $((spa + 0x5000))
	pages_are "dom0's mapping is counted" $spa $length "host=262143 mapped=1 refs=1 typed=1"
	gives "not while dom0 maps a page" -16 "dom0 maps" op=4 uuid=$A
	extents $((spa + 0x8000)) 0x1000 $((spa + 0x5000)) 0x1000 $((spa + 0x9000)) 0x1000
	gives "nor is the page a guest's" -16 "dom0 maps.*" op=10 domain="$one" gpa=$gpa \
		extents=list
	gives "the one before it is" 0 "count=1 " op=8
	gives "until it is released" 0 "count=1 " op=6 uuid=$A domain="$one"
	gives "by a range of pages neither" -16 "dom0 maps" op=5 uuid=$A domain="$one" spa=$spa \
		gpa=$gpa length=0x200000
	gives "of which it has nothing then" -2 "" op=8
	gives "nor as a leaf of 1 GiB" -16 "dom0 maps" op=5 uuid=$A domain="$one" spa=$spa \
		gpa=$gpa length=$length
	pages_are "and all is as it was" $spa $length "host=262143 mapped=1 refs=1 typed=1"
	let_go
	gives "when dom0 maps it no more, it is" 0 "done=0x3000" op=10 domain="$one" gpa=$gpa \
		extents=list
	gives "and is released" 0 "count=3 pending=0" op=6 uuid=$A domain="$one"
	pages_are "all pages are dom0's" $spa $length "host=262144"
}

# A list that is out of order, with what adjoins, what is large, and a page of another range and of
# a plain one.
test_order() {
	local i spas=() got wanted='' each
	same "dom0 writes B" "$(./hostpage fill 0x180000000 0x4000)" 0
	extents $((spa + 0x3000)) 0x1000 0x180007000 0x1000 $((spa + 0x1000)) 0x2000 0x1c0002000 \
		0x1000 $((spa + 0x9000)) 0x1000 $((spa + 0x8000)) 0x1000 \
		$((spa + 0x400000)) 0x1000 $((spa + 0x401000)) 0x1f8000
	spas=($((spa + 0x3000)) 0x180007000 $((spa + 0x1000)) $((spa + 0x2000)) 0x1c0002000 \
		$((spa + 0x9000)) $((spa + 0x8000)) $((spa + 0x400000)) $((spa + 0x401000)))
	gives "a list over three ranges" 0 "done=0x200000" op=10 domain="$one" gpa=$gpa extents=list
	gives "again" 0 "calls=1 done=0x200000" op=10 domain="$one" gpa=$gpa extents=list
	gives "again, read-only" -17 "other flags" op=10 domain="$one" gpa=$gpa extents=list flags=4
	got='' wanted=''
	for i in "${!spas[@]}"; do
		each=$(printf '%#x' $((spas[i])))
		wanted+="mfn=${each%000} order=0 "
		got+="$(at "$one" $((gpa + i * 4096))) "
	done
	same "each is where the list has it" "$got" "$wanted"
	got='' wanted=''
	for i in 0 1 2 3 5 6 7 8; do
		wanted+="$(printf '%#x' $((spas[i]))) "
		got+="$(word "$one" $((gpa + i * 4096))) "
	done
	same "and so are their contents" "$got" "$wanted"
	extents $((spa + 0x800000)) 0x100000 $((spa + 0x900000)) 0x100000 $((spa + 0x1000000)) \
		0x400000
	gives "extents that adjoin" 0 "" op=10 domain="$one" gpa=0x80000000 extents=list
	same "make one leaf" "$(at "$one" 0x80000000)" "mfn=0x140800 order=9"
	same "and 4 MiB two" "$(at "$one" 0x80200000) $(at "$one" 0x80400000)" \
		"mfn=0x141000 order=9 mfn=0x141200 order=9"
	extents $((spa + 0x2000000)) 0x200000
	gives "read-only, in pages" 0 "" op=10 domain="$one" gpa=0x90000000 extents=list flags=6
	same "are Xen's type 3" "$(probe p2m "$one" 0x90001)" "mfn=0x142001 type=3 access=7 order=0"
	pages_are "and without references" $((spa + 0x2000000)) 0x200000 "ro=512 guests=$one:512"
	status_pages=$((511 - 2 + 1024 + 512 + 512))
	gives "unserve" -16 "a guest has pages" op=4 uuid=$A
	gives "unserve B" -16 "a guest has pages" op=4 uuid=$B
}

test_release() {
	gives "release" 0 \
		"count=$((262144 - $(probe_pages $spa $length | sed \
		's/.*host=\([0-9]*\).*/\1/'))) pending=0" op=6 uuid=$A domain="$one"
	gives "release of B" 0 "count=1 pending=0" op=6 uuid=$B domain="$one"
	gives "and of the plain range" 0 "count=1 pending=0" op=6 uuid=$P domain="$one"
	pages_are "all pages are dom0's" $spa $length "host=262144"
	pages_are "of the plain range nobody's, and gone a little later" 0x1c0000000 0x4000000 \
		"$(probe_pages 0x1c0000000 0x4000000 | grep -E '^(free|none)=16384$')"
	same "dom0 reads what it wrote" "$(./hostpage check $spa 0x40000)" 0
}

# Of one range, to two guests; the first's pages end where the second's begin.
test_two() {
	two=$(guest_make two)
	extents $((spa + 0x11000000)) 0x2000 $spa 0x1000
	gives "a page and two to one guest" 0 "" op=10 domain="$one" gpa=$gpa extents=list
	extents $((spa + 0x2000)) 0x1000 $((spa + 0x3fe00000)) 0x200000 $((spa + 0x1000)) 0x1000
	gives "513 and one to another" 0 "" op=10 domain="$two" gpa=$gpa extents=list
	extents $((spa + 0x4000)) 0x1000 $((spa + 0x2000)) 0x1000
	gives "one of these to the first" -16 "a guest has it" op=10 domain="$one" gpa=0x80000000 \
		extents=list
	gives "release from the first" 0 "count=4 pending=0" op=6 uuid=$A domain="$one"
	gives "the other has its own" 0 "count=514 " op=8
	xl destroy two
	gives "release from it" 0 "count=514 pending=0" op=6 uuid=$A domain="$two"
	pages_are "all pages are dom0's" $spa $length "host=262144"
}

# One leaf of 1 GiB; the guest runs, and dies while dom0 holds one of its pages.
test_leaf() {
	extents $spa 0x10000000 $((spa + 0x10000000)) 0x30000000
	gives "a part of a leaf, then no more" 0 "done=0 " op=10 domain="$one" gpa=0x180000000 \
		extents=list calls=2
	gives "its pages are the guest's" 0 "count=3972 " op=8
	same "which has them nowhere" "$(at "$one" 0x180000000)" "$(at "$one" 0x190000000)"
	extents $spa 0x3000 $((spa + 0x5000)) 0x1000
	gives "some of them as pages, and one in another place" -16 "a guest has it" op=10 \
		domain="$one" gpa=0x180000000 extents=list
	extents $spa 0x3000
	gives "some of them as pages" 0 "" op=10 domain="$one" gpa=0x180000000 extents=list
	same "are there" "$(at "$one" 0x180002000)" "mfn=0x140002 order=0"
	gives "release of all that" 0 "pending=0" op=6 uuid=$A domain="$one"
	pages_are "all pages are dom0's" $spa $length "host=262144"
	extents $spa 0x10000000 $((spa + 0x10000000)) 0x30000000
	gives "all of A, in two extents" 0 "done=$length" op=10 domain="$one" gpa=0x140000000 \
		extents=list
	same "is one leaf" "$(at "$one" 0x140000000)" "mfn=0x140000 order=18"
	gives "again" 0 "calls=1 " op=10 domain="$one" gpa=0x140000000 extents=list
	xl unpause one
	gives "assign to who has run" -1 "has run" op=10 domain="$one" gpa=0x140000000 extents=list
	gives "release from who runs" -16 "alive" op=6 uuid=$A domain="$one"
	exec {hold}< <(exec /root/holdpage foreign "$one" 0x140007 w 1 0xfeed)
	held=$!
	read -r -u "$hold" line
	same "dom0 holds a page of the guest's" "$line" 0x140007000
	xl destroy one
	gives "release from the dead" 0 "count=262143 pending=1" op=6 uuid=$A domain="$one"
	pages_are "but for the page that is held" $spa $length \
		"host=262143 held=1 refs=1 guests=$one:1"
	gives "unserve" -16 "a guest has pages" op=4 uuid=$A
	kill $held
	exec {hold}<&-
	wait_for 10 released
	verdict $? "released too, when it is let go"
	pages_are "all pages are dom0's" $spa $length "host=262144"
	same "dom0 reads what it wrote" "$(./hostpage check $spa 0x40000)" 0
	wait_for 20 no_guests
	verdict $? "no zombie is left"
}

released() {
	$raw op=6 uuid=$A domain="$one" >/tmp/said && grep -q 'count=1 pending=0' /tmp/said
}

test_lists() {
	one=$(guest_make one)
	extents $spa 0x1000 $((spa + 0x2000)) 0x1000
	gives "a list that is not there" -14 "cannot be read" op=10 domain="$one" gpa=$gpa index=2 \
		length=0x2000 list=0x1000
	gives "a list in Xen" -14 "cannot be read" op=10 domain="$one" gpa=$gpa index=2 \
		length=0x2000 list=0xffff830000000000
	gives "lengths that are more" -22 "add up" op=10 domain="$one" gpa=$gpa extents=list \
		length=0x1000
	gives "lengths that are less" -22 "add up" op=10 domain="$one" gpa=$gpa extents=list \
		length=0x3000
	gives "that are less than what is done" -22 "add up" op=10 domain="$one" gpa=$gpa \
		extents=list length=0x4000 done=0x2000
	gives "fewer extents than that" -22 "add up" op=10 domain="$one" gpa=$gpa extents=list \
		index=1
	gives "dom0" -1 "dom0" op=10 domain=0 gpa=$gpa extents=list
	gives "nobody" -3 "no such guest" op=10 domain=77 gpa=$gpa extents=list
	gives "beyond the guest's addresses" -34 "address width" op=10 domain="$one" \
		gpa=0x1000000000000 extents=list
	gives "over its RAM" -17 "something" op=10 domain="$one" gpa=0 extents=list
	gives "nothing is held" -2 "" op=8
	extents $spa 0x1000 $((spa + 0x800)) 0x1000
	gives "an extent off a page" -22 "not aligned" op=10 domain="$one" gpa=$gpa extents=list
	extents $spa 0x1000 $((spa + 0x2000)) 0
	gives "an empty one" -22 "empty" op=10 domain="$one" gpa=$gpa extents=list
	extents $spa 0x1000 0x17ffff000 0x2000
	gives "one that leaves its range" -22 "not inside" op=10 domain="$one" gpa=$gpa extents=list
	extents $spa 0x1000 0x10000000 0x1000
	gives "RAM" -22 "not inside" op=10 domain="$one" gpa=$gpa extents=list
	extents $spa 0x1000 0x100000000 0x1000
	gives "the reserved area" -22 "not inside" op=10 domain="$one" gpa=$gpa extents=list
	extents $spa 0x1000 0xfffffffffffff000 0x1000
	gives "the end of all addresses" -22 "not inside" op=10 domain="$one" gpa=$gpa extents=list
	gives "nothing is held" -2 "" op=8
	extents $spa 0x2000 $((spa + 0x1000)) 0x1000
	gives "a page twice" -16 "a guest has it" op=10 domain="$one" gpa=$gpa extents=list
	gives "then it is there once" 0 "count=2 " op=8
	gives "and is released" 0 "count=2 pending=0" op=6 uuid=$A domain="$one"
	awk -v s=$((spa)) \
		'BEGIN { for (i = 0; i < 4096; i++) printf "%.0f 4096\n", s + i * 17 * 4096 }' >list
	echo "# $($raw --pool "$one" 4096)"
	gives "more tables than there is room for" -12 "paging pool" op=10 domain="$one" gpa=$gpa \
		extents=list flags=3
	$raw op=6 uuid=$A domain="$one" >/tmp/said
	pages_are "all pages are dom0's" $spa $length "host=262144"
	xl destroy one
}

# answers WHAT WANTED WORD...: what Xen says to dom0
answers() {
	local what=$1 wanted=$2
	shift 2
	same "dom0: $what" "$(./hostpage "$@")" "$wanted"
}

# What dom0 may do with its own pages, on a page of B each; the host must live, and no page be where
# it must not.
test_own() {
	local B0=0x180000 P0
	one=$(guest_make one)
	answers "exchange it" -22 exchange $((B0 + 1))
	answers "transfer it" "status -9" transfer $((B0 + 2))	# GNTST_bad_page
	for level in 1 2 3 4; do
		answers "have a page table there, of level $level" -22 pin$level $((B0 + 3))
	done
	answers "add it to its map" -13 physmap $((B0 + 4))
	answers "take it off line" -22 offline $((B0 + 6))
	pages_are "none of that took it anywhere" 0x180000000 0x4000000 "host=16384"
	answers "write its entry in the M2P" 0 m2p $((B0 + 5)) 0x1234
	extents 0x180001000 0x5000
	gives "they can be a guest's, the one with an odd M2P entry, too" 0 "" op=10 domain="$one" \
		gpa=$gpa extents=list
	same "and that is written anew" "$(probe run $((B0 + 5)) 1 | sed 's/.* //')" \
		"$(printf '%#x' $(((gpa >> 12) + 4)))"
	gives "they come back" 0 "count=5 pending=0" op=6 uuid=$B domain="$one"
	probe pages $((B0 + 5)) 1 | grep -q 'set=0'
	verdict $? "without an M2P entry"
	gives "unserve all of it" 0 "" op=4 uuid=$B
	gives "serve it" 0 "" op=3 uuid=$B spa=0x180000000 length=0x4000000 flags=1
	answers "give one up" 1 decrease $((B0 + 7))
	pages_are "it is as if mapped" 0x180000000 0x4000000 "host=16383 mapped=1"
	extents 0x180007000 0x1000
	gives "it is no guest's" -16 "dom0 maps or uses" op=10 domain="$one" gpa=$gpa extents=list
	gives "and the range stays" -16 "dom0 maps or uses" op=4 uuid=$B
	answers "give it up twice" 1 decrease $((B0 + 7))
	pages_are "it is as if mapped" 0x180000000 0x4000000 "host=16383 mapped=1"
	same "the last reference is the extension's" "$(probe run $((B0 + 7)) 1)" \
		"1 1 0x1 0xe400000000000001 0 0xffffffffffffffff"
	answers "exchange that" -22 exchange $((B0 + 7))
	same "what was given up can be written" "$(./hostpage fill 0x180007000 1)" 0
	extents 0x180006000 0x1000 0x180008000 0x1000
	gives "the pages beside it are a guest's" 0 "" op=10 domain="$one" gpa=$gpa extents=list
	xl destroy one
	gives "and dom0's again" 0 "count=2 pending=0" op=6 uuid=$B domain="$one"
}

# A guest of 4 GiB in single pages, each of which leaves out the one before it: 16 MiB of tables.
test_million() {
	local before after calls start
	gives "serve 4 GiB as dom0's own" 0 "" op=3 uuid=$M spa=0x200000000 length=0x100000000 \
		flags=1
	one=$(guest_make one)
	$raw --pool "$one" $((24 << 20)) >/tmp/said
	wait_for 20 free_steady
	before=$free
	awk 'BEGIN { for (i = 0; i < 1048576; i++) printf "%.0f 4096\n", 8589934592 + (i * 7 % 1048576) * 4096 }' >list
	start=${EPOCHREALTIME/./}
	gives "1,048,576 extents of a page, scattered" 0 "" op=10 domain="$one" gpa=0x200000000 \
		extents=list
	echo "# $(((${EPOCHREALTIME/./} - start) * 1000 / 1048576)) ns for each (emulated processor), $(sed 's/.*\(calls=[0-9]*\).*/\1/' /tmp/said)"
	free_steady
	same "Xen's memory is what it was, to the page" "$free" "$before"
	same "the first" "$(at "$one" 0x200000000)" "mfn=0x200000 order=0"
	same "the last" "$(at "$one" 0x2fffff000)" \
		"mfn=$(printf '%#x' $((0x200000 + 1048575 * 7 % 1048576))) order=0"
	pages_are "all pages are the guest's" 0x200000000 0x100000000 \
		"guest=1048576 guests=$one:1048576"
	start=${EPOCHREALTIME/./}
	xl unpause one
	xl destroy one
	gives "they come back" 0 "count=1048576 pending=0" op=6 uuid=$M domain="$one"
	echo "# $(((${EPOCHREALTIME/./} - start) * 1000 / 1048576)) ns for each"
	pages_are "all pages are dom0's" 0x200000000 0x100000000 "host=1048576"
	gives "unserve" 0 "" op=4 uuid=$M
}

test_fuzz() {
	one=$(guest_make one)
	$raw op=5 uuid=$A domain="$one" spa=$spa gpa=0x80000000 length=0x4000000 >/tmp/said
	xl unpause one
	two=$(guest_make two)
	$raw --fuzz "$commands" 20161001 >/tmp/said
	verdict $? "$commands random commands are answered: $(cat /tmp/said)"
	longest=$(($($raw op=0 | sed 's/.* done=\([^ ]*\).*/\1/')))
	echo "# longest: $longest pages"
	[ "$longest" -le 87381 ]
	verdict $? "no command went beyond its 65,536 pages by more than a third"
	gives "the range is served" 0 "state=3" op=7 index=0
	gives "the guest has its pages" 0 "count=16384" op=8
	xl destroy one
	xl destroy two
	for id in $one $two; do
		for uuid in $(xenhypfs cat /pmem/status | sed -n 's/^range \([^ ]*\) .*/\1/p'); do
			$raw op=6 uuid="$uuid" domain="$id" >/tmp/said
		done
	done
	wait_for 20 no_guests
	verdict $? "no zombie is left"
	pages_are "all pages are dom0's" $spa $length "host=262144"
}

test_again() {
	gives "unserve A" 0 "" op=4 uuid=$A
	same "dom0 may map it" "$(probe caps $((spa >> 12)) 0x40000)" all
	gives "serve it" 0 "" op=3 uuid=$A spa=$spa length=$length flags=1
}

in_dom0() {
	livepatch_load "/usr/lib/xen-pmem/$(xl info build_id).livepatch"
	probe_load
	cd /root || exit
	test_serve
	cases test_killed
	gives "serve B" 0 "" op=3 uuid=$B spa=0x180000000 length=0x4000000 flags=1
	one=$(guest_make one)
	commands=$2
	cases test_mapped test_order test_release:test_order test_two test_leaf test_lists test_fuzz
	if [ -n "${3:-}" ]; then
		cases test_million
	fi
	cases test_again test_own
	echo END
}

# ns_attr NAME ATTRIBUTE: of the namespace that has this label
ns_attr() {
	local each
	for each in /sys/bus/nd/devices/namespace*; do
		[ "$(cat "$each/alt_name" 2>/dev/null)" != "$1" ] ||
			[ "$(cat "$each/size")" = 0 ] || {
			[ "$2" = . ] && basename "$each" || cat "$each/$2"
		}
	done
}

# nd_pmem has a host range as any other memory: raw, then with a filesystem, whose page no guest
# gets.
dom0_dax() {
	local ns at size pages
	livepatch_load "/usr/lib/xen-pmem/$(xl info build_id).livepatch"
	probe_load
	cd /root || exit
	modprobe -a nd_pmem ext4 || bail "cannot load nd_pmem"
	namespaces_make area:64M files:256M
	ns=$(ns_attr files .) at=$(ns_attr files resource) size=$(ns_attr files size) \
		pages=$((size >> 12))
	ndctl disable-namespace all >/tmp/said 2>&1 || bail "cannot disable: $(cat /tmp/said)"
	gives "reserve" 0 "" op=1 uuid=$reserved spa="$(ns_attr area resource)" \
		length="$(ns_attr area size)"
	gives "serve, as dom0's own" 0 "" op=3 uuid=$A spa="$at" length="$size" flags=1
	accepts "nd_pmem takes it" ndctl enable-namespace "$ns"
	pages_are "and maps all of it, counted" "$at" "$size" \
		"mapped=$pages refs=$pages typed=$pages"
	accepts "and lets go" ndctl disable-namespace "$ns"
	pages_are "which is counted, too" "$at" "$size" "host=$pages"
	accepts "a namespace for a DAX filesystem is made of it" ndctl create-namespace \
		-f -e "$ns" -m fsdax --map=mem
	disk=$(basename /sys/bus/nd/devices/pfn*/block/* /sys/bus/nd/devices/dax*/block/* \
		2>/dev/null | grep -m 1 pmem || ls /sys/block | grep -m 1 pmem)
	probe_pages "$at" "$size" >/tmp/said
	grep -q "mapped=6[0-9]* refs=6[0-9]* typed=6[0-9]*$" /tmp/said
	verdict $? "all that the disk has is mapped, and the first blocks are not: $(cat /tmp/said)"
	{ mkfs.ext4 -q -b 4096 "/dev/$disk" && mkdir -p /mnt && mount -o dax "/dev/$disk" /mnt; } \
		>/tmp/said 2>&1
	verdict $? "a filesystem is made and mounted"
	dd if=/dev/urandom of=/tmp/data bs=1M count=8 status=none
	cp /tmp/data /mnt/file && sync && cmp /tmp/data /mnt/file
	verdict $? "a file is written and read"
	one=$(guest_make one)
	extents $((at + size / 2)) 0x1000
	gives "no page is a guest's while the filesystem's driver maps it" -16 "dom0 maps" op=10 \
		domain="$one" gpa=$gpa extents=list
	gives "nor is the range given back" -16 "dom0 maps" op=4 uuid=$A
	cmp /tmp/data /mnt/file && umount /mnt && mount -o dax "/dev/$disk" /mnt &&
		cmp /tmp/data /mnt/file
	verdict $? "the file is whole"
	umount /mnt
	xl destroy one
	echo END
}

# ---- on the test's machine ----

here=$(dirname "$(readlink -f "$0")")
# shellcheck source-path=SCRIPTDIR
. "$here/tap.sh"
place_run "$@"

# try VERSION RANDOM-COMMANDS [MILLION]
try() {
	rm -f "$work/nvdimm"
	truncate -s $(((8 << 30) + 262144)) "$work/nvdimm"
	boot "$1" END --cpus 2 --bare --xen-version "$1" --nvdimm "$work/nvdimm:8G" \
		--add "$top/build/system/idle.elf" \
		--add "$top/build/system/holdpage" --add "$top/build/system/hostpage" -- "${@:2}"
}

machine_begin
make -s -C "$top" build/system/holdpage build/system/hostpage build/system/idle.elf \
	>"$work/make.log" 2>&1 || {
	echo "Bail out! cannot build"
	exit 1
}
for version in ${HOST_XEN:-4.17.7 4.17.5}; do
	case $version in
	4.17.7) try "$version" 30000 million ;;
	*) try "$version" 10000 ;;
	esac
done
truncate -s $(((1 << 30) + 262144)) "$work/dax"
boot dax END --bare --nvdimm "$work/dax:1G" --add "$top/build/system/idle.elf"
echo "1..$tests"
