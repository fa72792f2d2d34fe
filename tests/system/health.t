#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# NVDIMMs that say that they cannot keep what is written (NFIT "not armed", region read-only): no
# guest gets them to write to, at boot or later, and list, check and the log name them. TAP.
# On the test's machine it boots the bed three times over the same two NVDIMMs: both armed; the
# second not; the first not. It runs itself in dom0:
#
#   region0:  xen-pmem 64M        region1:  xen-b 256M | xen-c 64M | xen-dax 64M, devdax
set -u
nd=/sys/bus/nd/devices

# ---- in dom0 ----

device() {
	grep -lx "$1" $nd/namespace*/alt_name | cut -d / -f 6
}

# guest FILE NAME ITEM: its config; its kernel does nothing
guest() {
	printf '%s\n' "name = \"$2\"" 'type = "pvh"' 'memory = 32' 'tsc_mode = "native"' \
		"uuid = \"$(printf %s "$2" | md5sum |
		sed 's/\(.\{8\}\)\(....\)\(....\)\(....\)\(.\{12\}\).*/\1-\2-\3-\4-\5/')\"" \
		'kernel = "/root/idle.elf"' "vnvdimms = [ \"$3\" ]" >"$1"
}

guest_end() {
	{ xl destroy "$1" && xen-pmem release; } >/tmp/said 2>&1 ||
		bail "$1 does not go: $(cat /tmp/said)"
}

# listed NAME PATTERN: its line in list
listed() {
	xen-pmem list >/tmp/said 2>&1
	grep " $1 " /tmp/said | grep -q "$2"
	verdict $? "list: $1: $2"
}

# checked PATTERN
checked() {
	xen-pmem check >/tmp/said 2>&1
	grep -q "^FAIL.*$1" /tmp/said
	verdict $? "check: $1"
}

# warned COMMAND...: it succeeds, and warns of an NVDIMM that is not armed
warned() {
	"$@" >/tmp/said 2>&1 && grep -q "^xen-pmem: warning: .*nmem1 is not armed" /tmp/said
	verdict $? "$*: with a warning"
}

make_namespaces() {
	namespaces_make xen-pmem:64M
	{ ndctl create-namespace -r region1 -m raw -n xen-b -s 256M &&
		ndctl create-namespace -r region1 -m raw -n xen-c -s 64M &&
		ndctl create-namespace -r region1 -m devdax --map=mem --align 4096 -n xen-dax \
		-s 64M; } >/tmp/said 2>&1 ||
		bail "no namespaces: $(cat /tmp/said)"
}

# It becomes read-only while a guest has it.
dom0_armed() {
	make_namespaces
	{ xen-pmem load && xen-pmem init xen-pmem && xen-pmem enable xen-b; } >/tmp/said 2>&1 ||
		bail "not enabled: $(cat /tmp/said)"
	guest one.cfg one xen-b
	guest ro.cfg one xen-b,ro
	accepts "a guest on an NVDIMM that is armed" xen-pmem create -q -p -e one.cfg
	echo 1 >$nd/region1/read_only
	listed xen-b "one .*region1 read_only"
	checked "xen-b: region1 is read-only"
	dmesg | grep 'xen_pmem namespace1' >/tmp/said
	grep -q '"xen-b" is read-only now' /tmp/said
	verdict $? "so does the kernel's log"
	guest_end one
	refuses "a guest of a region that is read-only" "region1 is read-only" xen-pmem create \
		-q -p -e one.cfg
	refuses "erase" "region1 is read-only" xen-pmem erase xen-b
	refuses "enable of another one there" "region1 is read-only.*--ro enables" xen-pmem enable \
		xen-c
	accepts "a guest that has it ro" xen-pmem create -q -p -e ro.cfg
	guest_end one
	echo 0 >$nd/region1/read_only
	accepts "a guest when it can be written again" xen-pmem create -q -p -e one.cfg
	echo END
}

