#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The xen-pmem command on a stock host: each refusal is one line and exit status 1 and changes
# nothing, and a guest's life from create to the end. TAP. On the test's machine it boots the bed
# once, and runs itself in dom0.
#
#   region0:  xen-pmem 16 MiB | xen-a 512 MiB | xen-b 256 MiB | xen-large 4 GiB |
#             xen-fsdax 64 MiB (fsdax) | other 64 MiB | xen-caf\xe9 32 MiB
set -u
images=/usr/lib/testbed/guest
payloads=/usr/lib/xen-pmem
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$(readlink -f "$0")")/tap.sh"

# ---- in dom0 ----

# refused WHAT PATTERN COMMAND...
refused() {
	local what=$1 pattern=$2
	shift 2
	"$@" >/tmp/out 2>/tmp/said
	[ $? = 1 ] && [ "$(grep -c '^xen-pmem: ' /tmp/said)" = 1 ] &&
		grep -q "^xen-pmem: .*$pattern" /tmp/said
	verdict $? "refused: $what"
}

# done_ WHAT COMMAND...: it succeeds and says nothing on standard error
done_() {
	local what=$1
	shift
	"$@" >/tmp/out 2>/tmp/said && [ ! -s /tmp/said ]
	verdict $? "$what"
}

# usage COMMAND...
usage() {
	"$@" >/tmp/out 2>/tmp/said
	[ $? = 2 ]
	verdict $? "usage: $*"
}

# state NAME WANTED
state() {
	xen-pmem list --json >/tmp/said
	[ "$(jq -r --arg n "$1" '.namespaces[] | select(.label == $n).state' /tmp/said)" = "$2" ]
	verdict $? "$1 is $2${3:+ $3}"
}

device() {
	grep -lx "$1" /sys/bus/nd/devices/namespace*/alt_name | cut -d / -f 6
}

# Before there is any namespace.
check_empty() {
	done_ "list of nothing" xen-pmem list
	[ "$(wc -l </tmp/out)" = 1 ] &&
		grep -q "ndctl create-namespace -m raw -n xen-pmem .*xen-pmem init" /tmp/out
	verdict $? "says what to do next, in one line"
	json_is "list --json of nothing" \
		'.version == 1 and .namespaces == [] and .files == [] and .guests == []' list
}

# json_is WHAT FILTER VERB ARGUMENT...: the verb succeeds, and its JSON is so
json_is() {
	local what=$1 filter=$2 verb=$3
	shift 3
	xen-pmem "$verb" --json "$@" >/tmp/out 2>/tmp/said && [ ! -s /tmp/said ] &&
		jq -e "$filter" /tmp/out >/dev/null
	set -- $?
	cat /tmp/out >>/tmp/said
	verdict "$1" "$what"
}

namespaces_make() {
	local each name size mode map
	ndctl disable-region all >/dev/null 2>&1 && ndctl init-labels -f all >/dev/null 2>&1 &&
		ndctl enable-region all >/dev/null 2>&1 || bail "cannot make label areas"
	for each in xen-pmem:16M:raw xen-a:512M:raw xen-b:256M:raw xen-large:4G:raw \
		xen-fsdax:64M:fsdax other:64M:raw $'xen-caf\xe9:32M:raw'; do
		IFS=: read -r name size mode <<<"$each"
		map=
		[ "$mode" = raw ] || map=--map=mem
		ndctl create-namespace -r region0 -n "$name" -s "$size" -m "$mode" $map >/dev/null \
			2>/tmp/said ||
			bail "create $name: $(cat /tmp/said)"
	done
	record=/sys/bus/nd/devices/$(device xen-pmem)/xen_pmem/record
}

put() {
	dd of="$record" bs=1 seek="$1" 2>/dev/null
}

