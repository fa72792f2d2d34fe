# SPDX-License-Identifier: GPL-2.0-only
# A host with two sockets, and room for NVDIMMs of both (xenhost --numa); sourced by xenhost.
# QEMU makes an SRAT that Xen refuses whole, as two of its entries overlap: the NVDIMMs, and all of
# the hotplug area, in which they are. So GRUB gives Xen another one. GRUB also hides RAM, so that
# Xen 4.17 finds a hole in its frame numbers: bits 33 and 34 are 0 in all RAM.
#
#	0	2	4	5		32	33	34	36	38	40 GiB
#	| RAM	| -	| RAM	| hidden	| RAM	| -	| NVDIMMs, one at each	| all has
#	| socket 0	| s. 0	|		| s. 1	|	| of these addresses	| bit 33
#
# Proximity domains are as on real hosts: 0 and 1 are the sockets' processors and RAM, 2 and 3
# their NVDIMMs. Xen wants each domain's memory in one piece: NVDIMMs of socket 0 come first.
# Processors are on socket 0 and 1 by turns. Socket 1's RAM ends within a 256 MiB group of frames.
# shellcheck shell=bash disable=SC2034,SC2154 # the variables are xenhost's
numa_ram=('0x0 0x80000000 0' '0x100000000 0x40000000 0' '0x800000000 0x39c00000 1')

numa_options_check() {
	[ -z "$intel$memory" ] || usage_die "--numa is for QEMU, and has memory of its own"
	memory=31644M ram_sizes=(28G 1G 1G 924M)
}

# numa_at I: where the NVDIMM of this number is, unless its option says so
numa_at() {
	printf '0x%x\n' $((($1 * 2 + 34) << 30))
}

# numa_srat: the SRAT, as text for iasl. NVDIMMs are as real hosts' are: not volatile, and not
# hotpluggable.
numa_srat() {
	local cpu range
	printf '%s\n' 'Signature : "SRAT"' 'Table Length : 0' 'Revision : 3' 'Checksum : 0' \
		'Oem ID : "XENPMM"' 'Oem Table ID : "TESTBED"' 'Oem Revision : 1' \
		'Asl Compiler ID : "INTL"' 'Asl Compiler Revision : 1' \
		'Table Revision : 1' 'Reserved : 0'
	for ((cpu = 0; cpu < cpus; cpu++)); do
		printf '%s\n' 'Subtable Type : 0' 'Length : 10' \
			"Proximity Domain Low(8) : $((cpu % 2))" "Apic ID : $(printf %x "$cpu")" \
			'Flags (decoded below) : 1' 'Enabled : 1' 'Local Sapic EID : 0' \
			'Proximity Domain High(24) : 0' 'Clock Domain : 0'
	done
	for range in "${numa_ram[@]/%/ 0}" ${numa_nvdimms[@]+"${numa_nvdimms[@]/%/ 1}"}; do
		# shellcheck disable=SC2086 # four words
		numa_srat_memory $range
	done
}

# numa_srat_memory START LENGTH NODE KEPT: KEPT is 1 for an NVDIMM
numa_srat_memory() {
	printf '%s\n' 'Subtable Type : 1' 'Length : 28' "Proximity Domain : $3" 'Reserved1 : 0' \
		"Base Address : $(printf %x "$1")" "Address Length : $(printf %x "$2")" \
		'Reserved2 : 0' "Flags (decoded below) : $((1 + 4 * $4))" 'Enabled : 1' \
		'Hot Pluggable : 0' "Non-Volatile : $4" 'Reserved3 : 0'
}

# numa_ram_args: adds to $ram, RAM of all nodes, what QEMU wants to know of nodes. It has distances
# and processors in the SLIT and the SRAT, and NVDIMMs' domains in the NFIT; that RAM is on four
# nodes is in its own SRAT only.
numa_ram_args() {
	local i pair
	for i in "${!ram_sizes[@]}"; do
		ram+=(-numa "node,nodeid=$i,memdev=ram${i#0}")
	done
	for pair in 0,dst=1,val=21 0,dst=2,val=17 0,dst=3,val=28 1,dst=2,val=28 1,dst=3,val=17 \
		2,dst=3,val=28; do
		ram+=(-numa "dist,src=$pair")
	done
	for ((i = 0; i < cpus; i++)); do
		ram+=(-numa "cpu,node-id=$((i % 2)),socket-id=$i")
	done
}

# numa_disk: the disk from which this host boots
numa_disk() {
	numa_srat >"$work/srat.asl"
	iasl -p "$work/srat" "$work/srat.asl" >"$work/iasl.log" 2>&1 || {
		cat "$work/iasl.log" >&2
		return 1
	}
	grub_config 'insmod acpi' 'cutmem 5G 32G' 'acpi --exclude=SRAT (hd0,msdos1)/srat.aml' &&
		grub_disk "$bed/grub.pkg" srat.aml
}
