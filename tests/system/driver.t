#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The driver, on a stock dom0: which namespaces it claims, what it shows, and what it refuses. TAP.
# On the test's machine it boots the bed twice over the same three NVDIMMs, with a power cut between
# the boots, and runs itself in dom0:
#
#   region0, labels 1.2: for what is claimed and what is not       region1, labels 1.1 (no mode in them): told by info blocks
#   region2, labels 1.2: one namespace, held while its region goes away
#   region3, no labels: one namespace, named by the module's parameter
# shellcheck disable=SC2015
set -u
nd=/sys/bus/nd/devices
foreign_uuid=99999999-2222-3333-4444-555555555555

# ---- in dom0 ----

result() {
	local rc=$?
	[ $rc = 0 ] && echo "ok - $1" || echo "not ok - $1"
}

# is WHAT GOT WANTED
is() {
	[ "$2" = "$3" ]
	result "$1"
	[ "$2" = "$3" ] || printf '# got    %q\n# wanted %q\n' "$2" "$3"
}

bail() {
	echo "Bail out! $*"
	exit 0
}

# namespace_named REGION NAME: the namespace's device, namespaceX.Y
namespace_named() {
	local dev
	for dev in "$nd/region$1"/namespace[0-9]*; do
		[ "$(cat "$dev/alt_name")" != "$2" ] || [ "$(cat "$dev/size")" = 0 ] ||
			echo "${dev##*/}"
	done
}

driver_of() {
	local link
	link=$(readlink "$nd/$1/driver")
	echo "${link##*/}"
}

# attr NAMESPACE NAME: an attribute of ours
attr() {
	cat "$nd/$1/xen_pmem/$2"
}

hold() {
	echo "$2" 2>/dev/null >"$nd/$1/xen_pmem/held"
}

# errno_of COMMAND...: the message of the first errno in what it says, or "done"
errno_of() {
	local said
	if said=$("$@" 2>&1); then
		echo "done"
	else
		echo "${said##*: }" | head -n 1
	fi
}

unbind() {
	echo "$1" >"$nd/$1/driver/unbind"
}

# spa START SIZE: the range as /proc/iomem has it
spa() {
	printf '%x-%x' $(($1)) $(($1 + $2 - 1))
}

create() {
	ndctl create-namespace -r "region$1" -s 64M -n "$2" -m "${@:3}" >/dev/null 2>/tmp/create ||
		bail "create $2: $(cat /tmp/create)"
}

labels_make() {
	ndctl disable-region all 2>/dev/null
	ndctl init-labels -f -V 1.2 nmem0 2>/dev/null &&
		ndctl init-labels -f -V 1.1 nmem1 2>/dev/null &&
		ndctl init-labels -f -V 1.2 nmem2 2>/dev/null &&
		ndctl enable-region all 2>/dev/null || bail "cannot make label areas"
}

# uuid_bytes UUID: as they stand in an info block
uuid_bytes() {
	printf %b "$(echo "$1" | sed 's/-//g; s/../\\x&/g')"
}

# info_block_put NAMESPACE PARENT: the start of a pfn device's info block, whose parent is PARENT
info_block_put() {
	{
		printf 'NVDIMM_PFN_INFO\0'
		uuid_bytes 11111111-2222-3333-4444-555555555555
		uuid_bytes "$2"
	} | dd of="$nd/$1/xen_pmem/record" bs=16 seek=256 2>/dev/null ||
		bail "cannot write an info block"
}

