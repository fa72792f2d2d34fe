#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# _FIT and the event device of a guest that can be given vNVDIMMs while it runs, by ACPICA's own
# interpreter (acpiexec, which simulates the memory): _FIT gives the very bytes of the copy that the
# word leads to, of either copy, and the event tells the root device to look again. TAP.
set -u
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
fit=0xfe100000
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

# The structures of a golden NFIT, as bytes of ASL, 36 + 4 bytes of header left out.
structures() {	# FILE
	perl -ne 's/#.*//; print map { "0x$1, " } 1 .. ($2 // 1)
		while /([0-9a-f]{2})(?:\*(\d+))?/g' "$1" | tr -d '\n' |
		cut -d , -f 41- | sed 's/, $//'
}

# PUT0 and PUT1 write a copy and lead there, as dom0 does. MAKE makes it all one region of
# acpiexec's simulation.
dsdt_make() {
	local copy golden bytes length
	cat <<-END
		DefinitionBlock ("", "DSDT", 2, "XNPMEM", "TEST", 1)
		{
			OperationRegion (ALL, SystemMemory, $fit, 8192)
			Field (ALL, DWordAcc, NoLock, Preserve) { WORD, 32 }
			Method (MAKE, 0) { Return (WORD) }
	END
	for copy in 0 1; do
		golden=tests/data/nfit-$((copy * 15 + 1)).hex
		bytes=$(structures "$golden")
		length=$(tr -cd , <<<"$bytes," | wc -c)
		cat <<-END
			OperationRegion (CPY$copy, SystemMemory, $((fit + copy * 4096 + 16)),
				$length)
			Field (CPY$copy, ByteAcc, NoLock, Preserve) { VUE$copy, $((length * 8)) }
			Method (PUT$copy) {
				VUE$copy = Buffer () { $bytes }
				WORD = $(((copy * 4096 + 16) << 16 | length))
			}
			Method (TST$copy, 0, Serialized) {
				Local0 = \\_SB.XPQR._FIT ()
				Return (Local0 == Buffer () { $bytes } &&
					SizeOf (Local0) == $length)
			}
		END
	done
	echo 'External (\_SB.XPQR._FIT, MethodObj)'
	echo '}'
}

# commands PATTERN COMMAND...: for acpiexec, which quits when it has said the pattern, or after a
# minute
commands() {
	local pattern=$1 tries=0
	shift
	printf 'evaluate %s\n' "$@"
	until grep -qi -- "$pattern" "$dir/said" || [ $((++tries)) -gt 600 ]; do
		sleep 0.1
	done
	printf 'evaluate %s\nquit\n' "$1"
}

# answers PATTERN COMMAND...: what acpiexec says; a notification comes from a thread of its own
answers() {
	: >"$dir/said"
	commands "$@" | stdbuf -oL acpiexec -to 600 "$dir/dsdt.aml" "$dir/ssdt.aml" \
		>"$dir/said" 2>&1
	! grep -E 'ACPI (Error|Warning|Exception|BIOS)|AE_[A-Z_]+' "$dir/said" >"$dir/wrong" ||
		cat "$dir/wrong" >>"$dir/said"
}

# is_true METHOD: it said a number that is not 0, the last time
is_true() {
	awk -v m="$1" \
		'index($0, "Evaluating \\" m) { on = 1 } on && /Integer/ { last = $NF; on = 0 }
		END { exit last !~ /F|1$/ }' "$dir/said" && [ ! -s "$dir/wrong" ]
}

dsdt_make >"$dir/dsdt.asl"
iasl -vw 2173 -p "$dir/dsdt" "$dir/dsdt.asl" >"$dir/said" 2>&1 || {
	echo "Bail out! the test's own table"
	cat "$dir/said"
	exit 1
}
"${B:-build}/unit/ssdt" -p $fit:0x380000000:0x8000000000 0x140000000:0x10000000 >"$dir/ssdt.aml" ||
	{
	echo "Bail out! no SSDT"
	exit 1
}
echo 1..5
answers '' '\MAKE' '\PUT0' '\TST0'
is_true TST0
verdict $? "_FIT gives the first copy, byte for byte"
answers '' '\MAKE' '\PUT0' '\TST0' '\PUT1' '\TST1'
is_true TST1
verdict $? "then the other one, of sixteen vNVDIMMs"
answers '' '\MAKE' '\PUT1' '\TST0'
! is_true TST0
verdict $? "the other one is not the first"
answers '' '\MAKE' '\_SB.XPQR._FIT'
[ ! -s "$dir/wrong" ] && grep -q 'Buffer' "$dir/said"
verdict $? "_FIT of pages that are blank ends, with a buffer"
answers 'Notify on' '\MAKE' '\_SB.XPQE._EVT 7'
[ ! -s "$dir/wrong" ] && grep -iE 'notify' "$dir/said" | grep -q 'XPQR.*0x80\|0x80.*XPQR'
verdict $? "the event tells the root device to look again"
