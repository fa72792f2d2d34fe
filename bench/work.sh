#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Counts the instructions of the extension's own code that commands take (bench/work.c), on the
# model of Xen, by callgrind. Xen's functions are not counted: memset() of the M2P is one of them.
# The counts depend on the compiler alone. Prints "= NAME COUNT".
set -u
top=$(cd "$(dirname "$0")/.." && pwd)
work=${B:-$top/build}/bench/work
out=$(mktemp) || exit 1
trap 'rm -f "$out" "$out.said"' EXIT

# instructions CASE: of counted(), at addresses of the extension's
instructions() {
	local text
	text=$(valgrind --quiet --tool=callgrind --callgrind-out-file="$out" --dump-instr=yes \
		--dump-line=no --compress-pos=no --collect-atstart=no --toggle-collect=counted \
		"$work" "$1" 2>"$out.said") || { cat "$out.said" >&2; exit 1; }
	# Addresses have no leading zeros there; as text of one length they compare as numbers do.
	awk -v from="${text% *}" -v to="${text#* }" '
		/^calls=/ { getline; next }
		/^0x/ {
			at = sprintf("%16s", substr($1, 3))
			gsub(" ", "0", at)
			n += at >= from && at < to ? $2 : 0
		}
		END { printf "%d\n", n }' "$out"
}

for each in assign assign_2m assign_iommu host scan_64m scan_128m four_64m four_128m; do
	n=$(instructions $each) || exit 1
	echo "= work_$each $n"
done