dom0_first() {
	modprobe nd_pmem && modprobe nd_btt && modprobe dax_pmem ||
		bail "cannot load the kernel's drivers"
	[ -d /sys/module/xen_pmem ]
	result "nd_pmem brings xen_pmem in"
	labels_make
	create 0 xen-pmem raw
	create 0 xen-one raw
	create 0 xen-pmem2 raw
	create 0 xenfoo raw
	create 0 xen- raw
	create 0 Xen-two raw
	create 0 xen-sector sector
	create 0 xen-fsdax fsdax --map=mem
	create 0 xen-devdax devdax --map=mem --align 4096
	create 1 xen-raw raw
	create 1 xen-fsdax fsdax --map=mem
	create 1 xen-pmem raw
	ours=$(namespace_named 1 xen-pmem)
	info_block_put "$ours" $foreign_uuid
	create 1 xen-pmem raw
	for other in $(namespace_named 1 xen-pmem); do
		[ "$other" = "$ours" ] || info_block_put "$other" "$(attr "$other" uuid)"
	done
	create 2 xen-lost raw
	ndctl create-namespace -f -e namespace3.0 --no-autolabel -m fsdax --map=mem >/dev/null \
		2>/tmp/create || bail "namespace3.0: $(cat /tmp/create)"

	is "ndctl create-namespace hands xen-one to us" \
		"$(driver_of "$(namespace_named 0 xen-one)")" xen_pmem
	is "and xenfoo to nd_pmem" "$(driver_of "$(namespace_named 0 xenfoo)")" nd_pmem
	dd if=/root/record of="$nd/$(namespace_named 0 xen-pmem)/xen_pmem/record" bs=65536 \
		2>/dev/null || bail "cannot write the record"
	echo POWER-CUT
}

claims() {
	is "$1: $2 is bound to ${4:-nobody}" "$(driver_of "$3")" "${4:-}"
}

check_claims() {
	local name ns foreign='' own=''
	for name in xen-pmem xen-one xen-pmem2; do
		claims "labels 1.2" "$name" "$(namespace_named 0 $name)" xen_pmem
	done
	for name in xenfoo xen- Xen-two; do
		claims "labels 1.2" "$name" "$(namespace_named 0 $name)" nd_pmem
	done
	is "labels 1.2: xen-sector is left to a btt device" \
		"$(cat "$nd/$(namespace_named 0 xen-sector)/holder_class")" btt
	is "which nd_pmem has" \
		"$(driver_of "$(cat "$nd/$(namespace_named 0 xen-sector)/holder")")" nd_pmem
	for ns in "$(namespace_named 0 xen-fsdax)" "$(namespace_named 1 xen-fsdax)" \
		"$(namespace_named 0 xen-devdax)" namespace3.0; do
		is "$ns, $(cat "$nd/$ns/alt_name" 2>/dev/null), is held back" \
			"$(driver_of "$ns") $(attr "$ns" role)" "xen_pmem host"
	done
	is "without a label: its name" "$(attr namespace3.0 label)" ""
	is "without a label: its UUID is the fsdax device's" "$(attr namespace3.0 uuid)" \
		"$(hexdump -s 4112 -n 16 -ve '1/1 "%02x"' $nd/namespace3.0/xen_pmem/head |
		sed 's/\(.\{8\}\)\(.\{4\}\)\(.\{4\}\)\(.\{4\}\)/\1-\2-\3-\4-/')"
	claims "labels 1.1" xen-raw "$(namespace_named 1 xen-raw)" xen_pmem
	for ns in $(namespace_named 1 xen-pmem); do
		[ "$(driver_of "$ns")" = xen_pmem ] && foreign+=$ns || own+=$ns
	done
	is "labels 1.1: the namespaces with info blocks" "$(echo "$own $foreign" | wc -w)" 2
	dd if="$nd/$foreign/xen_pmem/head" bs=16 skip=258 count=1 2>/dev/null |
		cmp -s - <(uuid_bytes $foreign_uuid)
	result "labels 1.1: an info block of a guest's own does not keep us from a namespace"
	[ -n "$own" ]
	result "labels 1.1: an info block of dom0's own does"
}

