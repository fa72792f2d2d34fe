# SPDX-License-Identifier: GPL-2.0-only
# The guest's NVDIMM devices, compiled by iasl and embedded in $(AML_H), which core/ssdt.c makes an
# SSDT of.

AML_H := $(B)/gen/aml.h
AML   := $(addprefix $(B)/gen/,root.aml vnvdimm.aml readonly.aml labelled.aml spare.aml plug.aml \
	ars.aml)

ALL += $(AML_H)

$(B)/gen/root.aml: ASL := acpi/root.asl
$(B)/gen/vnvdimm.aml: ASL := acpi/vnvdimm.asl
$(B)/gen/readonly.aml: ASL := acpi/vnvdimm.asl -DLABELS
$(B)/gen/labelled.aml: ASL := acpi/vnvdimm.asl -DLABELS -DWRITABLE
$(B)/gen/spare.aml: ASL := acpi/spare.asl
$(B)/gen/plug.aml: ASL := acpi/plug.asl
$(B)/gen/ars.aml: ASL := acpi/ars.asl

# iasl's exit status lets warnings and remarks pass; its last line does not. Remark 2173 says that a
# region made in a method is slow; only the method knows which region it needs.
$(AML): acpi/root.asl acpi/vnvdimm.asl acpi/spare.asl acpi/plug.asl acpi/ars.asl \
		acpi/marks.h
	$(call say,AML)
	@mkdir -p $(@D)
	$(Q)$(CC) -E -P -undef -nostdinc -x c $(ASL) -o $(@:.aml=.asl)
	$(Q)iasl -vw 2173 -p $(@:.aml=) $(@:.aml=.asl) > $(@:.aml=.log) 2>&1; \
	grep -q ' 0 Errors, 0 Warnings, 0 Remarks' $(@:.aml=.log) || \
		{ cat $(@:.aml=.log); rm -f $@; exit 1; }

$(AML_H): acpi/embed acpi/marks.h $(AML)
	$(call say,EMBED)
	$(Q)acpi/embed acpi/marks.h $(AML) > $@.new
	@mv $@.new $@
