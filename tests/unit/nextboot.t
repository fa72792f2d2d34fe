#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# xen-pmem check --next-boot on files of a system that this test makes: what GRUB starts, whether
# that Xen's build has a layout, and whether the kernel has the driver. TAP.
set -u
umask 022
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1
tool=$(readlink -f "${B:-build}")/tool/xen-pmem
root=$(mktemp -d) || exit 1
trap 'rm -rf "$root"' EXIT
tests=0
known=$(awk '/^build-id/ { print $2; exit }' hypervisor/layouts)
unknown=00112233445566778899aabbccddeeff00112233

# xen_put NAME BUILD-ID: an ELF of 32 bits with a note, compressed if the name says so
xen_put() {
	local id
	id=$(sed 's/../\\x&/g' <<<"$2")
	{
		printf '\177ELF\1'
		head -c 23 /dev/zero
		printf '\64\0\0\0'	# the table of segments is at 52
		head -c 10 /dev/zero
		printf '\40\0\1\0'	# 32 bytes each, one
		head -c 6 /dev/zero
		printf '\4\0\0\0\124\0\0\0\0\0\0\0\0\0\0\0\44\0\0\0'
		head -c 12 /dev/zero
		printf '\4\0\0\0\24\0\0\0\3\0\0\0GNU\0'
		printf %b "$id"
	} >"$root/plain"
	case $1 in
	*.gz) gzip -c "$root/plain" >"$root/boot/$1" ;;
	*) cp "$root/plain" "$root/boot/$1" ;;
	esac
}

# system_make: a host whose next boot is fine
system_make() {
	rm -rf "$root"/*
	mkdir -p "$root"/{boot/grub,usr/lib/xen-pmem,lib/modules/6.1.0-5-amd64/updates/dkms}
	cp hypervisor/layouts "$root/usr/lib/xen-pmem"
	xen_put xen-4.17-amd64.gz "$known"
	touch "$root"/boot/vmlinuz-6.1.0-{5,4}-amd64 \
		"$root/lib/modules/6.1.0-5-amd64/updates/dkms/xen_pmem.ko"
	cat >"$root/boot/grub/grub.cfg" <<-'END'
		if [ "${next_entry}" ] ; then
		   set default="${next_entry}"
		else
		   set default="Debian, with Xen"
		fi
		menuentry 'Debian' --class debian $menuentry_id_option 'plain' {
			linux /vmlinuz-6.1.0-5-amd64 root=/dev/sda1
		}
		submenu 'Advanced' $menuentry_id_option 'more' {
			menuentry 'Debian, with Xen' $menuentry_id_option 'deep' {
				multiboot2 /boot/xen-4.99.gz
			}
		}
		menuentry 'Debian, with Xen' --class xen $menuentry_id_option 'xen-simple' {
			if [ "$grub_platform" = "pc" ]; then xen_rm_opts=; fi
			multiboot2 /boot/xen-4.17-amd64.gz placeholder
			module2 /boot/vmlinuz-6.1.0-5-amd64 placeholder root=/dev/sda1
			module2 --nounzip /boot/initrd.img-6.1.0-5-amd64
		}
	END
}

default_set() {
	sed -i "/next_entry/!s/set default=.*/set default=\"$1\"/" "$root/boot/grub/grub.cfg"
}