check_attributes() {
	local ns start size
	ns=$(namespace_named 0 xen-pmem)
	start=$(cat "$nd/$ns/resource") size=$(printf '%#x' "$(cat "$nd/$ns/size")")
	is "start" "$(attr "$ns" start)" "$start"
	is "size" "$(attr "$ns" size)" "$size"
	is "uuid" "$(attr "$ns" uuid)" "$(cat "$nd/$ns/uuid")"
	is "start and size are for root alone" \
		"$(stat -c %a "$nd/$ns/xen_pmem/"{start,size} | tr '\n' ' ')" "400 400 "
	is "label" "$(attr "$ns" label)" xen-pmem
	is "role of xen-pmem" "$(attr "$ns" role)" reserved
	is "role of xen-one" "$(attr "$(namespace_named 0 xen-one)" role)" guest
	is "role of xen-pmem2" "$(attr "$(namespace_named 0 xen-pmem2)" role)" guest
	is "held" "$(attr "$ns" held)" 0
	is "badblocks" "$(attr "$ns" badblocks)" ""
	grep -q '^0x[0-9a-f]*$' "$nd/$ns/../set_cookie" && ! grep -q '^0x0$' "$nd/$ns/../set_cookie"
	result "the region's cookie is where the header says"
	grep -q " $(spa "$start" "$size") : xen-pmem: $ns\$" /proc/iomem
	result "the range is in /proc/iomem"
	! ls "$nd/$(namespace_named 0 xen-one)/xen_pmem/record" 2>/dev/null
	result "only the reserved area has a record"
	is "the record's size" "$(stat -c %s "$nd/$ns/xen_pmem/record")" 65536
	is "its mode" "$(stat -c %a "$nd/$ns/xen_pmem/record")" 600
	is "the head's size" "$(wc -c <"$nd/$ns/xen_pmem/head")" 2097152
	is "its mode" "$(stat -c %a "$nd/$ns/xen_pmem/head")" 400
}

check_record() {
	local record
	record=$nd/$(namespace_named 0 xen-pmem)/xen_pmem/record
	cmp /root/record "$record"
	result "the record survived the power cut"
	printf 'odd' | dd of="$record" bs=3 seek=1667 2>/dev/null
	{ head -c 5001 /root/record; printf odd; tail -c +5005 /root/record; } | cmp - "$record"
	result "a write at an odd offset changes just that"
	is "a write beyond its end" \
		"$(errno_of dd if=/root/record of="$record" bs=1 count=1 seek=65536)" \
		"File too large"
	echo 1 >"$nd/region0/read_only"
	is "a write if the region is read-only" "$(errno_of dd if=/root/record of="$record")" \
		"Read-only file system"
	echo 0 >"$nd/region0/read_only"
	is "a write if it is not" "$(errno_of dd if=/root/record of="$record" bs=65536)" "done"
	! grep -q "phys=0x$(printf '%x' "$(attr "$(namespace_named 0 xen-pmem)" start)")" \
		/proc/vmallocinfo
	result "no mapping stays behind"
}

# What must not change when something is refused.
state() {
	ndctl list -Ni -r "$1"
	grep -v '^ *[0-9a-f]*-[0-9a-f]* : namespace' /proc/iomem
	driver_of "$2"
	cat "$nd/$2/xen_pmem/"{start,size,uuid,label,role,held}
}

check_held() {
	local ns=$1 before
	hold "$ns" 1
	result "$ns can be held"
	is "which shows" "$(attr "$ns" held)" 1
	hold "$ns" 1
	result "twice is once"
	is "held takes no 2" "$(errno_of bash -c "echo 2 >$nd/$ns/xen_pmem/held")" \
		"Invalid argument"
	before=$(state region2 "$ns")
	is "disable-namespace" "$(errno_of ndctl disable-namespace "$ns")" "Device or resource busy"
	is "destroy-namespace -f" "$(errno_of ndctl destroy-namespace -f "$ns")" \
		"Device or resource busy"
	is "create-namespace -f -e" "$(errno_of ndctl create-namespace -f -e "$ns" -m raw)" \
		"Device or resource busy"
	is "disable-region" "$(ndctl disable-region region2 2>&1)" "disabled 0 regions"
	is "unbind" "$(errno_of unbind "$ns")" "Device or resource busy"
	is "bind to nd_pmem" "$(errno_of bash -c "echo $ns >/sys/bus/nd/drivers/nd_pmem/bind")" \
		"Device or resource busy"
	is "the label is fixed" "$(errno_of bash -c "echo other >$nd/$ns/alt_name")" \
		"Device or resource busy"
	is "size is fixed" "$(errno_of bash -c "echo 0 >$nd/$ns/size")" "Device or resource busy"
	! rmmod xen_pmem 2>/dev/null
	result "the module stays"
	is "head" "$(errno_of dd if="$nd/$ns/xen_pmem/head" of=/dev/null)" "Device or resource busy"
	is "all is as before" "$(state region2 "$ns")" "$before"
	echo 1 >"$nd/region2/read_only"
	dmesg | grep -q "xen_pmem $ns: \"xen-lost\" is read-only now"
	result "the log says if the region becomes read-only"
	echo 0 >"$nd/region2/read_only"
}

