# SPDX-License-Identifier: GPL-2.0-only
# Snapshots of hosts that have booted; sourced by xenhost. A snapshot is made of a host that waits
# for its job, on first use, and is named by the checksum of all that the host is made of.
# build/testbed/snapshots/KEY/ holds
#   state      QEMU's, without memory
#   ram        the host's memory; a restored host has it as it is there until it writes to a page
#   log        the console until then
# shellcheck shell=bash disable=SC2154 # the variables are xenhost's
snapshots=$bed/snapshots

# snapshot_wanted: does this run take a snapshot? The host in it has not looked at its NVDIMMs, so
# any will do; but QEMU cannot save each device that --device may name, this is for QEMU alone, and
# EFI's firmware has variables in a file of the run.
snapshot_wanted() {
	[ "$fresh" = 0 ] && [ "$mode" = run ] && [ ${#devices[@]} = 0 ] && [ -z "$intel$efi" ]
}

# image_sum FILE: its checksum, kept beside it for as long as the file is the same one.
image_sum() {
	local is was='' sum=''
	is=$(stat -Lc '%i %s %.Y' "$1")
	{ read -r was && read -r sum; } 2>/dev/null <"$1.sum"
	if [ "$was" != "$is" ]; then
		sum=$(sha256sum "$1")
		sum=${sum%% *}
		printf '%s\n' "$is" "$sum" >"$1.sum.$$" && mv "$1.sum.$$" "$1.sum"
	fi
	echo "$sum"
}

# snapshot_key: the checksum of QEMU's version, its arguments and every file that the host boots
# from.
snapshot_key() {
	local file sizes=()
	for file in ${media[@]+"${media[@]}"}; do
		sizes+=("$(stat -Lc %s "$file")")
	done
	{
		"${qemu[0]}" --version
		qemu_words | sed -e "s,$work,WORK,g"
		echo "media ${sizes[*]-}"
		[ -z "$numa" ] || cat "$work/grub.cfg" "$work/srat.asl" "$top/testbed/numa.sh"
		for file in "$xen" "${boot_files[@]}"; do
			image_sum "$file"
		done
	} | sha256sum | cut -c 1-32
}

# qemu_words: QEMU's arguments, a line each, less the names of media.
qemu_words() {
	printf '%s\n' "${qemu[@]}" | sed 's/,mem-path=.*,size=/,size=/'
}

# ram_args DIR on|off: QEMU's arguments for memory that is the file there, one for each NUMA node;
# off: it is not written to
ram_args() {
	local i object
	ram=()
	for i in "${!ram_sizes[@]}"; do
		object=memory-backend-file,id=ram${i#0},size=${ram_sizes[i]},share=$2
		ram+=(-object "$object${numa:+,reserve=off},mem-path=${1//,/,,}/ram${i#0}")
	done
	if [ -n "$numa" ]; then numa_ram_args; else ram+=(-machine memory-backend=ram); fi
}

# qmp COMMAND [ARGUMENTS]: has QEMU carry it out, and reads up to its answer.
qmp() {
	local line
	printf '{"execute":"%s"%s}\n' "$1" "${2:+,\"arguments\":$2}" >&6
	while IFS= read -r -t 60 -u 5 line; do
		case $line in
		'{"return":'*) return ;;
		'{"error":'*) failed "QEMU refuses $1: $line" ;;
		esac
	done
	failed "QEMU does not answer to $1"
}

# qmp_event STATUS: waits until a migration, which is what QEMU calls this, has come to this status.
qmp_event() {
	local line
	while IFS= read -r -t 120 -u 5 line; do
		case $line in
		*'"MIGRATION"'*"\"$1\""*) return ;;
		*'"MIGRATION"'*'"failed"'*) break ;;
		esac
	done
	cat "$work/qemu.log" >&2
	failed "QEMU's migration did not come to \"$1\""
}

# qmp_begin: the monitor, and what saving and restoring both need.
qmp_begin() {
	exec 5<>"$work/monitor.out" 6<>"$work/monitor.in"
	qmp_open=1
	qmp qmp_capabilities
	qmp migrate-set-capabilities \
		'{"capabilities":[{"capability":"x-ignore-shared","state":true},'\
'{"capability":"events","state":true}]}'
	qmp migrate-set-parameters '{"max-bandwidth":100000000000}'
}

# snapshot_make DIR: boots the host, and saves it when it waits for its job. One that does not come
# so far ends xenhost as any run does.
snapshot_make() {
	local new=$1.new
	snapshot_new=$new
	rm -rf "$new" && mkdir -p "$new" || failed "cannot write to $snapshots"
	truncate -s 512M "$work/job"
	: >"$log"
	start_count "booted for a snapshot"
	ram_args "$new" on
	qemu_start "${ram[@]}"
	output_stream ready
	[ "$verdict" = ready ] || verdict_exit
	! console_bad >/dev/null || verdict_exit
	qmp_begin
	qmp stop
	qmp migrate "{\"uri\":\"exec:cat >'${new//\'/}/state'\"}"
	qmp_event completed
	qemu_kill
	qmp_open=
	cp "$log" "$new/log"
	snapshot_new=
	rm -rf "$1" && mv "$new" "$1" || failed "cannot write to $snapshots"
	rm -f "$work"/{out,job,monitor.in,monitor.out}
}

# snapshot_restore DIR: starts QEMU with the host as it was saved; the job is there already.
snapshot_restore() {
	cp "$1/log" "$log"
	ram_args "$1" off
	qemu_start "${ram[@]}" -incoming defer
	qmp_begin
	qmp migrate-incoming "{\"uri\":\"exec:cat '${1//\'/}/state'\"}"
	qmp_event completed
	qmp cont
}

# snapshot_find: sets $snapshot to the folder of this host's snapshot, and makes it if need be. Two
# runs that want the same snapshot make it once. Snapshots that were not used for a day are deleted.
snapshot_find() {
	mkdir -p "$snapshots" || failed "cannot write to $snapshots"
	snapshot=$snapshots/$(snapshot_key)
	exec 4>>"$snapshot.lock"
	flock 4
	[ -e "$snapshot/state" ] || {
		find "$snapshots" -mindepth 1 -maxdepth 1 -mtime +0 -exec rm -rf {} +
		snapshot_make "$snapshot"
	}
	touch "$snapshot"
	exec 4>&-
}