# A CRC of ours would be right again: a flipped bit shows what a torn write does.
check_init() {
	refused "enable without a record" "no record" xen-pmem enable xen-a
	truncate -s 16M fs && mkfs.ext4 -q -b 4096 fs &&
		dd if=fs of="$record" bs=4096 count=16 2>/dev/null
	refused "init over a filesystem" "ext4" xen-pmem init xen-pmem
	dd if=/dev/zero of="$record" bs=4096 count=16 2>/dev/null
	printf '\x80\x01\x01\x00\x83\xfe\xff\xff\x01\x00\x00\x00\x00\x10\x00\x00' | put 446
	printf '\x55\xaa' | put 510
	refused "init over a partition table" "dos partition table" xen-pmem init xen-pmem
	done_ "init --force over it" xen-pmem init xen-pmem --force
	json_is "init --force --json" \
		'.changed and .namespaces[0].result == "reserved" and
			.namespaces[0].tables_size > 1048576' \
		init xen-pmem --force
	refused "init a second time" "already" xen-pmem init xen-pmem
	refused "init of a namespace for guests" "for guests" xen-pmem init xen-a
	refused "init of a namespace that nd_pmem holds" "used by nd_pmem" xen-pmem init other
	dd if="$record" of=good bs=4096 count=2 2>/dev/null
	printf x | put 200
	printf x | put 4296
	refused "enable with a torn record" "damaged" xen-pmem enable xen-a
	refused "init over a torn record" "damaged" xen-pmem init xen-pmem
	dd if=good of="$record" bs=4096 2>/dev/null
}

check_enable() {
	refused "enable of what nd_pmem holds" "used by nd_pmem" xen-pmem enable xen-fsdax
	refused "enable of what is not labelled" "not meant for Xen" xen-pmem enable other
	refused "enable of nothing" "no such namespace" xen-pmem enable nothing
	refused "enable of more than the reserved area can serve" "too small" xen-pmem enable \
		xen-large
	state xen-large dom0 "afterwards"
	json_is "enable --dry-run --json" \
		'.dry_run and (.changed | not) and .namespaces[0].result == "enabled"' \
		enable --dry-run xen-a
	done_ "a dry run of enable" xen-pmem enable --dry-run xen-a
	grep -q "(xen-a): would be enabled, 512M$" /tmp/out
	verdict $? "says what would be enabled"
	refused "a dry run of enable of what nd_pmem holds" "used by nd_pmem" xen-pmem enable \
		--dry-run xen-fsdax
	state xen-a dom0 "after a dry run"
	state xen-pmem dom0 "after a dry run"
	dd if="$record" bs=4096 count=2 2>/dev/null | cmp - good >/tmp/said 2>&1
	verdict $? "the record is as before the dry run"
	json_is "enable --json" \
		'.changed and (.namespaces | length) == 1 and .namespaces[0].label == "xen-a" and
			.namespaces[0].result == "enabled"' \
		enable xen-a
	json_is "enable --json again" '(.changed | not) and .namespaces[0].result == "enabled"' \
		enable "/dev/$(device xen-a)"
	state xen-a free
	state xen-pmem reserved
	refused "init of the reserved area in use" "Xen is using it" xen-pmem init xen-pmem --force
	refused "unload in use" "is enabled" xen-pmem unload
	refused "disable of the reserved area in use" "disable them first" xen-pmem disable xen-pmem
	refused "disable of what is not enabled" "not enabled" xen-pmem disable xen-b
	refused "a dry run of the first" "disable them first" xen-pmem disable --dry-run xen-pmem
	refused "a dry run of the second" "not enabled" xen-pmem disable --dry-run xen-b
	done_ "a dry run of enable of what is enabled" xen-pmem enable --dry-run xen-a
	grep -q "(xen-a): already enabled$" /tmp/out
	verdict $? "says that it is"
	# A tool killed between its steps: held but not served; served but not recorded.
	echo 1 >"/sys/bus/nd/devices/$(device xen-b)/xen_pmem/held"
	done_ "enable after a kill before Xen took it" xen-pmem enable xen-b
	dd if=good of="$record" bs=4096 2>/dev/null
	done_ "enable after a kill before the record was written" xen-pmem enable xen-b
	done_ "enable the other namespace" xen-pmem enable xen-a
	done_ "enable --all" xen-pmem enable --all
	done_ "a dry run of enable --all" xen-pmem enable --all --dry-run
	[ ! -s /tmp/out ]
	verdict $? "has nothing to enable"
}