# The region can be unbound by hand, whatever a driver says.
check_lost() {
	local ns=$1 range
	range=$(spa "$(attr "$ns" start)" "$(attr "$ns" size)")
	unbind region2
	result "the region is unbound by hand"
	grep -q " $range : xen-pmem: $ns\$" /proc/iomem
	result "the range stays reserved"
	! rmmod xen_pmem 2>/dev/null
	result "the module stays"
	dmesg | grep -q "removed while Xen serves \"xen-lost\""
	result "the log says so"
	echo region2 >/sys/bus/nd/drivers/nd_region/bind
	udev_settle
	ns=$(namespace_named 2 xen-lost)
	is "the namespace is back" "$(driver_of "$ns")" xen_pmem
	is "and still held" "$(attr "$ns" held)" 1
	hold "$ns" 0
	result "until Xen gives it back"
	is "which ends it" "$(attr "$ns" held)" 0
}

# Namespaces are probed asynchronously; the core waits for that in this attribute.
udev_settle() {
	cat "$nd/ndbus0/wait_probe" >/dev/null
}

check_let_go() {
	local ns=$1 disk range
	range=$(spa "$(attr "$ns" start)" "$(attr "$ns" size)")
	disk=/dev/xen_pmem${ns#namespace}
	is "the block device carries nothing" "$(tr -d '\0' <"$disk" | wc -c) $(wc -c <"$disk")" \
		"0 8192"
	is "disable-namespace" "$(errno_of ndctl disable-namespace "$ns")" "done"
	! grep -q "$range" /proc/iomem && [ ! -e "$nd/$ns/xen_pmem" ] && [ ! -e "$disk" ]
	result "leaves nothing behind"
	is "enable-namespace" "$(errno_of ndctl enable-namespace "$ns")" "done"
	is "gives it to us again" "$(driver_of "$ns")" xen_pmem
	is "destroy-namespace" "$(errno_of ndctl destroy-namespace -f "$ns")" "done"
	is "destroys it" "$(cat "$nd/$ns/size")" 0
}

check_head_race() {
	local ns=$1 reader
	while :; do cat "$nd/$ns/xen_pmem/head"; done >/dev/null 2>&1 &
	reader=$!
	for _ in {1..50}; do
		hold "$ns" 1
		hold "$ns" 0
	done
	kill $reader
	wait $reader 2>/dev/null
	is "holding and reading at once" "$(attr "$ns" held)" 0
}

check_badblocks() {
	local ns start
	ns=$(namespace_named 0 xen-pmem)
	start=$(attr "$ns" start)
	insmod /root/inject.ko region=region0 start=$((start + 8192)) len=1024
	insmod_rc=$?
	rmmod inject
	[ $insmod_rc = 0 ] || bail "cannot inject"
	is "a media error shows" "$(attr "$ns" badblocks)" "16 2"
	is "and for ndctl" "$(ndctl list -M -n "$ns" | tr -d ' \n' |
		grep -o '"badblocks":\[{[^}]*')" \
		'"badblocks":[{"offset":16,"length":2,"dimms":["nmem0"]'
	is "reading it" \
		"$(errno_of dd if="$nd/$ns/xen_pmem/head" of=/dev/null bs=4096 skip=2 count=1)" \
		"Input/output error"
	is "reading the record there" \
		"$(errno_of dd if="$nd/$ns/xen_pmem/record" of=/dev/null bs=4096 skip=2 count=1)" \
		"Input/output error"
	is "writing the record there" \
		"$(errno_of dd if=/dev/zero of="$nd/$ns/xen_pmem/record" bs=512 seek=17 count=1)" \
		"Input/output error"
	is "reading before it" \
		"$(errno_of dd if="$nd/$ns/xen_pmem/head" of=/dev/null bs=4096 count=2)" "done"
	is "others are whole" "$(attr "$(namespace_named 0 xen-one)" badblocks)" ""
	insmod /root/inject.ko mc=1 || bail "cannot inject"
	is "a machine check while it is read" \
		"$(errno_of dd if="$nd/$ns/xen_pmem/head" of=/dev/null bs=4096 count=2)" \
		"Input/output error"
	is "while the record is" \
		"$(errno_of dd if="$nd/$ns/xen_pmem/record" of=/dev/null bs=4096 count=1)" \
		"Input/output error"
	rmmod inject
	is "reading it again" \
		"$(errno_of dd if="$nd/$ns/xen_pmem/head" of=/dev/null bs=4096 count=2)" "done"
}