dom0_unarmed() {
	same "nmem1 is not armed" \
		"$(grep -o not_armed $nd/nmem1/nfit/flags) $(cat $nd/region1/read_only)" \
		"not_armed 1"
	xen-pmem load >/tmp/said 2>&1 || bail "not loaded: $(cat /tmp/said)"
	warned xen-pmem enable --all
	listed xen-b "nmem1 not_armed"
	same "list --json" "$(xen-pmem list --json | tr -d ' \n' |
		grep -o '"health":\["not_armed","read_only"\]' | sort -u)" \
		'"health":["not_armed","read_only"]'
	checked "nmem1 is not armed"
	checked "xen-b: nmem1 is not armed"
	guest one.cfg one xen-b
	guest ro.cfg one xen-b,ro
	refuses "a guest" "xen-b: nmem1 is not armed" xen-pmem create -q -p -e one.cfg
	xl create -q -p one.cfg >/tmp/said 2>&1 || bail "no guest: $(cat /tmp/said)"
	refuses "attach" "xen-b: nmem1 is not armed" xen-pmem attach one xen-b
	accepts "attach ro" xen-pmem attach one xen-b,ro
	guest_end one
	refuses "enable" "xen-c): nmem1 is not armed.*--ro enables" xen-pmem enable xen-c
	warned xen-pmem enable --ro xen-c
	refuses "erase" "nmem1 is not armed" xen-pmem erase xen-c
	unarmed_dax
	echo END
}

# A dax device, which Linux lets everybody write to
unarmed_dax() {
	local dax
	modprobe -a nd_pmem dax_pmem device_dax
	refuses "enable of what dom0 uses" "xen-dax): nmem1 is not armed" xen-pmem enable xen-dax
	warned xen-pmem enable --ro xen-dax
	dax=/dev/dax$(device xen-dax | sed 's/namespace//')
	guest dax.cfg dax "$dax"
	refuses "a guest with a dax device there" "$dax: nmem1 is not armed" xen-pmem create \
		-q -p -e dax.cfg
	guest dax.cfg dax "$dax,ro"
	accepts "a guest that has it ro" xen-pmem create -q -p -e dax.cfg
	guest_end dax
}

# The labels of guests are in the reserved area.
dom0_reserved() {
	same "nmem0 is not armed" "$(grep -o not_armed $nd/nmem0/nfit/flags)" not_armed
	modprobe -a xen_pmem nd_pmem nd_btt dax_pmem device_dax &&
		cat $nd/ndbus0/wait_probe >/dev/null
	xen-pmem load >/tmp/said 2>&1 || bail "not loaded: $(cat /tmp/said)"
	refuses "init" "nmem0 is not armed" xen-pmem init --force xen-pmem
	xen-pmem enable --all >/tmp/said 2>&1
	verdict $? "what the record names can be enabled"
	checked "xen-pmem: nmem0 is not armed"
	guest one.cfg one xen-b
	refuses "labels there" "label: in the reserved area.*nmem0 is not armed.*label=off" \
		xen-pmem create -q -p -e one.cfg
	guest one.cfg one xen-b,label=off
	accepts "a guest without labels" xen-pmem create -q -p -e one.cfg
	echo END
}

# ---- on the test's machine ----

here=$(dirname "$(readlink -f "$0")")
# shellcheck source-path=SCRIPTDIR
. "$here/tap.sh"
place_run "$@"
machine_begin build/system/idle.elf
idle=$top/build/system/idle.elf
boot armed END --add "$idle" --nvdimm "$work/0:1152M" --nvdimm "$work/1:704M"
boot unarmed END --add "$idle" --nvdimm "$work/0:1152M" --nvdimm "$work/1:704M:unarmed"
boot reserved END --bare --add "$idle" --nvdimm "$work/0:1152M:unarmed" --nvdimm "$work/1:704M"
echo "1..$tests"
