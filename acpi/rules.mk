# SPDX-License-Identifier: GPL-2.0-only
# One SSDT for each number of vNVDIMMs, compiled by iasl and embedded in $(SSDT_H).

SSDT_H   := $(B)/gen/ssdt.h
SSDT_AML := $(foreach n,$(shell seq 16),$(B)/gen/ssdt-$(n).aml)

ALL += $(SSDT_H)

# iasl's exit status lets warnings and remarks pass; its last line does not.
$(SSDT_AML): $(B)/gen/ssdt-%.aml: acpi/nvdimm.asl
	@mkdir -p $(@D)
	@$(CC) -E -P -undef -nostdinc -x c -DNR=$* $< -o $(@:.aml=.asl)
	@iasl -p $(@:.aml=) $(@:.aml=.asl) > $(@:.aml=.log) 2>&1; \
	grep -q ' 0 Errors, 0 Warnings, 0 Remarks' $(@:.aml=.log) || { cat $(@:.aml=.log); rm -f $@; exit 1; }

$(SSDT_H): acpi/embed $(SSDT_AML)
	@echo SSDT $@
	@acpi/embed $(SSDT_AML) > $@.new
	@mv $@.new $@
