#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What iasl says of the tables: the golden NFITs and NUMA tables, which the builders' are equal to
# (test_nfit, test_numa), and the SSDTs as the builder makes them.
set -u
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
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

hex_to_binary() {
	perl -ne 's/#.*//; print chr(hex $1) x ($2 // 1) while /([0-9a-f]{2})(?:\*(\d+))?/g' "$1"
}

# Into TABLE.dsl, whole; iasl may complain neither on its output nor in that file. A UUID that it
# cannot name, that of Intel's family, is not a complaint.
decode() {	# TABLE
	iasl -d -p "$1" "$1.aml" > "$dir/said" 2>&1 || return 1
	sed 's,/\* Unknown UUID \*/,,' "$1.dsl" |
		grep -iE 'warning|error|invalid|incorrect|unknown|unrecogni' >> "$dir/said"
	! grep -qiE 'warning|error|invalid|incorrect|unknown|unrecogni' "$dir/said"
}

# This iasl expects 80 bytes of a control region, although ACPI 6.2, section 5.2.25.6, makes it 32
# where there are no block windows; it says so in a comment. That comment, once for each control
# region, and no other.
nfit_decodes() {	# NR
	hex_to_binary "tests/data/nfit-$1.hex" > "$dir/nfit.aml"
	decode "$dir/nfit" || return 1
	[ "$(grep -c 'terminates early' "$dir/nfit.dsl")" = "$1" ] &&
	[ "$(grep -c 'Subtable Type : 0000' "$dir/nfit.dsl")" = "$1" ] &&
	[ "$(grep -c 'Subtable Type : 0001' "$dir/nfit.dsl")" = "$1" ] &&
	[ "$(grep -c 'Subtable Type : 0004' "$dir/nfit.dsl")" = "$1" ]
}

# Decodes, and has so many subtables of each type, which is written as iasl writes it.
numa_decodes() {	# TABLE TYPE=NUMBER...
	local table=$1 pair
	hex_to_binary "tests/data/$table.hex" > "$dir/$table.aml"
	decode "$dir/$table" || return 1
	shift
	for pair; do
		[ "$(grep -cE "(Subtable|Structure) Type : ${pair%=*} " "$dir/$table.dsl")" = \
			"${pair#*=}" ] || return 1
	done
}

# The text of a decoded table without its comment, integers all written in one way: iasl compiles a
# small one to fewer bytes than the builder uses.
text_of() {	# TABLE
	perl -ne 'next unless /^DefinitionBlock/ .. 0; s/\bZero\b/0x0/g; s/\bOne\b/0x1/g;
		s/\b0x0+(?=[0-9A-F])/0x/g; print' "$1.dsl"
}

# Decoded, compiled and decoded again, it is the same. Remark 2173 as in acpi/rules.mk.
ssdt_decodes() {	# VNVDIMM...: as tests/unit/ssdt takes them
	"${B:-build}/unit/ssdt" "$@" > "$dir/ssdt.aml" 2> "$dir/said" && decode "$dir/ssdt" &&
	iasl -vw 2173 -p "$dir/again" "$dir/ssdt.dsl" > "$dir/said" 2>&1 &&
	grep -q ' 0 Errors, 0 Warnings, 0 Remarks' "$dir/said" &&
	decode "$dir/again" && diff <(text_of "$dir/ssdt") <(text_of "$dir/again") > "$dir/said"
}

# Whether the namespace of the SSDT decoded last is this list of lines: device, name or method with
# the number of its arguments, and what is serialized.
names_are() {
	sed -nE 's/^ *(Device|Method|Name|Scope) \(([^,)]*).*/\1 \2&/p' "$dir/ssdt.dsl" |
		sed -E 's/^(Method [^ ]*) .*, ([0-9]), (Serialized|NotSerialized)\).*/\1 \2 \3/;
			s/NotSerialized//; s/^((Device|Name|Scope) [^ ]*) .*/\1/; s/ *$//' \
			>"$dir/names"
	diff - "$dir/names" > "$dir/said"
}

root_names() {
	cat <<-'TEXT'
	Scope \_SB
	Device XPQR
	Name _HID
	Name _STA
	Method LGET 3 Serialized
	Method LPUT 3 Serialized
	Method LOUT 2
	Method LINF 0
	Method LREA 3
	Method LWRI 4
	Method LARG 2 Serialized
	Method LDAT 3
	Method LDSM 6
	TEXT
}

