#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Whether the model of Xen (tests/model/) answers as real Xen does: runs the scripts of
# tests/data/faults and tests/data/conform on the model and, in dom0 of the bed, on Xen, and
# compares what came of each line and everything that can be seen after it. TAP. Beside them are
# scripts by chance: CONFORM_SEEDS="1 2 3", of CONFORM_LINES=40 steps each. CONFORM_XEN=4.17.5: only
# that one. CONFORM_MORE="4.17.5 iommu --device amd-iommu,intremap=on": that too. It agreed once;
# five other times dom0 stopped on the way, with Intel's IOMMU as well. On the test's machine it
# boots each tested Xen, bare, and runs itself in dom0.
set -u
machine_frames="0x100000 0x60000"	# the bed's NVDIMM, which is where the model's is

# ---- in dom0 ----

images=/usr/lib/testbed/guest

unloaded() {
	xen-livepatch revert "$1" >/tmp/said 2>&1
	xen-livepatch unload "$1" >>/tmp/said 2>&1
}

in_dom0() {
	local file payload
	modprobe -a virtio_blk ext4
	mount -t ext4 -o ro /dev/vda $images || bail "no guests' kernel"
	printf 'type = "pvh"\nmemory = 128\ntsc_mode = "native"\nkernel = "%s"\nramdisk = "%s"\n' \
		$images/vmlinuz $images/initrd >xl.cfg
	livepatch_load "/root/payload/$(xl info build_id).livepatch"
	probe_load
	for file in scripts/*.script; do
		if grep -q nohap "$file" && ! xl info virt_caps | grep -qw shadow; then
			sed -n '1s/^# /skipped: /p' "$file" >>transcript
			continue
		fi
		# shellcheck disable=SC2086
		SCRIPT_XL=xl.cfg ./script_xen $machine_frames "$file" >>transcript 2>/tmp/said ||
			bail "$file: $(tail -n 1 /tmp/said)"
		sed "s|^|# $file: |" /tmp/said
	done
	# A megabyte of text that says nearly the same all over.
	gzip -c transcript | base64 | sed 's/^/= /'
	wait_for 30 no_guests
	verdict $? "no guest is left"
	for payload in "probe-$(xl info build_id)" "$(xl info build_id)"; do
		wait_for 20 unloaded "$payload"
		verdict $? "$payload can be unloaded"
	done
	echo END
}

# ---- on the test's machine ----

here=$(dirname "$(readlink -f "$0")")
# shellcheck source-path=SCRIPTDIR
. "$here/tap.sh"
place_run "$@"

# of FILE NAME: what FILE says of the script of this name
of() {
	awk -v name="== $2" '/^(== |skipped: )/ { on = $0 == name } on' "$1"
}

# host VERSION MACHINE OPTION...
host() {
	local version=$1 machine=$2 name
	shift 2
	"$top/build/model/conform" "$machine" "$work"/scripts/*.script >"$work/model" \
		2>"$work/model.log" ||
		{ echo "Bail out! the model: $(cat "$work/model.log")"; exit 1; }
	boot "$version" END --cpus 2 --bare --xen-version "$version" --nvdimm "$work/nvdimm:1536M" \
		--add "$top/build/system/script_xen" \
		--add "$work/scripts" "$@"
	base64 -d <"$work/$version.facts" | gzip -d >"$work/xen" || {
		echo "Bail out! $version: no transcript"
		exit 1
	}
	while IFS= read -r name; do
		if grep -qxF "skipped: $name" "$work/xen"; then
			echo "ok $((++tests)) - Xen $version, $machine: $name" \
				"# SKIP this Xen was built without shadow paging"
			continue
		fi
		diff -U 4 <(of "$work/model" "$name") <(of "$work/xen" "$name") >"$work/diff"
		result "Xen $version, $machine: $name" [ ! -s "$work/diff" ]
		sed 's/^/# /' "$work/diff" | head -n 100
	done < <(sed -n 's/^== //p' "$work/model")
}

machine_begin build/system/script_xen build/model/conform
mkdir "$work/scripts"
cp "$top"/tests/data/faults/*.script "$top"/tests/data/conform/*.script "$work/scripts"
for seed in ${CONFORM_SEEDS:-1 2 3}; do
	"$top/build/model/conform" --random "$seed" "${CONFORM_LINES:-40}" \
		>"$work/scripts/random-$seed.script"
done
for each in "4.17.7 plain" "4.17.5 plain" ${CONFORM_MORE:+"$CONFORM_MORE"}; do
	# shellcheck disable=SC2086
	[[ $each != "${CONFORM_XEN:-4}"* ]] || host $each
done
echo "1..$tests"