lines_match() {
	local line got
	[ "$(wc -l <"$root/out")" = $# ] || return
	for line; do
		read -r got && grep -q "^$line$" <<<"$got" || return
	done <"$root/out"
}

# says WHAT STATUS LINE...: the lines (patterns), in this order and no others
says() {
	local what=$1 status=$2 rc
	shift 2
	"$tool" check --next-boot --root "$root" >"$root/out" 2>"$root/err"
	rc=$?
	if [ $rc = "$status" ] && [ ! -s "$root/err" ] && lines_match "$@"; then
		echo "ok $((++tests)) - $what"
	else
		echo "not ok $((++tests)) - $what"
		sed 's/^/# /' "$root/out" "$root/err"
		echo "# status $rc"
	fi
}

xen_ok="OK   next Xen .*xen-4.17-amd64.gz: build $known is known, tested"
driver_ok="OK   next driver .*Linux 6.1.0-5-amd64 has it"

system_make
says "GRUB starts a known Xen, by its title" 0 "$xen_ok" "$driver_ok"
default_set 2
says "by its number" 0 "$xen_ok" "$driver_ok"
default_set xen-simple
says "by its id" 0 "$xen_ok" "$driver_ok"
default_set 0
says "an entry without Xen" 1 "FAIL next Xen .*starts no Xen" "$driver_ok"
default_set "1>0"
says "an entry of a submenu is not looked up: every Xen has a row" 0 \
	"NOTE next boot .*submenu" "$xen_ok" "$driver_ok"
default_set 1
says "a submenu" 0 "NOTE next boot .*submenu" "$xen_ok" "$driver_ok"
default_set 9
says "an entry that is not there" 0 "NOTE next boot .*not in GRUB's menu" "$xen_ok" \
	"$driver_ok"
default_set '${saved_entry}'
says "a saved entry that is not saved" 0 "NOTE next boot .*saved nothing" "$xen_ok" \
	"$driver_ok"
echo "saved_entry=xen-simple" >"$root/boot/grub/grubenv"
says "a saved entry" 0 "$xen_ok" "$driver_ok"
echo "next_entry=0" >>"$root/boot/grub/grubenv"
says "the entry for one boot comes first" 1 "FAIL next Xen .*starts no Xen" "$driver_ok"
system_make
xen_put xen-4.17-amd64.gz $unknown
says "an unknown build" 1 "FAIL next Xen .*build $unknown is NOT known: .*" "$driver_ok"
mkdir -p "$root/var/lib/xen-pmem"
sed "s/$known/$unknown/" hypervisor/layouts >"$root/var/lib/xen-pmem/layouts"
says "a build whose layout the owner made" 0 "OK .* is known, by a layout of this host's owner" \
	"$driver_ok"
echo "refcnt" >>"$root/var/lib/xen-pmem/layouts"
says "layouts that are wrong" 1 "FAIL .*/var/lib/xen-pmem/layouts: line [0-9]*: .*" \
	"$driver_ok"
system_make
rm "$root/lib/modules/6.1.0-5-amd64/updates/dkms/xen_pmem.ko"
says "a kernel without the driver" 1 "$xen_ok" \
	"FAIL next driver .*Linux 6.1.0-5-amd64 has NO xen_pmem: .*"
touch "$root/lib/modules/6.1.0-5-amd64/updates/dkms/xen_pmem.ko.xz"
says "a driver that is compressed" 0 "$xen_ok" "$driver_ok"
for each in 4.21 4.22; do
	xen_put xen-$each-amd64.gz "$known"
	sed -i "s/xen-4.[0-9]*-amd64.gz/xen-$each-amd64.gz/" "$root/boot/grub/grub.cfg"
	says "Xen $each, by name" 1 "FAIL .*Xen $each is not supported .*" "$driver_ok"
done
system_make
rm "$root/boot/grub/grub.cfg"
xen_put xen-4.20-amd64.efi $unknown
says "without GRUB every Xen has a row" 1 "NOTE next boot .*no grub.cfg.*" "$xen_ok" \
	"FAIL .*xen-4.20-amd64.efi: build $unknown is NOT known: .*" "$driver_ok"
rm "$root"/boot/xen*
says "no Xen at all" 1 "NOTE .*" "FAIL next Xen .*/boot has no Xen" "$driver_ok"
system_make
echo garbage >"$root/boot/xen-4.17-amd64.gz"
says "a file that is no Xen" 1 "FAIL .*it has no build-id" "$driver_ok"
rm "$root/boot/xen-4.17-amd64.gz"
says "a file that is not there" 1 "FAIL .*No such file or directory" "$driver_ok"
"$tool" check --root / >/dev/null 2>&1
[ $? = 2 ] && echo "ok $((++tests)) - --root without --next-boot is wrong usage" ||
	echo "not ok $((++tests)) - --root without --next-boot"
echo "1..$tests"