child_names() {	# NN METHOD...
	printf '%s\n' 'Scope \_SB' "Device XQ$1" 'Name _HID' 'Name _UID' 'Name _CRS' \
		'Scope \_SB.XPQR' "Device NV$1" 'Name _ADR'
	shift
	[ $# = 0 ] || printf '%s\n' 'Name LADR' "${@/#/Method }"
}

spare_names() {
	printf 'Scope \\_SB.XPQR\nDevice NV%02d\nName _ADR\n' {3..16}
}

scrub_names() {
	printf '%s\n' 'Scope \_SB.XPQR' 'Name SADR' 'Name SFRM' 'Name SLEN' \
		'Method SWRD 0 Serialized' 'Method SCPY 1 Serialized' 'Method SNUM 2 Serialized' \
		'Method SPUT 2' 'Method SCAP 1' 'Method SBEG 3' 'Method SREC 1' \
		'Method SSTA 0 Serialized' 'Method SCLR 2 Serialized' 'Method _DSM 4 Serialized'
}

plug_names() {
	printf '%s\n' 'Scope \_SB' 'Device XPQW' 'Name _HID' 'Name _UID' 'Name _CRS' 'Device XPQE' \
		'Name _HID' 'Name _UID' 'Name _CRS' 'Method _EVT 1' \
		'Scope \_SB.XPQR' 'Method FGET 2 Serialized' 'Method _FIT 0 Serialized'
}

read_only=('_LSI 0' '_LSR 2' '_DSM 4')
labelled=('_LSI 0' '_LSR 2' '_LSW 3' '_DSM 4')
sixteen=()
for i in {0..15}; do
	case $((i % 3)) in 0) more= ;; 1) more=:ro ;; 2) more= ;; esac
	[ $((i % 3)) = 0 ] || more=:$((0x100000000 + i * 0x20000))$more
	sixteen+=("$((0x200000000 + i * 0x40200000)):$((0x20000000 + i * 4096))$more")
done

sixteen_names() {
	local i
	root_names
	for i in {0..15}; do
		case $((i % 3)) in
		0) child_names "$(printf %02d $((i + 1)))" ;;
		1) child_names "$(printf %02d $((i + 1)))" "${read_only[@]}" ;;
		2) child_names "$(printf %02d $((i + 1)))" "${labelled[@]}" ;;
		esac
	done
}

echo 1..21
for nr in 1 2 16; do nfit_decodes $nr; verdict $? "NFIT of $nr decodes"; done
numa_decodes srat-1 00=2 01=2 02=0
verdict $? 'SRAT of two CPUs decodes'
numa_decodes srat-x2apic 00=1 01=3 02=2
verdict $? 'SRAT with x2APICs decodes'
numa_decodes slit-1
verdict $? 'SLIT of two nodes decodes'
numa_decodes slit-3
verdict $? 'SLIT of four nodes decodes'
numa_decodes hmat-1 0000=2 0001=4
verdict $? 'HMAT decodes'
numa_decodes hmat-3 0000=2 0001=4
verdict $? 'HMAT with a node between decodes'
ssdt_decodes 0x140000000:0x10000000:0xff000000
verdict $? 'SSDT of 1 decodes and compiles to the same'
{ root_names; child_names 01 "${labelled[@]}"; } | names_are
verdict $? 'SSDT of 1 holds these names and methods'
ssdt_decodes 0x180000000:0x40000000 0x1c0200000:0x3fe00000:0x1800ffff000
verdict $? 'SSDT of 2 decodes and compiles to the same'
{ root_names; child_names 01; child_names 02 "${labelled[@]}"; } | names_are
verdict $? 'SSDT of 2 holds these names and methods'
ssdt_decodes -p 0xfe100000:0x380000000:0x8000000000 0x140000000:0x10000000:0xff000000 \
	0x180000000:0x40000000
verdict $? 'SSDT of 2, for more to come, decodes and compiles to the same'
{ root_names; child_names 01 "${labelled[@]}"; child_names 02; spare_names; plug_names; } |
	names_are
verdict $? 'SSDT of 2, for more to come, holds these names and methods'
ssdt_decodes -s 0xfe102000 0x180000000:0x40000000
verdict $? 'SSDT with a scrub page decodes and compiles to the same'
{ root_names; child_names 01; scrub_names; } | names_are
verdict $? 'SSDT with a scrub page holds these names and methods'
ssdt_decodes "${sixteen[@]}"
verdict $? 'SSDT of 16 decodes and compiles to the same'
sixteen_names | names_are
verdict $? 'SSDT of 16 holds these names and methods'

hex_to_binary tests/data/nfit-1.hex > "$dir/nfit.aml"
printf '\377' | dd of="$dir/nfit.aml" bs=1 seek=24 conv=notrunc status=none	# OEM revision
! decode "$dir/nfit"
verdict $? 'a wrong checksum is seen'

MAKEFLAGS='' make -s B="$dir/elsewhere" "$dir/elsewhere/gen/aml.h" > "$dir/said" 2>&1 &&
	cmp "${B:-build}/gen/aml.h" "$dir/elsewhere/gen/aml.h" >> "$dir/said"
verdict $? 'AML is the same when built elsewhere'
