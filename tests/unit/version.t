#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The file VERSION is what each part that was built says of itself. TAP.
set -u
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1
B=${B:-build}
version=$(cat VERSION)
tests=0

# is WHAT GOT WANTED
is() {
	[ "$2" = "$3" ] && echo "ok $((++tests)) - $1" ||
		printf 'not ok %d - %s\n# got    %q\n# wanted %q\n' $((++tests)) "$1" "$2" "$3"
}

is "xen-pmem --version" "$("$B/tool/xen-pmem" --version 2>&1)" "xen-pmem $version"
is "xen-pmem -V" "$("$B/tool/xen-pmem" -V 2>&1)" "xen-pmem $version"
is "modinfo of the driver" "$(/sbin/modinfo -F version "$B/driver/xen_pmem.ko" 2>&1)" "$version"
for payload in "$B"/hypervisor/*.livepatch; do
	is "the extension's text for /pmem/status, ${payload##*/}" \
		"$(grep -aoE 'xen-pmem [^ ]*, abi' "$payload")" "xen-pmem $version, abi"
done
echo "1..$tests"
