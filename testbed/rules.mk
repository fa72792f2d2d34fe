# SPDX-License-Identifier: GPL-2.0-only
# Images of the test bed, in build/testbed; xenhost runs `make bed` for whatever is stale.

BED := $(B)/testbed

.PHONY: bed bed-soft bed-hvm bed-grub bed-intel bed-efi bed-product
#: make bed         builds the test bed's images; bed-soft, bed-hvm, bed-intel, bed-efi, bed-grub:
#:                  those of --soft, --hvm, --intel, --efi, testguest --grub
bed: $(BED)/guest.img bed-product

$(BED)/fetched: testbed/fetch testbed/packages $(B)/gen/kver
	@echo "test bed: fetching Debian's packages"
	@testbed/fetch $(BED) $(BED_KVER)
	@touch $@

$(BED)/guest.img: $(BED)/fetched testbed/mkguest testbed/lib.sh $(wildcard testbed/guest/*)
	@testbed/mkguest $(BED) $(BED_KVER)

# Other people's programs for guests: only for the tests that want them (xenhost --soft).
bed-soft: $(BED)/soft.img

$(BED)/soft.fetched: $(BED)/fetched testbed/packages.soft
	@echo "test bed: fetching Debian's packages of programs for guests"
	@testbed/fetch $(BED) $(BED_KVER) soft
	@touch $@

$(BED)/soft.img: $(BED)/soft.fetched $(BED)/guest.img testbed/mksoft testbed/lib.sh
	@testbed/mksoft $(BED) $(BED_KVER)

$(BED)/jobtake: testbed/dom0/jobtake.c
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(LINK) -no-pie -static $< -o $@

$(BED)/dom0.cpio: $(BED)/fetched $(BED)/jobtake testbed/mkdom0 testbed/lib.sh testbed/overlay.sh \
	$(wildcard testbed/dom0/*)
	@testbed/mkdom0 $(BED) $(BED_KVER)

# What `make install` installs changes with any part, so it is staged anew each time. The Makefile
# names the files.
bed-product: $(BED)/dom0.cpio $(BED_DRIVER)
	@rm -rf $(B)/stage
	@packaging/install-files install $(B)/stage $(INSTALL) \
		$(call install_module,$(BED_KVER),$(BED_DRIVER))
	@testbed/mkproduct $(BED) $(BED_KVER) $(B)/stage

# The layer for HVM guests, which only xenhost --hvm wants.
bed-hvm: $(BED)/hvm.cpio

$(BED)/hvm.fetched: testbed/fetch testbed/packages.hvm | $(BED)/fetched
	@echo "test bed: fetching Debian's packages for HVM guests"
	@testbed/fetch $(BED) $(BED_KVER) hvm
	@touch $@

$(BED)/hvm.cpio: $(BED)/hvm.fetched $(BED)/dom0.cpio testbed/mkhvm testbed/lib.sh
	@testbed/mkhvm $(BED) $(BED_KVER)

# GRUB for the test of PVH guests that it boots.
bed-grub: $(BED)/grub.elf

$(BED)/grub.fetched: testbed/fetch testbed/packages.grub
	@echo "test bed: fetching Debian's packages of GRUB"
	@testbed/fetch $(BED) $(BED_KVER) grub
	@touch $@

$(BED)/grub.elf: $(BED)/grub.fetched testbed/mkgrub
	@testbed/mkgrub $(BED)

# What hosts with an Intel processor want: Bochs, and the ACPI tables of their NVDIMM.
bed-intel: $(BED)/intel.fetched $(BED)/inteltables

$(BED)/intel.fetched: testbed/fetch testbed/packages.intel | $(BED)/fetched
	@echo "test bed: fetching Debian's packages of Bochs"
	@testbed/fetch $(BED) $(BED_KVER) intel
	@touch $@

$(BED)/inteltables: testbed/inteltables.c $(wildcard core/*.[ch]) | $(AML_H)
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(LINK) -I. $< core/nfit.c core/ssdt.c core/checksum.c core/crc32c.c -o $@

# What hosts that are booted by EFI want: the firmware, and GRUB.
bed-efi: $(BED)/efi.fetched

$(BED)/efi.fetched: testbed/fetch testbed/packages.efi | $(BED)/fetched
	@echo "test bed: fetching Debian's packages of EFI's firmware and GRUB"
	@testbed/fetch $(BED) $(BED_KVER) efi
	@touch $@