config() {
	cat >g.cfg <<-END
		name = "g"
		uuid = "4ad4b5ce-0b6f-4a9d-8d43-0c5f1e7a2b60"
		type = "pvh"
		memory = 128
		tsc_mode = "native"
		kernel = "$images/vmlinuz"
		ramdisk = "/root/empty"
		extra = "console=hvc0 panic=0"
		vnvdimms = [ "backend=xen-a", "xen-b" ]
	END
	echo | cpio --quiet -o -H newc >empty 2>/dev/null
	modprobe -a virtio_blk ext4
	mount -t ext4 -o ro /dev/vda $images || bail "no guest images"
}

# Until Xen lists no guest, zombies included.
guests_gone() {
	local i
	for i in $(seq 100); do
		[ "$(xl list | wc -l)" = 2 ] && return
		usleep 100000
	done
	xl list >/tmp/said
	return 1
}

check_configs() {
	local line
	while IFS='|' read -r line pattern; do
		refused "config with $line" "g.cfg: $pattern" xen-pmem create -q g.cfg \
			"$line"
	done <<-END
vnvdimms="xen-a"|vnvdimms: must be a list
vnvdimms=["1","2","3","4","5","6","7","8","9","0","a","b","c","d","e","f","g"]\
|vnvdimms: has 17 entries
uuid="00000000-0000-0000-0000-000000000000"|uuid: all zeros stand for no guest
uuid="what"|uuid: "what" is not a valid UUID
pvshim=1|pvshim: makes it a PV guest
vnvdimms=["nothing"]|vnvdimms\[0\]: backend: nothing: no such namespace
vnvdimms=["xen-large"]|vnvdimms\[0\]: backend: xen-large: not enabled
vnvdimms=["xen-pmem"]|vnvdimms\[0\]: backend: xen-pmem: this is the reserved area
vnvdimms=["xen-a","xen-a"]|vnvdimms\[1\]: backend: xen-a: named twice
vnvdimms=["backend=xen-a,what=1"]|vnvdimms\[0\]: what: no such key
vnvdimms=["backend=xen-a,gpa=up"]|vnvdimms\[0\]: gpa: "up" is not an address
vnvdimms=["backend=xen-a,gpa=1M"]|vnvdimms\[0\]: gpa: .*RAM
vnvdimms=["backend=xen-a,gpa=4080M"]|vnvdimms\[0\]: gpa: .*where the guest's devices are
vnvdimms=["backend=xen-a,gpa=512T"]|vnvdimms\[0\]: gpa: .*beyond
type="pv"|type: .*needs type="pvh" or type="hvm"
on_reboot="rename-restart"|on_reboot: .*not possible
on_crash="what"|on_crash: no such action
	END
	refused "no config" "No such file" xen-pmem create nothing.cfg
	guests_gone
	verdict $? "the refused creates leave no guest"
	refused "config of a guest that xl cannot build" "xl create failed" xen-pmem create \
		-q g.cfg 'kernel="/nothing"'
	state xen-a free
}

check_guests() {
	done_ "create in the background" sh \
		-c 'xen-pmem create -q g.cfg vnvdimms=[\"xen-a\"] 2>/dev/null'
	state xen-a guest
	json_is "list --json: the guest and what it has" \
		'.guests | length == 1 and .[0].name == "g" and
		([.[0].vnvdimms[] | select(.role == "namespace").label] == ["xen-a"])' list
	refused "create with a backend that a guest has" "assigned to guest g" xen-pmem \
		create -q g.cfg 'name="h"'
	refused "disable of what a guest has" "assigned to guest g" xen-pmem disable xen-a
	refused "attach to a guest that has run" "has run" xen-pmem attach g xen-b
	refused "release of a guest that runs" "running" xen-pmem release g
	done_ "xl destroy" xl destroy g
	guests_gone
	verdict $? "the process behind takes back what a destroyed guest had"
	state xen-a free
	done_ "create -p" sh -c 'xen-pmem create -q -p g.cfg 2>/dev/null'
	kill -KILL "$(pidof xen-pmem)"
	sh -c 'xen-pmem release' >/tmp/said 2>&1
	guests_gone
	verdict $? "release repairs what a killed create left"
	state xen-a free
}