check_reload() {
	local ns start size
	ns=$(namespace_named 0 xen-one)
	start=$(attr "$ns" start) size=$(attr "$ns" size)
	# sysfs numbers its folders as they come.
	[ "$(stat -c %i /sys/devices/virtual/misc/xen_pmem)" \
		-gt "$(stat -c %i "$nd/$ns/xen_pmem")" ]
	result "the character device comes after the claims"
	rmmod xen_pmem
	result "the module can be unloaded when nothing is held"
	! grep -q xen-pmem: /proc/iomem
	result "and lets go of all ranges"

	insmod /root/inject.ko busy=1 start=$((start)) len=4096
	modprobe xen_pmem
	is "a range in use is not claimed" "$(driver_of "$ns")" ""
	dmesg | grep "xen_pmem $ns: \"xen-one\" not claimed for Xen" | grep -q 'is in use$'
	result "the log says so"
	rmmod inject
	ndctl enable-namespace "$ns" 2>/dev/null
	is "enable-namespace then claims it" "$(driver_of "$ns")" xen_pmem

	rmmod xen_pmem
	echo "$ns" >/sys/bus/nd/drivers/nd_pmem/bind
	modprobe xen_pmem
	is "what nd_pmem has it keeps" "$(driver_of "$ns")" nd_pmem
	ndctl disable-namespace "$ns" 2>/dev/null && ndctl enable-namespace "$ns" 2>/dev/null
	is "until it is disabled and enabled" "$(driver_of "$ns")" xen_pmem
}

# tool_refuses WHAT PATTERN: xen-pmem says so in one line, does nothing, and exits with 1
tool_refuses() {
	local verb
	for verb in list "enable xen-one" load check; do
		# shellcheck disable=SC2086
		xen-pmem $verb >/tmp/out 2>/tmp/said
		[ $? = 1 ] && [ ! -s /tmp/out ] && [ "$(wc -l </tmp/said)" = 1 ] &&
			grep -q "^xen-pmem: .*$2.*modprobe -r xen_pmem && modprobe xen_pmem" \
			/tmp/said
		result "$1: xen-pmem $verb is refused"
		sed 's/^/# /' /tmp/said
	done
	is "$1: Xen has no extension" "$(xenhypfs cat /pmem/abi 2>/dev/null)" ""
}

# The tool beside a driver of another version, or of none: this driver, with what it shows covered.
check_versions() {
	local misc=/sys/devices/virtual/misc/xen_pmem number
	number=$(cat /sys/class/misc/xen_pmem/interface)
	is "the interface's version" "$number" \
		"$(xen-pmem check | sed -n 's/^OK *driver *loaded, interface version //p')"
	is "its file's mode" "$(stat -c %a $misc/interface)" 444
	mkdir -p /tmp/none
	for other in $((number - 1)) $((number + 1)); do
		echo "$other" >/tmp/other
		mount --bind /tmp/other $misc/interface || bail "cannot cover the version"
		tool_refuses "version $other" \
			"has interface version $other, xen-pmem needs $number:"
		umount $misc/interface
	done
	mount --bind /tmp/none $misc || bail "cannot cover the version"
	tool_refuses "no version" "too old to name its interface version, xen-pmem needs $number:"
	umount $misc
	xen-pmem list >/tmp/said 2>&1 && grep -q "xen-one" /tmp/said
	result "and then the tool works"
	modprobe -r xen_pmem && modprobe xen_pmem
	is "what the line says to do gives the namespaces back" \
		"$(driver_of "$(namespace_named 0 xen-one)")" xen_pmem
}

