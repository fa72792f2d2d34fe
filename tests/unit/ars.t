#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The root device's _DSM, by ACPICA's own interpreter (acpiexec, which simulates the memory): what a
# scrub can do and finds, of either copy of the scrub page, cut to the range that was asked for; how
# it asks dom0 to clear a block; and what it says to questions without sense. TAP.
set -u
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
page=0xfe102000
uuid='ToUUID ("2f10e7a4-9e91-11e4-89d3-123b93f75cba")'
base=$((8 << 30))
n=0

verdict() {	# STATUS NAME
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		sed 's/^/# /' "$dir/said"
	fi
}

# bytes WIDTH NUMBER...: little-endian, as ASL
bytes() {
	local width=$1 number i
	shift
	for number; do
		for ((i = 0; i < width; i++)); do
			printf '0x%02X, ' $((number >> 8 * i & 255))
		done
	done
}

# answer ADDRESS LENGTH [PLACE LENGTH]...: of function 3
answer() {
	local address=$1 length=$2
	shift 2
	bytes 4 0 $((48 + $# / 2 * 24))
	bytes 8 "$address" "$length" 0 0
	bytes 2 2 0
	bytes 4 $(($# / 2))
	while [ $# -gt 0 ]; do
		bytes 8 0 "$1" "$2"
		shift 2
	done
}

# put WORD PLACE LENGTH...: a method's lines that change the page as dom0 does
put() {
	local word=$1
	shift
	echo "VUE$((word >> 16 & 1)) = Buffer () { $(bytes 8 "$@") }"
	echo "WORD = $word"
}

# mailbox ASK LAST ADDRESS LENGTH ANSWER STATUS CLEARED: its bytes
mailbox() {
	bytes 4 "$1" "$2"
	bytes 8 "$3" "$4"
	bytes 4 "$5" "$6"
	bytes 8 "$7"
}

# test_is NAME ANSWER EXPRESSION: a method that says whether that is the answer
test_is() {
	echo "Method ($1, 0, Serialized) {"
	echo "	Local0 = $3"
	echo "	Local1 = Buffer () { ${2%, } }"
	echo "	Return (Local0 == Local1 && SizeOf (Local0) == SizeOf (Local1))"
	echo "}"
}

ask() {	# FUNCTION [BYTES]: the call of _DSM
	echo "\\_SB.XPQR._DSM ($uuid, 1, $1, Package () { Buffer () { ${2:-0x00} } })"
}

scrub() {	# ADDRESS LENGTH [TYPE]
	ask 2 "$(bytes 8 "$1" "$2") $(bytes 2 "${3:-2}") 0x00, 0x00, 0x00, 0x00, 0x00, 0x00"
}

dsdt_make() {
	local length=$((1 << 30)) clear
	clear=$(ask 4 "$(bytes 8 $((base + 4096)) 8192)")
	cat <<-END
		DefinitionBlock ("", "DSDT", 2, "XNPMEM", "TEST", 1)
		{
			External (\\_SB.XPQR._DSM, MethodObj)
			OperationRegion (ALL, SystemMemory, $page, 4096)
			Field (ALL, DWordAcc, NoLock, Preserve) {
				WORD, 32, Offset (16), BOX, 320,
				Offset (64), VUE0, 16128, VUE1, 16128
			}
			Method (MAKE, 0) { Return (WORD) }
			Method (PUT1) { $(put $((1 << 16 | 32)) $((base + 4096)) 4096 \
				$((base + length - 8192)) 8192) }
			Method (PUT2) { $(put $((2 << 16 | 16)) $((base + 8192)) 12288) }
			Method (ALL1) { Return ($(scrub $base $length)) }
			Method (PART) { Return ($(scrub $((base + 12288)) 4096)) }
	END
	# dom0 has answered before it is asked: nobody writes there meanwhile.
	echo "Method (ANS1) { BOX = Buffer () { $(mailbox 0 0 0 0 1 0 8192) } }"
	echo "Method (ANS7) { BOX = Buffer () { $(mailbox 0 6 0 0 7 3 0) } }"
	echo "Method (ANSE) { BOX = Buffer () { $(mailbox 0 -1 0 0 1 0 8192) } }"
	test_is CLR1 "$(bytes 4 0 0)$(bytes 8 8192)" "$clear"
	test_is CLR7 "$(bytes 4 3 0)$(bytes 8 0)" "$clear"
	test_is CLRN "$(bytes 4 4 0)$(bytes 8 0)" "$clear"
	test_is BOX1 "$(mailbox 1 1 $((base + 4096)) 8192 1 0 8192)" BOX
	test_is BOXN "$(mailbox 0 1 $((base + 4096)) 8192 0 0 0)" BOX
	test_is CLR0 "$(bytes 4 2 0)$(bytes 8 0)" "$(ask 4 "$(bytes 8 $base 0)")"
	test_is CLRS "$(bytes 4 2 0)$(bytes 8 0)" "$(ask 4 "$(bytes 8 $base)")"
	test_is CLRW "$(bytes 4 2 0)$(bytes 8 0)" "$(ask 4 "$(bytes 8 -4096 8192)")"
	test_is BOX0 "$(mailbox 0 0 0 0 0 0 0)" BOX
	test_is MASK "$(bytes 1 31)" "$(ask 0)"
	test_is OTHR "$(bytes 1 0)" "\\_SB.XPQR._DSM (Buffer (16) { }, 1, 0, Package () { })"
	test_is FIVE "$(bytes 4 1)" "$(ask 5)"
	test_is CAPS "$(bytes 4 $((2 << 16)) 0xc00 0x1000 0)" "$(ask 1 "$(bytes 8 $base $length)")"
	test_is CAP0 "$(bytes 4 2 0xc00 0x1000 0)" "$(ask 1 "$(bytes 8 $base 0)")"
	test_is CAPN "$(bytes 4 2 0xc00 0x1000 0)" "$(ask 1 "$(bytes 8 $base)")"
	test_is WRAP "$(bytes 4 2 0xc00 0x1000 0)" "$(ask 1 "$(bytes 8 -4096 8192)")"
	test_is NONE "$(bytes 4 0x20000 48)$(bytes 8 0 0 0 0 0)" "$(ask 3)"
	test_is BEGN "$(bytes 4 0 0)" "$(scrub $base $length)"
	test_is VOLA "$(bytes 4 2 0)" "$(scrub $base $length 1)"
	test_is SHRT "$(bytes 4 2 0)" "$(ask 2 "$(bytes 8 $base $length)")"
	test_is STA1 "$(answer $base $length $((base + 4096)) 4096 \
		$((base + length - 8192)) 8192)" "$(ask 3)"
	test_is STA2 "$(answer $base $length $((base + 8192)) 12288)" "$(ask 3)"
	test_is CUT2 "$(answer $((base + 12288)) 4096 $((base + 12288)) 4096)" "$(ask 3)"
	test_is VOID "$(answer $base $length)" "$(ask 3)"
	echo '}'
}

# answers COMMAND...: acpiexec evaluates them in turn; every method of four letters but those that
# prepare must say yes
answers() {
	printf 'evaluate %s\n' "$@" quit | sed 's/^evaluate quit/quit/' |
		acpiexec -to 600 "$dir/dsdt.aml" "$dir/ssdt.aml" >"$dir/said" 2>&1
	! grep -qE 'ACPI (Error|Warning|Exception|BIOS)|AE_[A-Z_]+' "$dir/said" &&
		awk -v want="$(printf '%s\n' "$@" | grep -vcE 'MAKE|PUT|ALL1|PART|ANS')" '
			/Evaluating/ { on = 1; name = $0 }
			on && /Integer/ {
				if (name !~ /MAKE/) { all++; good += $NF ~ /F$|1$/ }
				on = 0
			}
			END { exit !(all && all == good && all == want) }' "$dir/said"
}

dsdt_make >"$dir/dsdt.asl"
iasl -vw 2173 -p "$dir/dsdt" "$dir/dsdt.asl" >"$dir/said" 2>&1 || {
	echo "Bail out! the test's own table"
	cat "$dir/said"
	exit 1
}
"${B:-build}/unit/ssdt" -s $page $base:0x40000000 >"$dir/ssdt.aml" || {
	echo "Bail out! no SSDT"
	exit 1
}
echo 1..12
answers '\MAKE' '\MASK' '\OTHR' '\FIVE'
verdict $? "it has functions 0 to 4, of this UUID alone"
answers '\MAKE' '\CAPS' '\CAP0' '\CAPN' '\WRAP'
verdict $? "what a scrub can do, and of no range"
answers '\MAKE' '\NONE' '\VOLA' '\SHRT' '\NONE'
verdict $? "no scrub, and none that begins"
answers '\MAKE' '\BEGN' '\VOID'
verdict $? "a scrub of a blank page finds nothing"
answers '\MAKE' '\PUT1' '\BEGN' '\STA1'
verdict $? "a scrub finds what is in a copy"
answers '\MAKE' '\PUT1' '\PUT2' '\BEGN' '\STA2'
verdict $? "then in the other one"
answers '\MAKE' '\PUT2' '\PART' '\CUT2'
verdict $? "a scrub of a part finds the part of a place"
! answers '\MAKE' '\PUT2' '\BEGN' '\STA1'
verdict $? "the one copy is not the other"
answers '\MAKE' '\ANS1' '\CLR1' '\BOX1'
verdict $? "it asks dom0 to clear blocks, and has the answer"
answers '\MAKE' '\ANS7' '\CLR7' '\ANSE' '\CLR1' '\BOX1'
verdict $? "also after dom0 could not clear one, and when the numbers begin anew"
answers '\MAKE' '\CLRN' '\BOXN' '\ANS7' '\CLR7'
verdict $? "nobody answers: it says so after some seconds, and asks for nothing any more"
answers '\MAKE' '\CLR0' '\CLRS' '\CLRW' '\BOX0'
verdict $? "what makes no sense it does not ask for"