# in_report WHAT COMMAND...: in its folder
in_report() {
	(cd /tmp/xen-pmem-report && "${@:2}") >/tmp/said 2>&1
	verdict $? "report: $1"
}

report_is() {
	rm -rf /tmp/xen-pmem-report
	done_ "report $1" xen-pmem report "$@"
	tar -xzf "${!#}" -C /tmp || bail "no report"
	cp /tmp/xen-pmem-report/contents.txt /tmp/said
	! grep -v '^packages\|^acpi/\|^check' /tmp/said | grep -q 'MISSING\|exit status'
	verdict $? "everything of this host is in it"
}

check_report() {
	local serial
	hostname node7
	done_ "create -p" sh -c 'xen-pmem create -q -p g.cfg 2>/dev/null'
	report_is /tmp/report.tar.gz
	refused "report to a file that exists" "File exists" xen-pmem report /tmp/report.tar.gz
	in_report "tables" cmp acpi/NFIT /sys/firmware/acpi/tables/NFIT
	in_report "our verbs" jq -se '(.[0].guests[0].name == "g") and .[1].extension.abi' \
		list.json status.json
	in_report "what can be served" jq -e \
		'.regions[0] | .servable_size == .size and [.parts[].servable] == [true]' \
		available.json
	in_report "Xen" grep -c "^xen_commandline\|RAM map\|^range " xl-info.txt xl-dmesg.txt \
		pmem-status.txt
	in_report "NVDIMMs" jq -e '.[0].regions' ndctl.json
	in_report "names" grep -rwq "node7\|g\|xen-b" .
	report_is --no-names /tmp/named.tar.gz
	serial=$(cat /sys/bus/nd/devices/nmem0/nfit/serial)
	! grep -rwE "node7|g|xen-(a|b|large)|${serial#0x}|4ad4b5ce-.*" /tmp/xen-pmem-report \
		>/tmp/said
	verdict $? "report --no-names: no name is left"
	in_report "placeholders" grep -w "GUEST1\|xen-LABEL1\|SERIAL1" list.json nd.txt
	xl destroy g
	guests_gone
	state xen-a free
}

check_attach() {
	xl create -q -p g.cfg 2>/dev/null
	refused "attach to dom0" "dom0" xen-pmem attach 0 xen-a
	refused "attach to a guest that does not exist" "no such guest" xen-pmem attach nobody xen-a
	refused "attach of what is not enabled" "not enabled" xen-pmem attach g xen-large
	done_ "attach" xen-pmem attach g backend=xen-a,gpa=8G xen-b
	refused "attach once more" "assigned to guest g" xen-pmem attach g xen-a
	xen-pmem status g >/tmp/said
	grep -q "xen-a.*512M at guest address 0x200000000" /tmp/said
	verdict $? "status shows it"
	xen-pmem status --metrics | grep -q '^xen_pmem_guest_bytes{.*="xen-a".*="g".* 536870912$'
	verdict $? "status --metrics counts it"
	xl destroy g
	state xen-a "dead guest"
	done_ "release" xen-pmem release
	guests_gone
	verdict $? "no zombie is left"
}

cat >/tmp/inside.sh <<'END'
#!/bin/bash
mkdir -p /mnt
ndctl list -N | grep -q fsdax || {
	ndctl create-namespace -f -e namespace0.0 -m fsdax --map=mem >/dev/null &&
		mkfs.ext4 -q -b 4096 /dev/pmem0
}
mount -t ext4 -o dax /dev/pmem0 /mnt || exit 1
echo >>/mnt/boots
sync
[ "$(wc -l </mnt/boots)" -ge 2 ] || reboot -f
umount /mnt
END

check_reboot() {
	cat >r.cfg <<-END
		name = "r"
		uuid = "4ad4b5ce-0b6f-4a9d-8d43-0c5f1e7a2b60"
		memory = 256
		vnvdimms = [ "xen-a" ]
	END
	done_ "a guest reboots, in the foreground, and finds its data" testguest r.cfg \
		/tmp/inside.sh
	guests_gone
	verdict $? "nothing is left of it"
	state xen-a free
}

