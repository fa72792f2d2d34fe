#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# xen-pmem layout, on files made from like_xen.c: what it prints and saves, each kind of difference
# and of damage that it refuses, and what check --next-boot says beside such a file. TAP.
set -u
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1
tool=$(readlink -f "${B:-build}")/tool/xen-pmem
source=$PWD/tests/unit/like_xen.c
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
mkdir -p boot root
efi=boot/xen-4.20-amd64.efi gz=boot/xen-4.20-amd64.gz
made=root/var/lib/xen-pmem/layouts
tests=0

verdict() {	# STATUS NAME
	[ "$1" = 0 ] && { echo "ok $((++tests)) - $2"; return; }
	echo "not ok $((++tests)) - $2"
	sed 's/^/# /' out said
}

# xen_make [SED]: both files of a build, of the source as SED changes it; `debug` is
# gcc's option
xen_make() {
	sed -E "${1:-}" "$source" >x.c
	${CC:-gcc} "${debug:--g}" -O0 -ffreestanding -fno-pie -w -c x.c -o x.o &&
		ld -e 0 --build-id -o x.elf x.o &&
		objcopy -O pei-x86-64 x.elf $efi && gzip -c x.elf >$gz && return
	echo "Bail out! no file like Xen's: gcc, ld or objcopy failed"
	exit 1
}

# run STATUS ARGUMENT...
run() {
	local wanted=$1
	shift
	"$tool" layout "$@" >out 2>said </dev/null
	[ $? = "$wanted" ]
}

# refused NAME PATTERN [FILE]: in one line, and nothing is printed
refused() {
	run 1 "${3:-$efi}" && [ ! -s out ] && [ "$(wc -l <said)" = 1 ] &&
		grep -q "^xen-pmem: ${3:-$efi}: .*$2" said
	verdict $? "refused: $1"
}

# differs NAME SED WARNING: the first difference of N, of which each has a line
differs() {
	xen_make "$2"
	! cmp -s x.c "$source" && run 1 $efi && [ ! -s out ] &&
		grep -qFx "xen-pmem: warning: $3" said &&
		grep -q "this Xen differs from what the extension relies on in [0-9]* place" said
	verdict $? "refused: $1"
}

id_of() {
	readelf -n x.elf | sed -n 's/.*Build ID: //p'
}

# ---- made and saved ----

xen_make
id=$(id_of)
cat >wanted <<END
xen 4.20.9+1-gtest-0+deb13u9
build-id $id
build-id 30313233343536373839616263646566
next_in_list 0x60
options 0x68
is_dying 0x6c
creation_finished 0x71
iommu_ops 0x80
iommu_need_sync 0x89
iomem_caps 0x90
ioport_caps 0x2c0
refcnt 0x98
p2m 0x2c8
max_vcpus 0x4
vcpus 0x8
paging_mode 0x2b8
vcpu_domain 0x8
vcpu_next 0x10
monitor_table 0x120
p2m_domain 0x40
p2m_access 0x48
rangeset_domain 0x10
END
run 0 $efi && [ ! -s said ] && cmp -s out wanted
verdict $? "the layout, with both build-ids"
run 0 --json $efi && jq -e --arg id "$id" '.changed == false and .layouts[0].offsets.p2m == 712 and
	(.layouts[0].offsets | length) == 19 and .layouts[0].build_ids[0] == $id' out >>said
verdict $? "the same in JSON"
[ ! -e $made ] && run 0 --save --root=root $efi && [ "$(grep -v '^#' out)" = "$(cat wanted)" ] &&
	[ "$(grep -v -e '^#' -e '^$' $made)" = "$(cat wanted)" ] &&
	[ "$(stat -c %a $made)" = 644 ] && [ "$(ls root/var/lib/xen-pmem)" = layouts ]
verdict $? "--save makes the owner's file"
cp $made before
run 0 --save --root=root --json $efi && jq -e '.changed == false' out >>said && cmp $made before
verdict $? "a second --save changes nothing"
sed -i 's/^refcnt .*/refcnt 0x1a0/' $made
cp $made before
run 1 --save --root=root $efi && grep -q "another layout of this build" said && cmp $made before
verdict $? "refused: another layout of this build is there"
echo nonsense >>$made
run 1 --save --root=root $efi && grep -q "layouts: line [0-9]*: not a name and a value" said
verdict $? "refused: to add to a file that is wrong"
printf '# the owner says\n%s' "$(sed -e "s/$id/ff${id:2}/" -e s/^build-id.303132/build-id\ 313131/ \
	wanted)" >$made
run 0 --save --root=root $efi && grep -qx "# the owner says" $made &&
	[ "$(grep -c ^xen $made)" = 2 ] && tail -n 22 $made | cmp -s - wanted &&
	grep -qx "rangeset_domain 0x10" $made
verdict $? "--save keeps what is there, also a last line without its end"
run 2 --root=root $efi
verdict $? "--root without --save is wrong usage"

# ---- the other file of the build ----

rm $gz
run 0 $efi && grep -q "warning: $gz: No such file.*: the layout is for xen.efi alone" said &&
	[ "$(grep -c ^build-id out)" = 1 ]
verdict $? "without the .gz: one build-id, and a warning"
sed s/4.20.9+1/4.20.9+2/ x.elf | gzip >$gz
run 0 $efi && grep -q "it is of another build: " said && ! grep -q "$id" out
verdict $? "a .gz of another build: its build-id is not taken"

# ---- before the reboot ----