# check_host NAMESPACE DRIVER: it is held back until Xen has made it dom0's own
check_host() {
	local ns=$1
	is "$ns: host, before Xen has it" "$(errno_of bash -c "echo host >$nd/$ns/xen_pmem/held")" \
		"Operation not permitted"
	hold "$ns" 1
	is "$ns: unbind while it is held" "$(errno_of unbind "$ns")" "Device or resource busy"
	is "$ns: host" "$(errno_of bash -c "echo host >$nd/$ns/xen_pmem/held")" "done"
	is "$ns: reads as held" "$(attr "$ns" held)" 1
	hold "$ns" 1
	is "$ns: taken back by 1" "$(errno_of unbind "$ns")" "Device or resource busy"
	echo host >"$nd/$ns/xen_pmem/held"
	is "$ns: unbind then" "$(errno_of unbind "$ns")" "done"
	echo "$ns" 2>/dev/null >/sys/bus/nd/drivers/nd_pmem/bind
	udev_settle
	is "$ns: $2 has it" "$(driver_of "$(cat "$nd/$ns/holder")")" "$2"
}

check_hosts() {
	local ns
	ns=$(namespace_named 0 xen-one)
	hold "$ns" 1
	is "host, of one for guests" "$(errno_of bash -c "echo host >$nd/$ns/xen_pmem/held")" \
		"Operation not permitted"
	hold "$ns" 0
	check_host "$(namespace_named 1 xen-fsdax)" nd_pmem
	check_host namespace3.0 nd_pmem
	check_host "$(namespace_named 0 xen-devdax)" dax_pmem
}

dom0_second() {
	local lost
	mkdir -p /etc/modprobe.d
	echo "options xen_pmem claim=namespace7.0,namespace3.0" >/etc/modprobe.d/claim.conf
	modprobe nd_pmem && modprobe nd_btt && modprobe dax_pmem ||
		bail "cannot load the kernel's drivers"
	udev_settle
	lost=$(namespace_named 2 xen-lost)
	[ -n "$lost" ] || bail "no namespaces"
	check_claims
	check_attributes
	check_record
	check_held "$lost"
	check_lost "$lost"
	lost=$(namespace_named 2 xen-lost)
	check_head_race "$lost"
	check_let_go "$lost"
	check_reload
	check_versions
	check_badblocks
	check_hosts
}

# ---- on the test's machine ----

tests=0
# boot PHASE: its results, numbered
boot() {
	local line rc
	while read -r line; do
		case $line in
		"ok - "*) echo "ok $((++tests)) ${line#ok }" ;;
		"not ok - "*) echo "not ok $((++tests)) ${line#not ok }" ;;
		"Bail out!"*) echo "$line"; exit 1 ;;
		POWER-CUT) ;;
		"#"*) echo "$line" ;;
		*) echo "# $line" ;;
		esac
	done < <("$top/testbed/xenhost" run --bare --log "$work/$1.log" --add "$work/record" \
		--add "$top/build/inject/inject.ko" \
		--nvdimm "$work/0:1G" --nvdimm "$work/1:1G" --nvdimm "$work/2:1G" \
		--nvdimm "$work/3:256M" "$0" "$1" 2>&1; echo $? >"$work/rc")
	rc=$(cat "$work/rc")
	case $rc in
	0) echo "ok $((++tests)) - $1 boot" ;;
	126) echo "not ok $((++tests)) - $1 boot: Xen or dom0 broke"; tail -n 40 "$work/$1.log" |
		sed 's/^/# /' ;;
	*) echo "Bail out! the bed: $rc"; exit 1 ;;
	esac
}

if [ $# = 1 ]; then
	"dom0_$1"
	exit 0
fi
top=$(cd "$(dirname "$(readlink -f "$0")")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
make -s -C "$top" build/inject/inject.ko >"$work/make.log" 2>&1 || {
	echo "Bail out! cannot build inject.ko"
	exit 1
}
head -c 65536 /dev/urandom >"$work/record"
boot first
boot second
echo "1..$tests"