# flip FROM TO: a copy whose middle byte is another
flip() {
	local middle=$(($(wc -c <"$1") / 2))
	cp "$1" "$2"
	dd if="$1" bs=1 skip=$middle count=1 2>/dev/null | tr '\000-\377' '\001-\377\000' |
		dd of="$2" bs=1 seek=$middle conv=notrunc 2>/dev/null
	[ "$(cmp -l "$1" "$2" | wc -l)" = 1 ] || bail "cannot flip a byte"
}

# check_corrupted PAYLOAD OTHER: what Xen would run, and die of
check_corrupted() {
	local size
	size=$(wc -c <"$1")
	xl dmesg -c >/dev/null
	flip "$1" flipped
	flip "$2" other
	cp "$1" cut && truncate -s $((size / 2)) cut
	cp "$1" bare && truncate -s $((size - 16)) bare
	cp "$1" short && truncate -s $((size - 1)) short
	cp "$1" long && printf x >>long
	refused "a payload with a flipped byte" "flipped: corrupted (checksum)$" xen-pmem load \
		--payload flipped
	refused "one for another build, to be accepted" "other: corrupted (checksum)$" xen-pmem \
		load --accept-build --payload other
	refused "a payload cut in half" "cut: .*checksum missing" xen-pmem load --payload cut
	refused "a payload without its checksum" "bare: .*checksum missing" xen-pmem load \
		--payload bare
	refused "a payload that lacks a byte" "short: .*checksum missing" xen-pmem load \
		--payload short
	refused "a payload that has one more" "long: .*checksum missing" xen-pmem load \
		--payload long
	refused "an empty payload" "null: .*checksum missing" xen-pmem load --payload /dev/null
	cp "$1" good.livepatch
	cp flipped "$1"
	refused "the installed payload with a flipped byte" "$1: corrupted (checksum)$" xen-pmem \
		load
	cp good.livepatch "$1"
	! { xl dmesg; xen-livepatch list; } 2>&1 | grep -i 'livepatch:\|xen-pmem' >/tmp/said
	verdict $? "the refused commands do not reach Xen"
	done_ "load of the good one" xen-pmem load --payload good.livepatch
	done_ "unload it" xen-pmem unload
}

check_payloads() {
	local id other
	json_is "disable --dry-run --json" \
		'.dry_run and (.changed | not) and .namespaces[0].result == "disabled"' \
		disable --dry-run --keep xen-a
	state xen-a free "after a dry run"
	json_is "disable --json" '.changed and .namespaces[0].result == "disabled"' disable \
		--keep xen-a
	done_ "disable by UUID" xen-pmem disable \
		--keep "$(cat "/sys/bus/nd/devices/$(device xen-b)/uuid")"
	json_is "unload --json" '.changed' unload
	json_is "unload --json again" '.changed | not' unload
	id=$(xl info | sed -n 's/^build_id *: //p')
	other=$(basename "$(ls /root/payload/*.livepatch | grep -v "$id" | head -n 1)" .livepatch)
	check_corrupted "$payloads/4.17.livepatch" "$payloads/4.18.livepatch"
	refused "a payload for another build" "$other.*$id" xen-pmem load \
		--payload "/root/payload/$other.livepatch"
	refused "a payload that is none" "no payload" xen-pmem load --payload /bin/bash
	sed -i.known "s/$id/ffff${id:4}/" $payloads/layouts
	refused "a build that is not in the tested list" "$id" xen-pmem load
	done_ "load --accept-build" xen-pmem load --accept-build
	done_ "unload it" xen-pmem unload
	mv $payloads/layouts.known $payloads/layouts
	json_is "load --json" '.changed and (.xen.version | startswith("4.17"))' load
	json_is "load --json again" '.changed | not' load
}

# No byte of it but ASCII, as jq would replace what is not UTF-8.
same_bytes() {
	xen-pmem list --json >/tmp/said
	[ "$(tr -d '\n -~' </tmp/said | wc -c)" = 0 ]
	verdict $? "there is no byte in it that is not UTF-8"
}

