# SPDX-License-Identifier: GPL-2.0-only
# One SSDT for each number of vNVDIMMs, compiled by iasl and embedded in $(AML_H).

AML_H   := $(B)/gen/aml.h
SSDT_AML := $(foreach n,$(shell seq 16),$(B)/gen/ssdt-$(n).aml)

ALL += $(AML_H)

# iasl's exit status lets warnings and remarks pass; its last line does not.
$(SSDT_AML): $(B)/gen/ssdt-%.aml: acpi/nvdimm.asl
	@mkdir -p $(@D)
	@$(CC) -E -P -undef -nostdinc -x c -DNR=$* $< -o $(@:.aml=.asl)
	@iasl -p $(@:.aml=) $(@:.aml=.asl) > $(@:.aml=.log) 2>&1; \
	grep -q ' 0 Errors, 0 Warnings, 0 Remarks' $(@:.aml=.log) || { cat $(@:.aml=.log); rm -f $@; exit 1; }

$(AML_H): acpi/embed $(SSDT_AML)
	@echo SSDT $@
	@acpi/embed $(SSDT_AML) > $@.new
	@mv $@.new $@
