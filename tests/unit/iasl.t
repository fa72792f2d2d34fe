#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What iasl says of the tables: the golden NFITs, which the builder's are equal to (test_nfit), and the SSDTs as built.
set -u
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
n=0

verdict() {	# STATUS NAME
	n=$((n + 1))
	if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; sed 's/^/# /' "$dir/said"; fi
}

hex_to_binary() {
	perl -ne 's/#.*//; print chr(hex $1) x ($2 // 1) while /([0-9a-f]{2})(?:\*(\d+))?/g' "$1"
}

decode() {	# TABLE: into TABLE.dsl, whole and without a complaint on either way
	iasl -d -p "$1" "$1.aml" > "$dir/said" 2>&1 || return 1
	grep -iE 'warning|error|invalid|incorrect|unknown|unrecogni' "$1.dsl" >> "$dir/said"
	! grep -qiE 'warning|error|invalid|incorrect|unknown|unrecogni' "$dir/said"
}

# This iasl expects 80 bytes of a control region, although ACPI 6.2, section 5.2.25.6, makes it 32 where there are no block windows; it says so in a
# comment. That comment, once for each control region, and no other.
nfit_decodes() {	# NR
	hex_to_binary "tests/data/nfit-$1.hex" > "$dir/nfit.aml"
	decode "$dir/nfit" || return 1
	[ "$(grep -c 'terminates early' "$dir/nfit.dsl")" = "$1" ] &&
	[ "$(grep -c 'Subtable Type : 0000' "$dir/nfit.dsl")" = "$1" ] &&
	[ "$(grep -c 'Subtable Type : 0001' "$dir/nfit.dsl")" = "$1" ] &&
	[ "$(grep -c 'Subtable Type : 0004' "$dir/nfit.dsl")" = "$1" ]
}

ssdt_decodes() {	# NR
	cp "${B:-build}/gen/ssdt-$1.aml" "$dir/ssdt.aml"
	decode "$dir/ssdt" || return 1
	[ "$(grep -c _ADR "$dir/ssdt.dsl")" = "$1" ] &&
	iasl -p "$dir/again" "$dir/ssdt.dsl" > "$dir/said" 2>&1 &&
	grep -q ' 0 Errors, 0 Warnings, 0 Remarks' "$dir/said" &&
	cmp "$dir/ssdt.aml" "$dir/again.aml" >> "$dir/said"
}

echo 1..8
for nr in 1 2 16; do nfit_decodes $nr; verdict $? "NFIT of $nr decodes"; done
for nr in 1 2 16; do ssdt_decodes $nr; verdict $? "SSDT of $nr decodes and compiles to the same"; done

hex_to_binary tests/data/nfit-1.hex > "$dir/nfit.aml"
printf '\377' | dd of="$dir/nfit.aml" bs=1 seek=24 conv=notrunc status=none	# OEM revision
! decode "$dir/nfit"
verdict $? 'a wrong checksum is seen'

MAKEFLAGS='' make -s B="$dir/elsewhere" "$dir/elsewhere/gen/aml.h" > "$dir/said" 2>&1 && cmp "${B:-build}/gen/aml.h" "$dir/elsewhere/gen/aml.h" >> "$dir/said"
verdict $? 'SSDTs are the same when built elsewhere'