check_usage() {
	usage xen-pmem
	usage xen-pmem nothing
	usage xen-pmem init
	usage xen-pmem enable a b
	usage xen-pmem list --what
	usage xen-pmem create -Z g.cfg
	usage xen-pmem stop-all --timeout
	done_ "stop-all --timeout=60" xen-pmem stop-all --timeout=60
	json_is "list --json" \
		'.version == 1 and .verb == "list" and ([.namespaces[].state] | index("dom0")) and
			.errors == []' list
	json_is "its namespaces are sorted" \
		'[.namespaces[].device] == ([.namespaces[].device] | sort) and
			(.namespaces | length) == 6' list
	json_is "a label that is not UTF-8" '[.namespaces[].label] | index("xen-caf\\xe9")' list
	[ "$(printf %b \
		"$(jq -r '.namespaces[] | select(.label | startswith("xen-caf")).label' /tmp/out)" |
		od -An -tx1 | tr -d ' ')" = 78656e2d636166e9 ]
	verdict $? "comes back by printf %b"
	same_bytes
	json_is "status --json" '.extension.abi == 3 and .ranges == [] and .guests == []' status
	xen-pmem check --json >/tmp/said
	[ $? = 1 ] && [ "$(jq -r '[.checks[] | select(.ok | not).check] | length' /tmp/said)" = 1 ]
	verdict $? "check --json"
	xen-pmem check >/tmp/said
	[ $? = 1 ] && [ "$(grep -c ^FAIL /tmp/said)" = 1 ] &&
		grep -q "^FAIL .*xen-fsdax: used by nd_pmem" /tmp/said
	verdict $? "check names what is wrong, and nothing else"
}

# Bad blocks stay until the power goes: this comes last.
check_bad() {
	local ns bad="bad blocks, the first at byte 8192: .*"
	ns=$(device xen-a)
	done_ "enable" xen-pmem enable xen-a
	done_ "enable the other namespace" xen-pmem enable xen-b
	dd if="$record" of=both bs=4096 count=16 2>/dev/null
	insmod /root/inject.ko region=region0 \
		start=$(($(cat "/sys/bus/nd/devices/$ns/xen_pmem/start") + 8192)) len=512 ||
		bail "cannot inject"
	rmmod inject
	sed 's/"backend=xen-a"/"xen-a,badblocks=refuse"/' g.cfg >r.cfg
	refused "create with a backend that has bad blocks" \
		"r.cfg: vnvdimms\[0\]: backend: xen-a: $bad(xen-pmem disable, then ndctl"\
" clear-errors $ns)" xen-pmem create -q r.cfg
	xl create -q -p g.cfg 2>/dev/null
	refused "attach of it with a good one" "xen-a: $bad" xen-pmem attach g xen-b \
		xen-a,badblocks=refuse
	xen-pmem attach g xen-a xen-b >/tmp/out 2>/tmp/said &&
		[ "$(cat /tmp/said)" = "xen-pmem: warning: xen-a: 4K with bad blocks, the first "\
"at byte 8192 of the vNVDIMM, are left out" ]
	verdict $? "attach of it without its bad blocks"
	xl destroy g
	done_ "release" xen-pmem release
	guests_gone
	verdict $? "the refused creates leave no guest"
	done_ "enable of what is enabled and has bad blocks" xen-pmem enable xen-a
	done_ "disable of it" xen-pmem disable --keep xen-a
	done_ "disable of the other" xen-pmem disable --keep xen-b
	dd if=both of="$record" bs=4096 2>/dev/null
	done_ "enable --all" xen-pmem enable --all
	state xen-a free
}

in_dom0() {
	cases check_empty
	namespaces_make
	config
	cases check_init check_enable:check_init check_configs:check_init,check_enable
	cases check_guests:check_init,check_enable check_attach:check_init,check_enable
	cases check_report:check_init,check_enable check_reboot:check_init,check_enable
	cases check_payloads:check_init,check_enable check_usage check_bad:check_init,check_enable
	echo END
}

# ---- on the test's machine ----

place_run "$@"
machine_begin build/inject/inject.ko
boot dom0 END --cpus 2 --add "$top/build/inject/inject.ko" --nvdimm "$work/nvdimm:8G"
echo "1..$tests"