mkdir -p root/boot root/usr/lib/xen-pmem
xen_make
cp boot/* root/boot
rm -f $made
cp "$OLDPWD/hypervisor/layouts" root/usr/lib/xen-pmem
next_boot() {
	"$tool" check --next-boot --root "$PWD/root" >out 2>said
	grep -q "next Xen .*xen-4.20-amd64.gz: build $id is $1" out
	verdict $? "check --next-boot $2"
}
next_boot "NOT known; layout can be made: xen-pmem layout .*xen-4.20-amd64.efi --save" \
	"says how to make the layout"
run 0 --save --root root root/boot/xen-4.20-amd64.efi
next_boot "known, by a layout of this host's owner" "knows the build then"
rm $made
sed s/4.20.9+1/4.20.9+2/ $efi >root/boot/xen-4.20-amd64.efi
next_boot "NOT known: look" "does not say so of another build's .efi"
objcopy -g $efi root/boot/xen-4.20-amd64.efi
next_boot "NOT known: look" "does not say so of an .efi without DWARF"

# ---- differences ----

differs "a field with another size" 's/unsigned int options/unsigned long options/' \
	"struct domain: options: expected 4 bytes, found 8"
differs "a field that is gone" 's/^\tatomic_t refcnt/\tatomic_t count/' \
	"struct domain: refcnt: expected 4 bytes, found none"
differs "a field inside another that is gone" 's/void \*platform_ops/void *ops/' \
	"struct domain: iommu.platform_ops: expected 8 bytes, found none"
differs "a field that is too far away" 's/lists\[0x50\]/lists[0x2000]/' \
	"struct domain: refcnt: expected below 0xff9, found at 0x2048"
differs "a field that is a bit-field now" 's/unsigned int options;/unsigned int options:31;/' \
	"struct domain: options: expected 4 bytes, found a bit-field"
differs "a structure that is gone" 's/struct rangeset\b/struct ranges/' \
	"struct rangeset: domain: expected 8 bytes, found none"
differs "a fixed member that moved" 's/^\tunsigned long count_info;/\tlong new, count_info;/' \
	"struct page_info: count_info: expected 8 bytes at 0x8, found 8 at 0x10"
differs "a fixed structure of another size" 's/^(struct list_head \{ )/\1long new; /' \
	"struct list_head: expected 16 bytes at 0x0, found 24 at 0x0"
differs "an array of another length" 's/map\[1024\]/map[512]/' \
	"struct e820map: map: expected 20480 bytes at 0x4, found 10240 at 0x4"
differs "a variable of another size" 's/^unsigned long max_page/unsigned int max_page/' \
	"max_page: expected a variable of 8 bytes, found one of 4"
differs "a variable that is gone" 's/\*dom_xen;/*dom_x;/' \
	"dom_xen: expected a variable of 8 bytes, found none"
differs "a function with one parameter more" 's/put_page\(/put_page(int n, /' \
	"put_page(): expected void (pointer), found void (int32, pointer)"
differs "a function with a larger parameter" 's/inject_vmce\(struct domain \*d, int/&64_t/' \
	"inject_vmce(): expected int32 (pointer, int32), found int32 (pointer, int64)"
differs "a function that takes a structure" 's/\{ unsigned long mfn; \}/{ long a, b; }/' \
	"map_domain_page(): expected pointer (int64), found pointer (structure)"
differs "a function that returns something else" 's/bool get_page\(/int get_page(/' \
	"get_page(): expected bool (pointer, pointer), found int32 (pointer, pointer)"
differs "a function that takes any number" 's/(int inject_vmce.*int vcpu)/\1, .../' \
	"inject_vmce(): expected int32 (pointer, int32), found int32 (pointer, int32, ...)"
differs "a function that is gone" 's/domain_destroy/domain_end/' \
	"domain_destroy(): expected void (pointer), found none"
differs "a function that is static" \
	's/^F\(void put_page/F(static void put_page/; s/return v \?/put_page(0); &/' \
	"put_page(): expected void (pointer), found none"

# ---- what is no such file ----

debug=-g0 xen_make
refused "no DWARF" "it has no DWARF"
xen_make 's/RSDS/NONE/'
refused "no build-id" "it has no build-id"
for each in 4.21.0 4.22.1 4.16.9; do
	xen_make "s/4\.20\.9/$each/"
	refused "Xen $each, by name" "Xen ${each%.*} is not supported (4.17 to 4.20 are)"
done
xen_make 's/"4\.20\.9.*"/"none"/'
refused "no version" "it does not say its version"
xen_make 's/"4\.20\.9[^"]*"/&"\\0" "4.19.1-2"/'
refused "two versions" "it does not say its version, or has several"
xen_make
refused "an ELF" "not a PE file" $gz
cp $efi whole
for part in 1023 1000 700 300 100 12; do
	head -c $(($(stat -c %s whole) * part / 1024)) whole >$efi
	refused "$part of 1024 parts of the file" "truncated"
done
head -c 50 whole >$efi
refused "50 bytes" "not a PE file"
: >$efi
refused "no byte" ""
rm $efi
refused "no file" "No such file"

# ---- hostile ----

# Bytes of the DWARF are overwritten: it is refused, or gives a layout, and the tool does not die.
at=$((16#$(objdump -h whole | awk '$2 == ".debug_info" { print $6 }')))
bad=0
for i in $(seq 1 60); do
	cp whole $efi
	printf "\\x$(printf %x $((i * 37 % 256)))\\xff" |
		dd of=$efi bs=1 seek=$((at + i * 61)) conv=notrunc status=none
	timeout 20 "$tool" layout $efi >out 2>said
	[ $? -le 1 ] || bad=$((bad + 1))
done
[ $bad = 0 ]
verdict $? "damaged DWARF, 60 times: never a crash, never without an end"
echo "1..$tests"
