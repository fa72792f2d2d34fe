# SPDX-License-Identifier: GPL-2.0-only
# What tests of a guest's life share: guests that idle (idle.elf), their vNVDIMM, and what is left
# of both. Sourced on both sides, after tap.sh: idle_* and pattern_* are for the test's machine,
# but for idle_host; the rest for dom0.
# shellcheck shell=bash
#
#   region0:  xen-pmem 64M | xen-a 512M, all of it the guest's
uuid=4ad4b5ce-0b6f-4a9d-8d43-0c5f1e7a2b60
a_pages=131072
poweroff=0 reboot=1 crash=3 watchdog=4 soft_reset=5	# SHUTDOWN_* of xen/sched.h

# g.cfg has the vNVDIMM, plain.cfg is the same guest without it.
idle_host() {
	namespaces_make xen-pmem:64M xen-a:512M
	{ xen-pmem init xen-pmem && xen-pmem enable xen-a; } >/tmp/said 2>&1 ||
		bail "cannot enable: $(cat /tmp/said)"
	printf '%s\n' 'name = "g"' "uuid = \"$uuid\"" 'type = "pvh"' 'memory = 32' \
		'tsc_mode = "native"' 'kernel = "/root/idle.elf"' >plain.cfg
	{ cat plain.cfg; echo 'vnvdimms = [ "xen-a" ]'; } >g.cfg
	mkdir -p /var/lib/xen/dump /etc/xen/auto /etc/xen/auto-pmem
}

# Where xen-a lies in its region, and so in the medium's file
a_offset() {
	echo $(($(xenhypfs cat /pmem/status |
		sed -n 's/^range .* spa \(0x[0-9a-f]*\), 512 MiB.*/\1/p') - $(cat \
		/sys/bus/nd/devices/region0/resource)))
}

# guest_state NAME: none, s (shut down), p (paused), or run
guest_state() {
	xl list 2>/dev/null |
		awk -v n="$1" \
		'$1 == n { print $5 ~ /s/ ? "s" : $5 ~ /p/ ? "p" : "run"; found = 1 }
		END { if (!found) print "none" }'
}

# with_pages DOMID: how many pages of the vNVDIMM are its. has_pages DOMID N: and has it so many of
# some range, such as the 32 of a label slot?
with_pages() {
	xenhypfs cat /pmem/status | sed -n "s/^  domain $1: \([0-9]*\) pages.*/\1/p" | sort -n |
		tail -n 1
}

has_pages() {
	xenhypfs cat /pmem/status | grep -q "^  domain $1: $2 pages"
}

pages_free() {
	xenhypfs cat /pmem/status >status.now &&
		grep -q '^range .* served: .*, 0 with guests$' status.now &&
		! grep -q '^  domain' status.now
}

claims() {
	find /run/xen-pmem -name '*-*-*' ! -name 'pool-*' | wc -l
}

# The guests are gone, and with them their hold on pages and their guest locks.
all_gone() {
	no_guests && pages_free && [ "$(claims)" = 0 ]
}

# guest_runs_whole: under its name, with all of its vNVDIMM, its labels and its RAM, if there is a
# pool
guest_runs_whole() {
	local domid
	[ "$(guest_state g)" = run ] && domid=$(xl domid g) && has_pages "$domid" $a_pages &&
		has_pages "$domid" 32 && { [ -z "${pool:-}" ] || has_pages "$domid" 262144; }
}

guest_end() {
	/root/endguest "$(xl domid "${2:-g}")" "$1"
}

# The keeper of guest g, which has its claim.
keeper_pid() {
	pidof xen-pmem
}

# ---- on the test's machine ----

# idle_begin [TARGET...]: machine_begin, and the guest, endguest and these are built
idle_begin() {
	machine_begin build/system/idle.elf build/system/endguest "$@"
}

# idle_boot OPTION... [-- ARG...]: dom0, with all that idle_begin has built for every test
idle_boot() {
	boot dom0 END --nvdimm "$work/nvdimm:2G" --add "$top/tests/system/idle/idle.sh" \
		--add "$built/system/idle.elf" \
		--add "$built/system/endguest" "$@"
}

# The pattern lies in what becomes the guest's namespace, 64 MiB from the region's start to 576.
pattern_lay() {
	truncate -s $(((2 << 30) + (256 << 10))) "$work/nvdimm"
	head -c $pattern_len /dev/urandom >"$work/pattern"
	dd if="$work/pattern" of="$work/nvdimm" bs=1M seek=$((pattern_at >> 20)) conv=notrunc \
		2>/dev/null
}

# Afterwards; dom0 has reported a_offset.
pattern_check() {
	result "what stood in the vNVDIMM from the first is what is looked at" [ \
		"$(cat "$work/dom0.facts")" = $((64 << 20)) ]
	dd if="$work/nvdimm" bs=1M skip=$((pattern_at >> 20)) count=$((pattern_len >> 20)) \
		2>/dev/null | cmp -s - "$work/pattern"
	result "and is unchanged after all of these" [ $? = 0 ]
}
