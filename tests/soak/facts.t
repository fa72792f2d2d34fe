#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The extension believes one thing wrongly of Xen, each time another: every time it is refused by
# name, nothing is registered, and Xen goes on. TAP. On the test's machine it builds these payloads
# (wrong.facts says what each believes), boots each of the tested Xen once, and one with an IOMMU
# for what is seen only there, and runs itself in dom0. A guest waits to be started: without it the
# list of domains is too short to be wrong. FACTS_HOSTS: some of these hosts,
# or 4.20.4/without, of which nobody has seen yet whether each refusal has the same name.
# shellcheck disable=SC2015
set -u

# ---- in dom0 ----

nothing_left() {
	xenhypfs ls / >/tmp/hypfs && ! grep -q pmem /tmp/hypfs &&
		! xen-livepatch list | grep -q 'APPLIED\|CHECKED' && free_is "$free"
}

# refused WHAT PATTERN COMMAND...: and nothing is left of it
refused() {
	local what=$1 pattern=$2 rc
	shift 2
	"$@" >/tmp/said 2>&1 </dev/null
	rc=$?
	wait_for 10 nothing_left ||
		{ echo "hypfs, live patches and Xen's free memory, before $free pages:"; cat \
		/tmp/hypfs; xen-livepatch list; free_pages; } >>/tmp/said
	[ $rc != 0 ] && nothing_left && grep -q "$pattern" /tmp/said
	verdict $? "refused: $what"
}

check_facts() {
	local name pattern
	while IFS='|' read -r name _ pattern; do
		name=${name// /} pattern=${pattern# }
		case $name in
		'' | '#'*) continue ;;
		symbol-*) ;;
		*) pattern="differs from $version.* in: $pattern\b" ;;
		esac
		case $name in
		with-iommu-*) [ "$iommu" = with-iommu ] || continue ;;
		*) [ "$iommu" = without ] || continue ;;
		esac
		refused "$name" "$pattern" xen-pmem load --payload "/tmp/wrong/$id/$name.livepatch"
	done < <(sed -e ':a' -e '/\\$/{N;s/\\\n[[:space:]]*//;ba' -e '}' /root/wrong.facts)
}

# What an HVM guest would show, without one
check_alone() {
	local name
	wait_for 30 free_steady
	[ "$iommu" = without ] || return 0
	for name in paging-mode-before paging-mode-behind paging-mode-wild; do
		refused "$name, without a guest" \
			"differs from $version.* in: paging_mode: the lock" xen-pmem load \
			--payload "/tmp/wrong/$id/$name.livepatch"
	done
}

# note_fake OUT N: the payload with another build-id in the Nth of its two notes of what it depends
# on
note_fake() {
	xxd -p "$payload" | tr -d '\n' | sed "s/474e5500$id/474e5500ffff${id:4}/$2" |
		xxd -r -p >"$1"
	! cmp -s "$1" "$payload" || bail "no note $2"
}

check_notes() {
	local n
	for n in 1 2; do
		note_fake /tmp/faked.livepatch $n
		refused "note $n of what it depends on names another Xen" "Invalid argument" \
			xen-livepatch load /tmp/faked.livepatch
	done
}

in_dom0() {
	version=${1%/*} iommu=${1#*/} id=$(xl info build_id)
	payload=/root/payload/$id.livepatch
	modprobe -a virtio_blk ext4 && mount -t ext4 -o ro /dev/vda /usr/lib/testbed/guest ||
		bail "no guests' kernel"
	mkdir /tmp/wrong && tar -C /tmp/wrong -xzf /root/wrong.tar || bail "no payloads"
	printf '%s\n' 'name = "guest"' 'type = "pvh"' 'memory = 128' 'vcpus = 2' \
		'kernel = "/usr/lib/testbed/guest/vmlinuz"' >guest.cfg
	xl create -q -p guest.cfg >/tmp/said 2>&1 || bail "no guest: $(cat /tmp/said)"
	# The first payload has Xen's allocator keep a page for good.
	accepts "the right one is loaded" xen-pmem load
	accepts "the payload is unloaded" xen-pmem unload
	free=$(free_pages)
	check_facts
	check_notes
	accepts "the right one is loaded after all that" xen-pmem load
	xenhypfs cat /pmem/status >/tmp/said 2>&1 && grep -q '^xen-pmem .* abi 3,' /tmp/said
	verdict $? "the payload answers"
	xl destroy guest
	wait_for 30 no_guests
	verdict $? "the guest goes"
	accepts "the payload is unloaded after it" xen-pmem unload
	check_alone
	echo END
}

# ---- on the test's machine ----

here=$(dirname "$(readlink -f "$0")")
# shellcheck source-path=SCRIPTDIR
# In dom0, tap.sh is beside this file.
. "$here/tap.sh" 2>/dev/null || . "$here/../system/tap.sh"
place_run "$@"
machine_begin wrong

(cd "$top/build/wrong" && tar -czf "$work/wrong.tar" ./*/*.livepatch)
# host VERSION WHAT OPTION...
host() {
	local version=$1 what=$2
	shift 2
	boot "$version/$what" END --cpus 2 --bare --xen-version "$version" \
		--add "$here/../system/wrong.facts" --add "$work/wrong.tar" \
		--nvdimm "$work/nvdimm:1G" "$@"
}

mkdir "$work"/4.17.{5,7} "$work/4.20.4"
for each in ${FACTS_HOSTS:-4.17.7/without 4.17.5/without 4.17.7/with-iommu}; do
	options=()
	case $each in
	4.20.*) release_use 13 ;;
	*) release_use 12 ;;
	esac
	[ "${each#*/}" = without ] || options=(--device intel-iommu,intremap=on)
	host "${each%/*}" "${each#*/}" ${options[@]+"${options[@]}"}
done
echo "1..$tests"
