#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# make demo: boots a Xen host in QEMU with 2 GiB of RAM and an 8 GiB NVDIMM, gives half of the
# NVDIMM to a guest, cuts the power while the guest writes, boots again, and compares. Status 0 only
# if everything held.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$here")
out=$top/build/demo built=$top/build
[ "${XENHOST_DEBIAN:-12}" = 12 ] || built=$top/build/$XENHOST_DEBIAN
wrong=0
declare -A fact

# boot PHASE: streams what it says; facts go to $fact, checksums to $out/PHASE.sums
boot() {
	local name value line
	: >"$out/$1.sums"
	while IFS= read -r line; do
		case $line in
		"= sum "*) echo "${line#= sum }" >>"$out/$1.sums" ;;
		"= "*) read -r _ name value <<<"$line"; fact[$name]=$value ;;
		POWER-CUT) fact[cut]=yes ;;
		*) printf '%s\n' "$line" ;;
		esac
	done < <("$top/testbed/xenhost" run --fresh --memory 2G --nvdimm "$out/nvdimm:8G" \
		--log "$out/$1.log" --add "$here/guest.sh" \
		--add "$here/guest1.cfg" --add "$built/system/rawcmd" "$here/host.sh" "$1" \
		2>&1; echo "= status $?")
	[ "${fact[status]}" = 0 ] || {
		echo "FAILED: the $1 boot, status ${fact[status]}; the console is in $out/$1.log"
		exit 1
	}
}

# must WHAT COMMAND...: what was promised
must() {
	local what=$1
	shift
	"$@" && return
	echo "NOT TRUE: $what"
	wrong=1
}

mib() {
	awk -v "bytes=$1" 'BEGIN { printf "%.1f MiB", bytes / 1048576 }'
}

# pages N: as people and as machines count
pages() {
	echo "$(mib $(($1 * 4096)))  ($1 pages)"
}

sums() {
	echo "$(wc -l <"$out/$1.sums") files, checksum of all $(sha256sum <"$out/$1.sums" |
		cut -c 1-16)"
}

row() {
	printf '  %-46s %s\n' "$1" "$2"
}

table() {
	echo
	row "RAM" "2 GiB"
	row "NVDIMM" "8 GiB"
	row "Xen's metadata on the NVDIMM, guest has 4 GiB" "$(mib $((fact[metadata] * 1024)))"
	row "Xen's metadata on the NVDIMM, no guest" "$(mib $((fact[metadata_idle] * 1024)))"
	row "Xen's free RAM before the guest" "$(pages "${fact[free_before]}")"
	row "Xen's free RAM after the guest" "$(pages "${fact[free_after]}")"
	row "RAM that Xen needs to serve 4 GiB" \
		"$(((fact[free_loaded] - fact[free_enabled]) * 4)) KiB"
	row "the guest wrote" "$(sums first)"
	row "the guest read back after the power cut" "$(sums second)"
	row "fsck after the power cut" "${fact[fsck]:-not clean}"
	echo
}

rm -rf "$out"
mkdir -p "$out" || exit 1
echo "A Xen host boots: 2 GiB of RAM, 8 GiB NVDIMM (build/demo/nvdimm, a new one)"
boot first
must "the power was cut while the guest ran" [ "${fact[cut]:-no}" = yes ]
echo "The power is cut: QEMU is killed. The host boots again."
boot second
table
must "the guest wrote files" [ -s "$out/first.sums" ]
must "the guest read back what it wrote" cmp -s "$out/first.sums" "$out/second.sums"
must "fsck finds the filesystem clean" [ "${fact[fsck]:-}" = clean ]
must "Xen's free RAM is the same before and after the guest" [ "${fact[free_before]}" \
	= "${fact[free_after]}" ]
must "Xen's metadata stood on the NVDIMM while the guest ran" [ "${fact[metadata]:-0}" -gt 0 ]
must "Xen's metadata took nothing before" [ "${fact[metadata_idle]}" = 0 ]
[ $wrong = 0 ] || exit 1
echo "All of it held."
