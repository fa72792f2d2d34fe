# SPDX-License-Identifier: GPL-2.0-only
# hypervisor/layouts as initializers of struct xen_pmem_layout: the fields of one build in one line,
# as tests/system/wrong.facts changes them.

function entry_end() {
	if (fields)
		printf "\t\t%s\n\t},\n", fields
	fields = ""
	ids = 0
}

/^#/ || !NF { next }

$1 == "xen" {
	entry_end()
	printf "\t{\n\t\t.version = \"%s\",\n", $2
	next
}

$1 == "build-id" {
	bytes = $2
	gsub(/../, "0x&, ", bytes)
	printf "\t\t.id[%d] = { %d, { %s} },\n", ids++, length($2) / 2, bytes
	next
}

{ fields = fields (fields ? ", " : "") "." $1 " = " $2 }

END { entry_end() }
