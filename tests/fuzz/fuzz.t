#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# fuzz.t: runs each fuzz target a bounded number of times ($FUZZ_RUNS, or as below), from the same
# seed and corpus each time: the golden bytes. A failing input is kept in build/fuzz/.
# FUZZ_ONLY=TARGET: that one alone.
set -u
fuzz=${B:-build}/fuzz
seeds=$fuzz/seeds
n=0

runs_of() {	# TARGET: about five seconds' worth
	case $1 in
	fuzz_record) echo 8000 ;;
	fuzz_model) echo 400 ;;
	fuzz_ssdt) echo 20000 ;;
	fuzz_scrub) echo 100000 ;;
	fuzz_firmware) echo 30000 ;;
	fuzz_layouts) echo 100000 ;;
	fuzz_description) echo 300000 ;;
	*) echo 700000 ;;
	esac
}

hex_to_binary() {
	perl -ne 's/#.*//; print chr(hex $1) x ($2 // 1) while /([0-9a-f]{2})(?:\*(\d+))?/g' "$1"
}

rm -rf "$seeds" "$fuzz/found"
mkdir -p "$seeds"
for hex in tests/data/*.hex; do hex_to_binary "$hex" >"$seeds/$(basename "$hex" .hex)"; done
for script in tests/data/steps/*.script; do
	tests/fuzz/steps "$script" >"$seeds/steps-$(basename "$script" .script)" || {
		echo "Bail out! $script"
		exit 1
	}
done
cp hypervisor/layouts "$seeds"
cat "$seeds/record-used" "$seeds/record-used" > "$seeds/record-twice"

set -- tests/fuzz/fuzz_*.c tests/model/fuzz_*.c
[ -z "${FUZZ_ONLY:-}" ] || set -- tests/*/"$FUZZ_ONLY".c
echo "1..$#"
for source; do
	target=$(basename "$source" .c)
	n=$((n + 1))
	mkdir -p "$fuzz/found/$target"
	if timeout 300 "$fuzz/$target" -seed=1 -runs="${FUZZ_RUNS:-$(runs_of "$target")}" \
		-max_len=8192 -timeout=60 -verbosity=1 \
		-artifact_prefix="$fuzz/$target-" "$fuzz/found/$target" "$seeds" \
		> "$fuzz/$target.log" 2>&1; then
		echo "ok $n - $target: $(grep -a '^Done' "$fuzz/$target.log")"
	else
		echo "not ok $n - $target"
		tail -n 30 "$fuzz/$target.log" | sed 's/^/# /'
	fi
done
