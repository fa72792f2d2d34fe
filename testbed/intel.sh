# SPDX-License-Identifier: GPL-2.0-only
# A host with an Intel processor (xenhost --intel), in Bochs, as QEMU's emulator knows AMD's SVM
# only; sourced by xenhost.
# Bochs has no NVDIMM. So GRUB takes RAM out of the map that Xen sees, and dom0's initramfs brings
# the ACPI tables of an NVDIMM there. Its contents are gone when the host is. Below 4 GiB are its
# labels, as AML has 32 bits for an address on a host whose DSDT has revision 1, as that of Bochs.
#
#	0	1.5 GiB	1.75 GiB		3 GiB		4 GiB			6 GiB
#	| RAM	| -	| label area, then -	| devices	| the NVDIMM's region	|
#
# shellcheck shell=bash disable=SC2034,SC2154 # the variables are xenhost's
intel_region='0x100000000 0x80000000 0x70000000'

# intel_options_check: what Bochs has not
intel_options_check() {
	[ "$mode" = run ] || usage_die "--intel is for run"
	[ "${#nvdimms[@]}${#devices[@]}${#images[@]}$hvm$efi$persistence" = 001 ] ||
		usage_die \
			"--intel has a BIOS, an NVDIMM of its own, no other device, only PVH guests"
}

# intel_tables: puts the ACPI tables before all else in the initramfs, where Linux looks for them.
intel_tables() {
	local name folder=$work/tables/kernel/firmware/acpi
	mkdir -p "$folder" || return
	for name in nfit ssdt; do
		# shellcheck disable=SC2086 # a list
		"$bed/inteltables" $name $intel_region >"$folder/$name.aml" || return
	done
	(cd "$work/tables" && find kernel | cpio --quiet -o -H newc -R 0:0) >"$work/new" &&
		cat "$work/initrd" >>"$work/new" && mv "$work/new" "$work/initrd"
}

intel_libraries() {
	echo "$bed/intel.pkg/lib/x86_64-linux-gnu:$bed/intel.pkg/usr/lib/x86_64-linux-gnu"
}

# intel_msrs: the registers of machine checks, which Bochs has not: two banks, and errors that
# software can recover from. What is written stays in them; Bochs itself never writes there.
# A line: address, type, then in two halves each the value at reset, reserved and ignored bits.
intel_msrs() {
	local msr
	echo "0x179 0 00000000 01000002 00000000 00000000 ffffffff ffffffff"
	for msr in 17a 400 401 402 403 404 405 406 407; do
		echo "0x$msr 0 00000000 00000000 00000000 00000000 00000000 00000000"
	done
}

# intel_ata NAME: a disk for Bochs; dom0 knows it by its model.
intel_ata() {
	echo "type=disk, path=$work/$1, mode=flat, model=$1, translation=lba," \
		"cylinders=$(($(stat -c %s "$work/$1") / 516096)), heads=16, spt=63"
}

# intel_args: what Bochs is told. Without a display nobody needs to connect to rfb's. An idle
# processor's time passes at once (sync=none).
intel_args() {
	local share=$bed/intel.pkg/usr/share
	xen_line="console=com1 com1=115200,8n1 dom0_mem=900M,max:900M dom0_max_vcpus=1"
	xen_line+=" no-bootscrub $xen_args"
	linux_line="console=hvc0 loglevel=5 $quick testbed=intel $linux_args"
	[ -x "$bed/inteltables" ] || failed "no $bed/inteltables: run make bed-intel"
	intel_tables && grub_config 'cutmem 1536M 3071M' 'cutmem 4G 6G' &&
		grub_disk "$bed/intel.pkg" || failed "cannot make the disk of the Intel host"
	truncate -s 512M "$work/job"
	echo c >"$work/bochs.commands"
	intel_msrs >"$work/msrs"
	cat >"$work/bochs.conf" <<-END
		config_interface: textconfig
		display_library: rfb, options="timeout=0"
		plugin_ctrl: speaker=0, parallel=0, e1000=0, gameport=0
		cpu: model=corei7_haswell_4770, ips=50000000
		cpu: reset_on_triple_fault=0, ignore_bad_msrs=1, msrs=$work/msrs
		memory: guest=6144, host=2048
		romimage: file=$share/bochs/BIOS-bochs-latest, options=fastboot
		vgaromimage: file=$share/vgabios/vgabios.bin
		pci: enabled=1, chipset=i440fx
		ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14
		ata0-master: $(intel_ata disk)
		ata0-slave: $(intel_ata guest.img)
		ata1: enabled=1, ioaddr1=0x170, ioaddr2=0x370, irq=15
		ata1-master: $(intel_ata job)
		boot: disk
		clock: sync=none, time0=utc
		log: $work/bochs.log
		panic: action=fatal
		error: action=report
		info: action=ignore
		debug: action=ignore
		com1: enabled=1, mode=file, dev=$work/console
		com2: enabled=1, mode=file, dev=$work/out
	END
	qemu=("$bed/intel.pkg/usr/bin/bochs-bin" -q -f "$work/bochs.conf"
		-rc "$work/bochs.commands")
}

# intel_start: Bochs dies with xenhost. Its display waits at a port for whoever comes, without a
# password: so it gets a network of its own, with nobody in it.
intel_start() {
	local alone=(unshare --map-root-user --net)
	"${alone[@]}" true 2>/dev/null || {
		alone=()
		echo "xenhost: no unshare for Bochs: it listens at port 5900 or a next one" >&2
	}
	mkfifo "$work/out" || failed "no fifo"
	exec 8<>"$work/out"
	LD_LIBRARY_PATH=$(intel_libraries) BXSHARE=$bed/intel.pkg/usr/share/bochs \
		LTDL_LIBRARY_PATH=$bed/intel.pkg/usr/lib/x86_64-linux-gnu/bochs/plugins \
		${alone[@]+"${alone[@]}"} setpriv --pdeathsig KILL "${qemu[@]}" \
		</dev/null >"$work/qemu.log" 2>&1 4>&- 7<&- &
	qemu_pid=$!
}
