#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Each header of include/ and core/ compiles alone, and core/, compiled as the payload compiles it,
# calls nothing but core/env.h allows.
set -u
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cc="${CC:-gcc} -std=gnu11 -O2 -Wall -Wextra -Werror -ffreestanding -Iinclude -Icore"
cc+=" -I${B:-build}/gen"
headers=$(ls include/xen-pmem/*.h core/*.h)
sources=$(ls core/*.c)
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

set -- $headers
echo "1..$(($# + 2))"
for h; do
	echo "#include \"$h\"" | $cc -I. -fsyntax-only -x c - > "$dir/said" 2>&1
	verdict $? "$h alone"
done

failed=0
for c in $sources; do
	$cc -mgeneral-regs-only -mno-red-zone -fPIC -fvisibility=hidden -c "$c" \
		-o "$dir/$(basename "$c" .c).o" || failed=1
done > "$dir/said" 2>&1
verdict $failed 'core compiles for the payload'
ld -r "$dir"/*.o -o "$dir/core" 2> "$dir/said"
nm -u "$dir/core" | grep -vxE ' *U (memcpy|memmove|memset|memcmp)' >> "$dir/said"
[ ! -s "$dir/said" ]
verdict $? 'core calls nothing of the surroundings but what env.h says'
